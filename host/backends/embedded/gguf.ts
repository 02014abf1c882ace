/**
 * The head of a GGUF file, as far as it says how long a chat the model was trained for. It is read here, in bounds, before the native
 * engine sees the file: what is no model is known by then.
 *
 *   "GGUF" ‖ version u32 ‖ tensors u64 ‖ entries u64 ‖ entry*      entry = key ‖ type u32 ‖ value      key, string = length u64 ‖ UTF-8
 */
import { closeSync, openSync, readSync } from "node:fs";

export interface GgufHead {
  /** `null` when it is not within the part that was read. */
  readonly contextTokens: number | null;
}

/** Writers put a model's own numbers before its vocabulary, which can be many MB. */
const headBytesMax = 1_048_576;
const ARRAY = 9;
const STRING = 8;
/** Of each type of value; strings and lists carry their own length. */
const VALUE_BYTES = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8] as const;

/** `null`: this is no GGUF file. */
export function readGgufHead(path: string): GgufHead | null {
  const bytes = Buffer.alloc(headBytesMax);
  const handle = openSync(path, "r");
  let length: number;
  try {
    length = readSync(handle, bytes, 0, headBytesMax, 0);
  } finally {
    closeSync(handle);
  }
  return parseGgufHead(bytes.subarray(0, length));
}

export function parseGgufHead(bytes: Buffer): GgufHead | null {
  if (bytes.length < 24 || bytes.toString("latin1", 0, 4) !== "GGUF") return null;
  const version = bytes.readUInt32LE(4);
  if (version < 2 || version > 3) return null;
  try {
    return { contextTokens: findContext(bytes) };
  } catch (error) {
    // It goes on beyond what was read, or it lies about its lengths.
    if (error instanceof RangeError) return { contextTokens: null };
    throw error;
  }
}

function findContext(bytes: Buffer): number | null {
  let at = 24;
  const length = (): number => {
    const value = Number(bytes.readBigUInt64LE(at));
    at += 8;
    if (value > bytes.length) throw new RangeError("beyond the part that was read");
    return value;
  };
  const skip = (type: number): void => {
    const size = VALUE_BYTES[type];
    if (size === undefined) throw new RangeError("an unknown type");
    const more = type === STRING ? length() : size;
    at += more;
  };
  for (let left = Number(bytes.readBigUInt64LE(16)); left > 0; left--) {
    const keyLength = length();
    const key = bytes.toString("utf8", at, at + keyLength);
    at += keyLength;
    const type = bytes.readUInt32LE(at);
    at += 4;
    if (key.endsWith(".context_length") && (type === 4 || type === 5)) return bytes.readUInt32LE(at);
    if (type !== ARRAY) skip(type);
    else {
      const itemType = bytes.readUInt32LE(at);
      at += 4;
      for (let items = length(); items > 0; items--) skip(itemType);
    }
  }
  return null;
}
