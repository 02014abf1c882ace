/**
 * Each word to the eye at once: sealed for the lane, in frames of two sizes, to whoever looks now. The lane's envelopes follow within
 * 300 ms and are what counts, so what is too much, or falls between two links, is left out.
 */
import type { AuthorId } from "#crypto/ids.ts";
import { liveTextCounterMax, liveTextOffsetMax } from "#crypto/limits.ts";
import { liveTextBytesMax, liveTextKey, sealLiveText, type LiveText } from "#crypto/liveText.ts";
import { liveTagOf } from "#sync/frame.ts";
import { isHighSurrogate } from "#sync/docs/text.ts";
import type { LentKey } from "./laneWriter.ts";
import { liveCharsMax } from "./limits.ts";

export interface LiveSenderOptions {
  readonly lane: AuthorId;
  /** Asked each time: nothing may be sealed under a key that a removed member holds. */
  readonly lent: () => LentKey;
  readonly send: (lane: string, counter: number, sealed: Uint8Array) => void;
}

export interface LiveSender {
  words(place: "text" | "thinking", offset: number, text: string): void;
  /** How much of the question its model has read, in percent: said once for each. */
  reading(percent: number): void;
}

export function createLiveSender({ lane, lent, send }: LiveSenderOptions): LiveSender {
  const tag = liveTagOf(lane);
  /** Half of a surrogate pair waits for its other half. */
  const halves = { text: "", thinking: "" };
  let counter = 0;
  let saidPercent = -1;
  let keyFor: LentKey | null = null;
  let key: Uint8Array = new Uint8Array(0);

  const sendOne = (piece: LiveText): void => {
    const now = lent();
    if (now !== keyFor) {
      keyFor = now;
      key = liveTextKey(now.docKey, lane);
    }
    if (counter === liveTextCounterMax || piece.offset > liveTextOffsetMax) return;
    counter += 1;
    send(tag, counter, sealLiveText(piece, counter, key));
  };

  return {
    words: (place, offset, text) => {
      const whole = halves[place] + text;
      let at = offset - halves[place].length;
      const held = isHighSurrogate(whole.charCodeAt(whole.length - 1)) ? 1 : 0;
      halves[place] = whole.slice(whole.length - held);
      if (whole.length > liveCharsMax) return;
      for (const piece of cutToFit(whole.slice(0, whole.length - held).toWellFormed())) {
        sendOne({ place, offset: at, text: piece });
        at += piece.length;
      }
    },
    reading: (percent) => {
      const offset = Math.min(100, Math.max(0, Math.floor(percent)));
      if (offset === saidPercent) return;
      saidPercent = offset;
      sendOne({ place: "reading", offset, text: "" });
    },
  };
}

/** Whole characters, as many as fit a frame each. */
function cutToFit(text: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    if (bytes + length > liveTextBytesMax) {
      pieces.push(piece);
      piece = "";
      bytes = 0;
    }
    piece += character;
    bytes += length;
  }
  if (piece !== "") pieces.push(piece);
  return pieces;
}
