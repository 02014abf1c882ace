/**
 * A worker that answers wishes, and what is to be done when it does not: one that breaks, or that says nothing for a minute while something waits, is ended, and whoever
 * holds it begins another. A look that comes late itself (the page was frozen, the machine slept) says nothing about the worker, so only looks in time count.
 */

/** What a worker takes of the page, and gives back. */
interface Named {
  readonly id: number;
}
type Unnamed<T> = T extends unknown ? Omit<T, "id"> : never;

export type LostWhy = "broke" | "hung";

export interface WatchedWorker<Request extends Named, Reply extends Named> {
  /** Rejects when it could not do that, or is gone. */
  ask(wish: Unnamed<Request>, transfer?: Transferable[]): Promise<Reply>;
  close(): void;
}

export interface WatchedOptions<Reply> {
  readonly worker: Worker;
  readonly isFailed: (reply: Reply) => boolean;
  /** It could not be fetched, broke or hung, with all it held. */
  readonly onLost: (why: LostWhy) => void;
  readonly after?: (delayMs: number, callback: () => void) => () => void;
  readonly now?: () => number;
}

const lookEveryMs = 5_000;
/** The largest step of ours, a saved index of a year's chats on a slow phone, takes seconds. */
export const silentLooksMax = 12;

const timer = (delayMs: number, callback: () => void): (() => void) => {
  const id = setTimeout(callback, delayMs);
  return () => clearTimeout(id);
};

export function watchWorker<Request extends Named, Reply extends Named>({
  worker,
  isFailed,
  onLost,
  after = timer,
  now = () => performance.now(),
}: WatchedOptions<Reply>): WatchedWorker<Request, Reply> {
  const waiting = new Map<number, PromiseWithResolvers<Reply>>();
  let lastId = 0;
  let isClosed = false;
  let silentLooks = 0;
  let cancelLook: (() => void) | null = null;

  const end = (): void => {
    isClosed = true;
    cancelLook?.();
    worker.terminate();
    for (const { reject } of waiting.values()) reject(new Error("the worker is gone"));
    waiting.clear();
  };
  const lose = (why: LostWhy): void => {
    if (isClosed) return;
    end();
    onLost(why);
  };
  const look = (dueMs: number): void => {
    cancelLook = null;
    if (waiting.size === 0) return;
    if (now() - dueMs < lookEveryMs) silentLooks += 1;
    if (silentLooks >= silentLooksMax) lose("hung");
    else lookLater();
  };
  const lookLater = (): void => {
    const dueMs = now() + lookEveryMs;
    cancelLook ??= after(lookEveryMs, () => look(dueMs));
  };

  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    silentLooks = 0;
    const wish = waiting.get(data.id);
    waiting.delete(data.id);
    if (isFailed(data)) wish?.reject(new Error("the worker could not do that"));
    else wish?.resolve(data);
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    lose("broke");
  });

  return {
    ask: (wish, transfer = []) => {
      if (isClosed) return Promise.reject(new Error("the worker is gone"));
      lastId += 1;
      const reply = Promise.withResolvers<Reply>();
      if (waiting.size === 0) silentLooks = 0;
      waiting.set(lastId, reply);
      lookLater();
      worker.postMessage({ ...wish, id: lastId }, transfer);
      return reply.promise;
    },
    close: end,
  };
}
