/** The page's side of the worker that looks through files: a wish, and its answer. */
import { passageWorkerUrl } from "../platform/readingWorkers.ts";
import { type LostWhy, watchWorker } from "../platform/watchedWorker.ts";
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

/** `onLost`: the worker could not be fetched, broke or hung, with all it held. */
export function startPassageThread(onLost: (why: LostWhy) => void): PassageThread {
  const { ask, close } = watchWorker<PassageRequest, PassageReply>({
    worker: new Worker(passageWorkerUrl, { type: "module" }),
    isFailed: ({ kind }) => kind === "failed",
    onLost,
  });
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
    close,
  };
}
