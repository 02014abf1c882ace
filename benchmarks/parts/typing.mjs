/** What each engine's process is asked: take a text that streams in, or one that is typed and edited, then be saved and loaded again. */
import { answer } from "./answering.mjs";
import { eachLetter, readTrace } from "./paperEdits.mjs";
import { textOf } from "./yearText.mjs";

/**
 * @typedef {{ splice(at: number, deleted: number, text: string): void, settle?(): void, rest?(): Promise<void>, sent(): number, close(): Promise<Stored> | Stored }} Text
 * `settle`: hand over what was written so far, as the app does a few times a second. `rest`: its writer goes away. `sent`: bytes of all updates.
 * @typedef {{ bytes: number, load(): Promise<string> | string }} Stored
 * @param {{ stream?: () => Promise<Text> | Text, edit?: () => Promise<Text> | Text }} engine
 */
export function serveTyping(engine) {
  answer({
    stream: async ({ tokens }) => {
      const pieces = Array.from({ length: tokens }, (_, at) => textOf(at, 0, 4 + (at % 3)));
      return run(engine.stream, (text) => {
        let end = 0;
        for (const [at, piece] of pieces.entries()) {
          text.splice(end, 0, piece);
          end += piece.length;
          // A hundred tokens a second, handed over every 300 ms.
          if (at % 30 === 29) text.settle?.();
        }
        return pieces.join("");
      });
    },
    edit: async ({ runs }) => {
      const trace = readTrace().slice(0, runs);
      let expected = "";
      for (const [, at, deleted, text] of trace) expected = expected.slice(0, at) + text + expected.slice(at + deleted);
      return run(engine.edit, async (text) => {
        let count = 0;
        for (const typed of trace) {
          // Nobody leaves it open for half an hour without a word.
          if (typed[0] > 1_800) await text.rest?.();
          eachLetter(typed, (at, deleted, letter) => {
            text.splice(at, deleted, letter);
            count += 1;
            // Five letters a second, handed over every second.
            if (count % 5 === 0) text.settle?.();
          });
        }
        return expected;
      });
    },
  });
}

async function run(open, write) {
  if (open === undefined) return null;
  const text = await open();
  const startedAt = performance.now();
  const expected = await write(text);
  text.settle?.();
  const ms = performance.now() - startedAt;
  const sent = text.sent();
  const stored = await text.close();
  const loadedAt = performance.now();
  const loaded = await stored.load();
  const loadMs = performance.now() - loadedAt;
  if (loaded !== expected) throw new Error("what came back is not what was written");
  return { ms, sent, bytes: stored.bytes, loadMs, chars: expected.length };
}
