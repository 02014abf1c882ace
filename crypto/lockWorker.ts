/**
 * Argon2id in a worker: both ends of the conversation, as plain functions. The worker's own script is one line that hands its
 * messages to `answerStretch`; it lives with whoever can build a worker, since nothing here knows a bundler.
 *
 *   to the worker     the task (passphrase.ts), as an object
 *   from the worker   { key: 32 bytes } or { code: why not }
 */
import { CryptoError, type CryptoErrorCode } from "./errors.ts";
import type { Stretch, StretchTask } from "./passphrase.ts";

export type StretchAnswer = { readonly key: Uint8Array } | { readonly code: CryptoErrorCode };

/** Inside the worker. Never rejects: a refusal is an answer too. */
export async function answerStretch(message: unknown, stretch: Stretch): Promise<StretchAnswer> {
  try {
    return { key: await stretch(parseTask(message)) };
  } catch (error) {
    return { code: error instanceof CryptoError ? error.code : "unsupported" };
  }
}

/**
 * Outside. Each task has a worker of its own, ended with it: the memory of Argon2id and the worker's copy of the passphrase go
 * with it, which no other way of freeing promises.
 */
export function createWorkerStretch(openWorker: () => Worker): Stretch {
  return (task) =>
    new Promise<Uint8Array>((resolve, reject) => {
      const worker = openWorker();
      const fail = (detail: string): void => reject(new CryptoError("unsupported", detail));
      worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        const answer = parseAnswer(data);
        if (answer === null) fail("the worker's answer");
        else if ("key" in answer) resolve(answer.key);
        else reject(new CryptoError(answer.code, "refused by the worker"));
        worker.terminate();
      });
      for (const type of ["error", "messageerror"]) {
        worker.addEventListener(type, (event) => {
          // Told to whoever asked, and so not to the console as well.
          event.preventDefault();
          fail("the worker did not start");
          worker.terminate();
        });
      }
      worker.postMessage(task);
    });
}

function parseTask(message: unknown): StretchTask {
  const { passphrase, salt, memoryKiB, passes } = fieldsOf(message);
  const isWhole = passphrase instanceof Uint8Array && salt instanceof Uint8Array;
  if (!isWhole || !Number.isSafeInteger(memoryKiB) || !Number.isSafeInteger(passes)) {
    throw new CryptoError("malformed", "not a task");
  }
  return { passphrase, salt, memoryKiB: memoryKiB as number, passes: passes as number };
}

function parseAnswer(message: unknown): StretchAnswer | null {
  const { key, code } = fieldsOf(message);
  if (key instanceof Uint8Array && key.length === 32) return { key };
  return typeof code === "string" ? { code: code === "malformed" ? "malformed" : "unsupported" } : null;
}

function fieldsOf(message: unknown): Readonly<Record<string, unknown>> {
  return typeof message === "object" && message !== null ? (message as Readonly<Record<string, unknown>>) : {};
}
