import { beforeAll, expect, it } from "vitest";
import { CryptoError } from "#crypto/errors.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { localPieceBytes } from "./limits.ts";
import { openPieces, sealPieces } from "./localPieces.ts";
import { noPause } from "./ports.ts";

beforeAll(() => sodiumReady);

const key = createLocalKey(systemRandom);
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 251);
const seal = (plain: Uint8Array): Uint8Array => sealPieces(key, "x", plain, systemRandom);

it.each([0, 1, localPieceBytes - 1, localPieceBytes, localPieceBytes + 1, 3 * localPieceBytes + 7])(
  "%i bytes come back, and others have their turn between the pieces",
  async (length) => {
    let pauses = 0;
    const opened = await openPieces(key, "x", seal(bytes(length)), async () => {
      pauses += 1;
    });
    expect(Buffer.from(opened)).toEqual(Buffer.from(bytes(length)));
    expect(pauses).toBe(Math.max(1, Math.ceil(length / localPieceBytes)) - 1);
  },
);

it("no piece can be left out, moved, or taken from another value", async () => {
  const [one, other] = [seal(bytes(3 * localPieceBytes)), seal(bytes(3 * localPieceBytes))];
  const pieceBytes = (one.length - 16) / 3;
  const piece = (of: Uint8Array, index: number): Uint8Array =>
    of.subarray(16 + index * pieceBytes, 16 + (index + 1) * pieceBytes);
  const put = (...pieces: readonly Uint8Array[]): Uint8Array => Buffer.concat([one.subarray(0, 16), ...pieces]);
  expect((await openPieces(key, "x", put(piece(one, 0), piece(one, 1), piece(one, 2)), noPause)).length).toBe(
    3 * localPieceBytes,
  );
  for (const wrong of [
    put(piece(one, 0), piece(one, 1)),
    put(piece(one, 0), piece(one, 2)),
    put(piece(one, 1), piece(one, 0), piece(one, 2)),
    put(piece(one, 0), piece(other, 1), piece(one, 2)),
    one.subarray(0, one.length - 1),
    one.subarray(0, 16),
    one.subarray(0, 3),
  ]) {
    await expect(openPieces(key, "x", wrong, noPause)).rejects.toThrow(CryptoError);
  }
  await expect(openPieces(key, "y", one, noPause)).rejects.toThrow(CryptoError);
});
