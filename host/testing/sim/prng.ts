/** Seeded randomness: every draw of a simulated world comes from here, so that one number tells the whole story again. */

export interface Prng {
  /** Between 0 and 1, 1 left out. */
  next(): number;
  /** A whole number below `limit`. */
  below(limit: number): number;
  /** A whole number, both ends included. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  bytes(length: number): Uint8Array;
  /** A stream of its own: what one part of the world draws does not shift what another draws. */
  fork(label: string): Prng;
}

export function createPrng(seed: string): Prng {
  let [a, b, c, d] = hashToWords(seed);

  // sfc32: small, fast, and good enough for a test.
  const word = (): number => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let index = 0; index < 12; index++) word();

  const prng: Prng = {
    next: () => word() / 0x1_0000_0000,
    below: (limit) => Math.floor((word() / 0x1_0000_0000) * limit),
    between: (from, to) => from + prng.below(to - from + 1),
    chance: (probability) => prng.next() < probability,
    pick: (items) => {
      const item = items[prng.below(items.length)];
      if (item === undefined) throw new RangeError("Nothing to pick from.");
      return item;
    },
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length; at += 4) {
        const value = word();
        for (let part = 0; part < 4 && at + part < length; part++) bytes[at + part] = value >>> (8 * part);
      }
      return bytes;
    },
    fork: (label) => createPrng(`${seed}/${label}`),
  };
  return prng;
}

/** xmur3: spreads a string over four words. */
function hashToWords(text: string): [number, number, number, number] {
  let hash = 1_779_033_703 ^ text.length;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 3_432_918_353);
    hash = (hash << 13) | (hash >>> 19);
  }
  const next = (): number => {
    hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
    hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
    hash ^= hash >>> 16;
    return hash | 0;
  };
  return [next(), next(), next(), next()];
}
