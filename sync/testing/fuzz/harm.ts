/** What a stranger does to bytes: flips, cuts, grows and splices real ones, or sends plain noise. One seed gives one row of inputs. */
export interface Harmer {
  below(limit: number): number;
  noise(length: number): Uint8Array;
  /** One to three small harms, of the kinds that parsers fall for. The result is a copy. */
  harm(bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array;
}

/** What parsers have tripped over before: no length, one, the ends of signed and unsigned bytes. */
const ODD_BYTES = [0, 1, 0x7f, 0x80, 0xff] as const;
const grownBytesMax = 40;
const spliceBytesMax = 8;

export function createHarmer(seed: number): Harmer {
  const below = createRandom(seed);

  const noise = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = below(256);
    return bytes;
  };

  const harmOnce = (bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array => {
    const at = below(Math.max(1, bytes.length));
    switch (below(8)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        return bytes;
      case 1:
        bytes[at] = ODD_BYTES[below(ODD_BYTES.length)] ?? 0;
        return bytes;
      case 2:
        return bytes.slice(0, at);
      case 3:
        return joined(bytes, noise(1 + below(grownBytesMax)));
      case 4:
        // A length that promises too much.
        return bytes.fill(0xff, at, at + 4);
      case 5: {
        const other = others[below(others.length)] ?? bytes;
        return joined(bytes.subarray(0, at), other.subarray(below(other.length + 1)));
      }
      case 6:
        return bytes.copyWithin(at, below(Math.max(1, bytes.length)), below(bytes.length + 1));
      default:
        return joined(bytes.subarray(0, at), noise(1 + below(spliceBytesMax)), bytes.subarray(at));
    }
  };

  return {
    below,
    noise,
    harm: (bytes, others) => {
      let harmed: Uint8Array = bytes.slice();
      for (let harms = 1 + below(3); harms > 0; harms--) harmed = harmOnce(harmed, others);
      return harmed;
    },
  };
}

/** mulberry32: small, and the same everywhere. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
