/** The worker that reads one file and is then ended: what a file makes of its parser is gone with it. It has no key and writes nothing. */
import type { ReadingOutcome } from "./outcome.ts";
import { type FileToRead, readFile } from "./readFile.ts";

export type FromReader =
  | { readonly kind: "progress"; readonly share: number }
  | { readonly kind: "outcome"; readonly outcome: ReadingOutcome };

const tell = (message: FromReader): void => postMessage(message);

addEventListener("message", ({ data }: MessageEvent<FileToRead>) => {
  readFile(data, (share) => tell({ kind: "progress", share })).then(
    (outcome) => tell({ kind: "outcome", outcome }),
    // A parser that breaks in a way nobody foresaw has met a file that is no document.
    () => tell({ kind: "outcome", outcome: { kind: "refused", why: "damaged" } }),
  );
});
