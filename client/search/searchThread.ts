/** The page's side of the search worker: a question, and its answer. */
import { searchWorkerUrl } from "../platform/trustedTypes.ts";
import type { SearchHit, SearchMessage, SearchQuestion } from "./searchIndex.ts";
import type { PackedPart, SearchReply, SearchRequest } from "./searchWorker.ts";

export interface SearchThread {
  /** Resolves when it is taken in: who has more waits for that, so that neither side piles up. */
  put(chat: string, messages: readonly SearchMessage[]): Promise<void>;
  retain(chat: string, ids: readonly string[]): Promise<void>;
  forget(chat: string): Promise<void>;
  search(question: SearchQuestion): Promise<readonly SearchHit[]>;
  /** What changed since the last time. */
  save(): Promise<readonly PackedPart[]>;
  /** Rejects when it is not of a form that this worker knows. */
  load(parts: readonly PackedPart[]): Promise<void>;
  close(): void;
}

type Wish = SearchRequest extends infer Each ? (Each extends unknown ? Omit<Each, "id"> : never) : never;

/** `onLost`: the worker could not be fetched, or broke, with all it held. */
export function startSearchThread(onLost: () => void): SearchThread {
  const worker = new Worker(searchWorkerUrl, { type: "module" });
  const waiting = new Map<number, { done(reply: SearchReply): void; failed(error: Error): void }>();
  let lastId = 0;
  let isClosed = false;

  const fail = (): void => {
    for (const { failed } of waiting.values()) failed(new Error("the search worker is gone"));
    waiting.clear();
  };
  worker.addEventListener("message", ({ data }: MessageEvent<SearchReply>) => {
    const wish = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === "failed") wish?.failed(new Error("the search worker could not do that"));
    else wish?.done(data);
  });
  worker.addEventListener("error", () => {
    if (isClosed) return;
    isClosed = true;
    worker.terminate();
    fail();
    onLost();
  });

  const ask = (wish: Wish, transfer: Transferable[] = []): Promise<SearchReply> => {
    if (isClosed) return Promise.reject(new Error("the search worker is gone"));
    lastId += 1;
    const id = lastId;
    return new Promise((done, failed) => {
      waiting.set(id, { done, failed });
      worker.postMessage({ ...wish, id } satisfies SearchRequest, transfer);
    });
  };

  return {
    put: async (chat, messages) => void (await ask({ kind: "put", chat, messages })),
    retain: async (chat, ids) => void (await ask({ kind: "retain", chat, ids })),
    forget: async (chat) => void (await ask({ kind: "forget", chat })),
    search: async (question) => {
      const reply = await ask({ kind: "search", question });
      return reply.kind === "hits" ? reply.hits : [];
    },
    save: async () => {
      const reply = await ask({ kind: "save" });
      return reply.kind === "parts" ? reply.parts : [];
    },
    load: async (parts) =>
      void (await ask(
        { kind: "load", parts },
        parts.flatMap(({ bytes }) => (bytes === null ? [] : [bytes.buffer])),
      )),
    close: () => {
      isClosed = true;
      worker.terminate();
      fail();
    },
  };
}
