/** When each token of four characters was in a reader's text. */
import { nowMs } from "./answering.mjs";

export function createArrivals() {
  /** @type {number[]} */
  const at = [];
  return {
    at,
    /** The text has this many characters by now. */
    note(length) {
      const now = nowMs();
      while (at.length < Math.floor(length / 4)) at.push(now);
    },
  };
}
