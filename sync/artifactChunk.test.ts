import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { createDocKey } from "#crypto/docKeys.ts";
import { openEnvelope, sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, parseEnvelope, verifyEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom as random } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { chunkAddress, createChunkGatherer, openChunk, sealChunk, type ArtifactChunk } from "./artifactChunk.ts";
import { chunkBytesMax } from "./limits.ts";

await sodiumReady;
const author = createDeviceKeys(random);
const docKey = createDocKey(random);
const place = {
  doc: docIdFromBytes(random(16)),
  epoch: 1,
  author: author.id,
  counter: 1,
  prev: NO_PREV,
  rosterSeq: 1,
  rosterHead: random(8),
  docKey,
  signingKey: author.sign,
  random,
};
const small: ArtifactChunk = { sort: "increment", bytes: random(90) };
const large: ArtifactChunk = { sort: "snapshot", bytes: random(2_000_000) };

const partsOf = (chunk: ArtifactChunk) =>
  sealChunk(chunk, place).map((envelope) => openChunk(parseEnvelope(envelope), docKey));

describe("artifact chunks", () => {
  it.each([
    [0, 1],
    [90, 1],
    [786_394, 1],
    [786_395, 2],
    [2_000_000, 3],
    [chunkBytesMax, 22],
  ])("AC1 %i bytes travel in %i envelopes and are whole again", (length, count) => {
    const chunk: ArtifactChunk = { sort: "snapshot", bytes: random(length) };
    const parts = partsOf(chunk);
    expect(parts).toHaveLength(count);
    const gatherer = createChunkGatherer();
    const gathered = parts.map((part) => gatherer.add(part));
    expect(gathered.slice(0, -1).every((result) => result === null)).toBe(true);
    expect(Buffer.compare(gathered.at(-1)!.bytes, chunk.bytes)).toBe(0);
    expect(gathered.at(-1)!.sort).toBe("snapshot");
    expect(parts[0]!.address).toBe(chunkAddress(chunk));
  });

  it("AC2 they are envelopes like any other: signed, in one chain, of their own kind", () => {
    const envelopes = sealChunk(large, place).map(parseEnvelope);
    envelopes.forEach((parsed, index) => {
      const before = envelopes[index - 1];
      expect(parsed).toMatchObject({ kind: "chunk", counter: index + 1, doc: place.doc });
      expect(parsed.prev).toEqual(before === undefined ? NO_PREV : envelopeHash(before.bytes));
      expect(verifyEnvelope(parsed, author.sign.publicKey)).toBe(true);
      expect(() => openChunk(parsed, createDocKey(random))).toThrow(expect.objectContaining({ code: "key" }));
    });
  });

  it("AC3 the address is the content's, and the same wherever it was written", () => {
    expect(chunkAddress(small)).toBe(chunkAddress({ ...small, bytes: small.bytes.slice() }));
    expect(chunkAddress(small)).not.toBe(chunkAddress({ ...small, sort: "snapshot" }));
    expect(chunkAddress(small)).not.toBe(chunkAddress({ ...small, bytes: random(90) }));
    // Sealed, it shows nowhere: a relay must not see that two devices hold the same.
    for (const envelope of sealChunk(small, place))
      expect(Buffer.from(envelope).includes(Buffer.from(chunkAddress(small), "hex"))).toBe(false);
  });

  it("AC4 parts out of order, of another chunk, or of a wrong address are refused, and the next chunk is read", () => {
    const [one, two] = [partsOf(large), partsOf({ ...large, bytes: random(2_000_000) })];
    const refused = expect.objectContaining({ code: "malformed" });
    const gatherer = createChunkGatherer();
    expect(() => gatherer.add(one[1]!)).toThrow(refused);
    gatherer.add(one[0]!);
    expect(() => gatherer.add(one[2]!)).toThrow(refused);
    gatherer.add(one[0]!);
    expect(() => gatherer.add(two[1]!)).toThrow(refused);
    gatherer.add(one[0]!);
    gatherer.add(one[1]!);
    const bent = { ...one[2]!, bytes: one[2]!.bytes.slice() };
    bent.bytes[7]! ^= 1;
    expect(() => gatherer.add(bent)).toThrow(refused);
    // A chunk cut off by a crash is dropped when its author begins again.
    gatherer.add(one[0]!);
    expect(two.map((part) => gatherer.add(part)).at(-1)).not.toBeNull();
  });

  it("AC5 too large a chunk, another kind of envelope, or a body that is no chunk is refused", () => {
    const refused = expect.objectContaining({ code: "malformed" });
    expect(() => sealChunk({ ...small, bytes: new Uint8Array(chunkBytesMax + 1) }, place)).toThrow(refused);
    const update = parseEnvelope(sealEnvelope({ ...place, kind: "update", body: random(50) }));
    expect(() => openChunk(update, docKey)).toThrow(refused);
    const head = (version: number, sort: number, part: number, parts: number) =>
      Uint8Array.of(version, sort, ...random(32), 0, part, parts >> 8, parts & 255);
    const short = Uint8Array.of(1, 1, ...random(20));
    const bodies = [head(1, 3, 0, 1), head(1, 0, 0, 1), head(1, 1, 1, 1), head(1, 1, 0, 0), head(1, 1, 0, 23), short];
    for (const body of bodies) {
      const envelope = parseEnvelope(sealEnvelope({ ...place, kind: "chunk", body }));
      expect(() => openChunk(envelope, docKey), body.subarray(0, 2).join()).toThrow(refused);
    }
    const later = parseEnvelope(sealEnvelope({ ...place, kind: "chunk", body: head(2, 1, 0, 1) }));
    expect(() => openChunk(later, docKey)).toThrow(expect.objectContaining({ code: "version" }));
  });

  it("AC6 damaged and random bodies are refused with a CryptoError, or read", () => {
    const [valid] = sealChunk(small, place).map((envelope) => openEnvelope(parseEnvelope(envelope), docKey));
    const open = (body: Uint8Array): void => {
      const gatherer = createChunkGatherer();
      try {
        gatherer.add(openChunk(parseEnvelope(sealEnvelope({ ...place, kind: "chunk", body })), docKey));
      } catch (error) {
        if (!(error instanceof CryptoError)) throw error;
      }
    };
    const damaged = fc.tuple(fc.nat(), fc.nat(4), fc.uint8Array({ maxLength: 4 })).map(([at, remove, insert]) => {
      return Uint8Array.from([...valid!].toSpliced(at % valid!.length, remove, ...insert));
    });
    const bodies = fc.oneof(damaged, fc.uint8Array({ maxLength: 80 }));
    expect(() => fc.assert(fc.property(bodies, open), { numRuns: 1_000 })).not.toThrow();
  });
});
