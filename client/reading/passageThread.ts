/** The page's side of the worker that looks through files: a wish, and its answer. */
import { passageWorkerUrl } from "../platform/readingWorkers.ts";
import type { FoundPassage, IndexedText, PassageQuestion } from "./passageIndex.ts";
import type { PassageReply, PassageRequest } from "./passageWorker.ts";

export interface PassageThread {
  /** Resolves with the files that it then holds. Rejects when it is not of a form that this worker knows. */
  load(scope: string, packed: Uint8Array<ArrayBuffer>): Promise<readonly string[]>;
  put(scope: string, text: IndexedText): Promise<void>;
  retain(scope: string, files: readonly string[]): Promise<readonly string[]>;
  search(scope: string, question: PassageQuestion): Promise<readonly FoundPassage[]>;
  save(scope: string): Promise<Uint8Array | null>;
  close(): void;
}

type Wish = PassageRequest extends infer Each ? (Each extends unknown ? Omit<Each, "id"> : never) : never;

/** `onLost`: the worker could not be fetched, or broke, with all it held. */
export function startPassageThread(onLost: () => void): PassageThread {
  const worker = new Worker(passageWorkerUrl, { type: "module" });
  const waiting = new Map<number, PromiseWithResolvers<PassageReply>>();
  let lastId = 0;
  let isClosed = false;
  const end = (): void => {
    isClosed = true;
    worker.terminate();
    for (const { reject } of waiting.values()) reject(new Error("the worker of passages is gone"));
    waiting.clear();
  };
  worker.addEventListener("message", ({ data }: MessageEvent<PassageReply>) => {
    const wish = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.kind === "failed") wish?.reject(new Error("the worker of passages could not do that"));
    else wish?.resolve(data);
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    if (isClosed) return;
    end();
    onLost();
  });
  const ask = (wish: Wish, transfer: Transferable[] = []): Promise<PassageReply> => {
    if (isClosed) return Promise.reject(new Error("the worker of passages is gone"));
    lastId += 1;
    const reply = Promise.withResolvers<PassageReply>();
    waiting.set(lastId, reply);
    worker.postMessage({ ...wish, id: lastId } satisfies PassageRequest, transfer);
    return reply.promise;
  };
  const filesOf = (reply: PassageReply): readonly string[] => (reply.kind === "files" ? reply.files : []);
  return {
    load: async (scope, packed) => filesOf(await ask({ kind: "load", scope, packed }, [packed.buffer])),
    put: async (scope, text) => void (await ask({ kind: "put", scope, text })),
    retain: async (scope, files) => filesOf(await ask({ kind: "retain", scope, files })),
    search: async (scope, question) => {
      const reply = await ask({ kind: "search", scope, question });
      return reply.kind === "found" ? reply.passages : [];
    },
    save: async (scope) => {
      const reply = await ask({ kind: "save", scope });
      return reply.kind === "packed" ? reply.packed : null;
    },
    close: end,
  };
}
