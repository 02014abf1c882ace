/** The page's side of the search worker: a question, and its answer. */
import { searchWorkerUrl } from "../platform/trustedTypes.ts";
import { type LostWhy, watchWorker } from "../platform/watchedWorker.ts";
import type { SearchHit, SearchMessage, SearchQuestion } from "./searchIndex.ts";
import type { PackedPart, SearchReply, SearchRequest } from "./searchWorker.ts";

export interface SearchThread {
  /** Messages that it holds. */
  readonly size: number;
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

/** `onLost`: the worker could not be fetched, broke or hung, with all it held. */
export function startSearchThread(onLost: (why: LostWhy) => void): SearchThread {
  const { ask, close } = watchWorker<SearchRequest, SearchReply>({
    worker: new Worker(searchWorkerUrl, { type: "module" }),
    isFailed: ({ kind }) => kind === "failed",
    onLost,
  });
  let size = 0;
  const take = (reply: SearchReply): void => {
    if (reply.kind === "done") ({ size } = reply);
  };

  return {
    get size() {
      return size;
    },
    put: async (chat, messages) => take(await ask({ kind: "put", chat, messages })),
    retain: async (chat, ids) => take(await ask({ kind: "retain", chat, ids })),
    forget: async (chat) => take(await ask({ kind: "forget", chat })),
    search: async (question) => {
      const reply = await ask({ kind: "search", question });
      return reply.kind === "hits" ? reply.hits : [];
    },
    save: async () => {
      const reply = await ask({ kind: "save" });
      return reply.kind === "parts" ? reply.parts : [];
    },
    load: async (parts) =>
      take(
        await ask(
          { kind: "load", parts },
          parts.flatMap(({ bytes }) => (bytes === null ? [] : [bytes.buffer])),
        ),
      ),
    close,
  };
}
