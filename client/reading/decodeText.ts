/** Bytes that claim to be text, as text. What is none is refused rather than guessed: wrong letters would be searched and cited. */

export interface DecodedText {
  readonly text: string;
  /** It is UTF-8, so that everybody can read the file itself. */
  readonly isUtf8: boolean;
}

/** A western text has accents in some of its words. A text in another script has them in all, and is no western one. */
const accentShareMax = 0.15;

/** `null`: no text, or in an encoding that nobody can tell. `named`: what a page says of itself. */
export function decodeText(bytes: Uint8Array, named?: string): DecodedText | null {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
  if (mark !== null) return decoded(bytes, mark);
  const utf8 = decoded(bytes, "utf-8");
  if (utf8 !== null) return { ...utf8, isUtf8: true };
  if (named !== undefined) return decoded(bytes, named);
  return isWestern(bytes) ? decoded(bytes, "windows-1252") : null;
}

function decoded(bytes: Uint8Array, encoding: string): DecodedText | null {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return isText(text) ? { text, isUtf8: false } : null;
  } catch {
    // reason: whatever cannot be decoded is not text in this encoding.
    return null;
  }
}

/** Text has no zero, and hardly another control character. */
function isText(text: string): boolean {
  if (text.includes("\0")) return false;
  const start = text.slice(0, 65_536);
  // eslint-disable-next-line no-control-regex -- reason: these are what it looks for.
  const controls = start.match(/[\u0001-\u0008\u000e-\u001a\u001c-\u001f]/g)?.length ?? 0;
  return controls <= start.length / 200;
}

function isWestern(bytes: Uint8Array): boolean {
  let high = 0;
  for (const byte of bytes) {
    if (byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(byte)) return false;
    if (byte >= 0x80) high += 1;
  }
  return high <= bytes.length * accentShareMax;
}
