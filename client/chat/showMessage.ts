/** Brings a message into sight, with the words it was found by marked for a moment. */
import type { Stick } from "./createStick.ts";

const markMs = 6000;
const marksMax = 50;

export function showMessage(id: string, words: readonly string[], stick: Stick): void {
  // After the frame in which a chat that was just opened goes to its end.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const settle = stick.holdPlace();
      stick.reveal(id);
      const turn = document.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`);
      if (turn === null) return settle();
      turn.focus({ preventScroll: true });
      turn.scrollIntoView({ block: "start" });
      // Turns above it get their true height only now.
      requestAnimationFrame(() => {
        const ranges = rangesOf(turn, words);
        const first = ranges[0]?.startContainer.parentElement ?? turn;
        first.scrollIntoView({ block: first === turn ? "start" : "center" });
        settle();
        mark(turn, ranges);
      });
    }),
  );
}

let unmark: (() => void) | null = null;

function mark(turn: HTMLElement, ranges: readonly Range[]): void {
  unmark?.();
  turn.dataset["found"] = "";
  // Text is marked without a change to its elements, where the browser can.
  if ("highlights" in CSS) CSS.highlights.set("found", new Highlight(...ranges));
  const timer = setTimeout(() => unmark?.(), markMs);
  unmark = () => {
    clearTimeout(timer);
    delete turn.dataset["found"];
    if ("highlights" in CSS) CSS.highlights.delete("found");
    unmark = null;
  };
}

/** `words` are folded: small letters, no accents. */
function rangesOf(turn: HTMLElement, words: readonly string[]): Range[] {
  const ranges: Range[] = [];
  const said = turn.querySelector(".said");
  if (said === null || words.length === 0) return ranges;
  const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null && ranges.length < marksMax; node = walker.nextNode()) {
    if (node.parentElement?.closest("button, time, .state") !== null) continue;
    for (const { 0: word, index } of (node.nodeValue ?? "").matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
      const folded = word
        .toLowerCase()
        .normalize("NFKD")
        .replace(/[\u0300-\u036f]/g, "");
      if (!words.some((wanted) => folded.startsWith(wanted))) continue;
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      ranges.push(range);
    }
  }
  return ranges;
}
