import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createDeviceKeys, sign } from "./device.ts";
import { deflateBody } from "./deflate.ts";
import { openEnvelope, sealEnvelope, type EnvelopeToSeal } from "./envelope.ts";
import {
  encodeEnvelopeHead,
  ENVELOPE_OVERHEAD_BYTES,
  ENVELOPE_SIGNATURE_LABEL,
  envelopeHash,
  kindNumber,
  NO_PREV,
  parseEnvelope,
  verifyEnvelope,
  type EnvelopeKind,
} from "./envelopeHeader.ts";
import { idToBytes } from "./ids.ts";
import { deflateFromBytes, envelopeBytesMax } from "./limits.ts";
import { padBody, paddedBodyLength } from "./padding.ts";
import { aeadSeal, deriveSubkey, NONCE_BYTES } from "./sodium.ts";
import { createSeededRandom, createTestEnvelope, flipped, holdsBytes, refusalOf } from "./testing/fixtures.ts";

const KINDS: readonly EnvelopeKind[] = [
  "update",
  "snapshot",
  "rekey",
  "grant",
  "grantEnd",
  "ephemeral",
  "chunk",
  "beacon",
  "final",
  "accept",
];
const UNCHAINED = { counter: 0, prev: NO_PREV };
const random = createSeededRandom(3);

const envelope = createTestEnvelope(createDeviceKeys(random), random);

describe("envelopes", () => {
  test("EN1 what is sealed comes back, with every field of its header", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.uint8Array({ maxLength: 3_000 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 0xffff_ffff }),
        fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER }),
        (kind, body, clear, epoch, counter) => {
          const prev = random(32);
          const bytes = sealEnvelope({ ...envelope, kind, body, clear, epoch, counter, prev });
          const parsed = parseEnvelope(bytes);
          const { doc, author, rosterSeq, rosterHead } = envelope;
          expect(parsed).toMatchObject({ kind, doc, epoch, author, counter, prev, rosterSeq, rosterHead, clear });
          expect(openEnvelope(parsed, envelope.docKey)).toEqual(body);
          expect(verifyEnvelope(parsed, envelope.signingKey.publicKey)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("EN2 costs 196 bytes beyond its clear part and its padded body", () => {
    const bytes = sealEnvelope({ ...envelope, body: new Uint8Array(59), clear: new Uint8Array(10) });
    expect(bytes.length).toBe(ENVELOPE_OVERHEAD_BYTES + 10 + 64);
  });

  test("EN3 one changed bit anywhere: the signature fails, and the seal too unless it is the signature's bit", () => {
    const bytes = sealEnvelope({ ...envelope, clear: Uint8Array.of(1, 2, 3), counter: 2, prev: random(32) });
    const passes = (changed: Uint8Array) => refusalOf(() => parseEnvelope(changed)) === "none";
    const isSigned = (changed: Uint8Array) => verifyEnvelope(parseEnvelope(changed), envelope.signingKey.publicKey);
    const opens = (changed: Uint8Array) => refusalOf(() => openEnvelope(parseEnvelope(changed), envelope.docKey));
    const places = [...bytes.keys()];
    for (const mask of [1, 0x80]) {
      const wellFormed = places.filter((at) => passes(flipped(bytes, at, mask)));
      expect(wellFormed.length).toBeGreaterThan(250);
      expect(wellFormed.filter((at) => isSigned(flipped(bytes, at, mask)))).toEqual([]);
      const sealedPart = wellFormed.filter((at) => at < bytes.length - 64);
      expect(new Set(sealedPart.map((at) => opens(flipped(bytes, at, mask))))).toEqual(new Set(["key"]));
    }
  });

  test("EN4 a member who signs another doc, epoch, author, kind or place around a ciphertext does not make it open", () => {
    const other = createDeviceKeys(random);
    const bytes = sealEnvelope({ ...envelope, counter: 2, prev: random(32) });
    const changes: Readonly<Record<string, readonly [at: number, field: Uint8Array]>> = {
      kind: [1, Uint8Array.of(2)],
      doc: [2, random(16)],
      epoch: [18, Uint8Array.of(0, 0, 0, 2)],
      counter: [38, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 3)],
      prev: [46, random(32)],
      rosterSeq: [78, Uint8Array.of(0, 0, 0, 9)],
      rosterHead: [82, random(8)],
      nonce: [90, random(24)],
    };
    const resigned = (edit: (copy: Uint8Array) => void, key = envelope.signingKey) => {
      const unsigned = bytes.slice(0, -64);
      edit(unsigned);
      return parseEnvelope(concatBytes(unsigned, sign("sovereign/sig/env/v1", unsigned, key)));
    };
    for (const [name, [at, field]] of Object.entries(changes)) {
      const parsed = resigned((copy) => copy.set(field, at));
      expect(verifyEnvelope(parsed, envelope.signingKey.publicKey), `in ${name}`).toBe(true);
      expect(
        refusalOf(() => openEnvelope(parsed, envelope.docKey)),
        `in ${name}`,
      ).toBe("key");
    }
    const stolen = resigned((copy) => copy.set(idToBytes(other.id), 22), other.sign);
    expect(verifyEnvelope(stolen, other.sign.publicKey)).toBe(true);
    expect(refusalOf(() => openEnvelope(stolen, envelope.docKey))).toBe("key");
  });

  test("EN5 ciphertexts do not move between two envelopes of one author and doc", () => {
    const one = sealEnvelope(envelope);
    const two = sealEnvelope(envelope);
    const mixed = concatBytes(one.subarray(0, 116), two.subarray(116));
    expect(refusalOf(() => openEnvelope(parseEnvelope(mixed), envelope.docKey))).toBe("key");
  });

  test("EN6 a good signature of another key under a borrowed author does not verify", () => {
    const other = createDeviceKeys(random);
    const unsigned = sealEnvelope(envelope).slice(0, -64);
    const forged = parseEnvelope(concatBytes(unsigned, sign("sovereign/sig/env/v1", unsigned, other.sign)));
    expect(verifyEnvelope(forged, other.sign.publicKey)).toBe(false);
    expect(verifyEnvelope(forged, envelope.signingKey.publicKey)).toBe(false);
    expect(refusalOf(() => sealEnvelope({ ...envelope, signingKey: other.sign }))).toBe("key");
  });

  test("EN7 a signature made for any other purpose does not verify as an envelope's", () => {
    const unsigned = sealEnvelope(envelope).slice(0, -64);
    const labels = ["sovereign/sig/roster/v1", "sovereign/lane/v1", "sovereign/auth/v1", "sovereign/boot/v1"] as const;
    for (const label of labels) {
      const forged = parseEnvelope(concatBytes(unsigned, sign(label, unsigned, envelope.signingKey)));
      expect(verifyEnvelope(forged, envelope.signingKey.publicKey), `in ${label}`).toBe(false);
    }
  });

  test("EN8 the wrong doc key does not open it, nor does one kind's sub-key open another kind", () => {
    const parsed = parseEnvelope(sealEnvelope(envelope));
    expect(refusalOf(() => openEnvelope(parsed, random(32)))).toBe("key");
    expect(refusalOf(() => openEnvelope({ ...parsed, kind: "snapshot" }, envelope.docKey))).toBe("key");
  });

  test("EN9 every shorter and longer form is malformed", () => {
    const bytes = sealEnvelope({ ...envelope, clear: Uint8Array.of(5, 6) });
    for (let length = 0; length < bytes.length; length++) {
      expect(
        refusalOf(() => parseEnvelope(bytes.subarray(0, length))),
        `${length} bytes`,
      ).toBe("malformed");
    }
    expect(refusalOf(() => parseEnvelope(concatBytes(bytes, Uint8Array.of(0))))).toBe("malformed");
  });

  test("EN10 size and padded length are refused before anything is opened", () => {
    expect(refusalOf(() => parseEnvelope(new Uint8Array(envelopeBytesMax + 1)))).toBe("malformed");
    expect(refusalOf(() => sealEnvelope({ ...envelope, kind: "chunk", body: new Uint8Array(envelopeBytesMax) }))).toBe(
      "malformed",
    );
    const large = sealEnvelope({ ...envelope, body: new Uint8Array(900_000) });
    expect(openEnvelope(parseEnvelope(large), envelope.docKey).length).toBe(900_000);
  });

  test("EN11 an unknown version or kind is refused", () => {
    const bytes = sealEnvelope(envelope);
    expect(refusalOf(() => parseEnvelope(flipped(bytes, 0, 3)))).toBe("version");
    for (const kind of [0, 11, 255]) {
      const copy = Uint8Array.from(bytes);
      copy[1] = kind;
      expect(refusalOf(() => parseEnvelope(copy))).toBe("malformed");
    }
  });

  test("EN12 a chain begins at counter 1 with no prev, and only there; epochs count from 1", () => {
    const refused: readonly Partial<EnvelopeToSeal>[] = [
      { counter: 0 },
      { counter: 2 },
      { counter: 1, prev: random(32) },
      { epoch: 0 },
      { prev: new Uint8Array(31) },
      { rosterHead: new Uint8Array(9) },
    ];
    for (const change of refused) expect(refusalOf(() => sealEnvelope({ ...envelope, ...change }))).toBe("malformed");
    const unchained = sealEnvelope({ ...envelope, kind: "ephemeral", counter: 0, prev: NO_PREV });
    expect(parseEnvelope(unchained).counter).toBe(0);
  });

  test("EN13 bodies of a row can show one size", () => {
    const sizes = [0, 10, 100, 500].map(
      (length) => sealEnvelope({ ...envelope, body: random(length), paddedBytesMin: 512 }).length,
    );
    expect(new Set(sizes).size).toBe(1);
  });

  test("EN14 the hash is over every byte", () => {
    const bytes = sealEnvelope(envelope);
    const hash = envelopeHash(bytes);
    for (let at = 0; at < bytes.length; at++) expect(envelopeHash(flipped(bytes, at))).not.toEqual(hash);
  });

  test("EN15 no plaintext stands in the sealed bytes", () => {
    const canary = utf8ToBytes("the canary in the cellar");
    const sealed = sealEnvelope({ ...envelope, body: canary });
    expect(holdsBytes(sealed, canary.subarray(0, 6))).toBe(false);
    expect(holdsBytes(sealed, envelope.docKey)).toBe(false);
  });

  test("EN16 text is sealed deflated where that shows a smaller size, and comes back", () => {
    const text = utf8ToBytes("What the cat did, and what the cat did after that. ".repeat(60));
    for (const kind of KINDS) {
      const plain = ENVELOPE_OVERHEAD_BYTES + paddedBodyLength(text.length);
      const bytes = sealEnvelope({ ...envelope, kind, body: text, ...(kind === "ephemeral" ? UNCHAINED : {}) });
      if (kind === "update" || kind === "final") expect(bytes.length, kind).toBeLessThan(plain / 4);
      else expect(bytes.length, kind).toBe(plain);
      expect(openEnvelope(parseEnvelope(bytes), envelope.docKey)).toEqual(text);
    }
    const lengthOf = (body: Uint8Array): number => sealEnvelope({ ...envelope, body }).length;
    // What somebody types at the moment has one size, whatever it says; and what does not get smaller stays as it is.
    expect(lengthOf(text.subarray(0, deflateFromBytes - 1))).toBe(lengthOf(random(deflateFromBytes - 1)));
    const noise = random(3_000);
    expect(lengthOf(noise)).toBe(ENVELOPE_OVERHEAD_BYTES + paddedBodyLength(noise.length));
  });

  test("EN17 a lane's stream shows one size, whatever it says, and its FINAL is deflated", () => {
    const text = utf8ToBytes("word ".repeat(400));
    const sizeOf = (kind: EnvelopeKind, body: Uint8Array): number =>
      sealEnvelope({ ...envelope, kind, body, paddedBytesMin: 4_096 }).length;
    expect(sizeOf("update", text)).toBe(sizeOf("update", random(text.length)));
    const long = concatBytes(...Array.from({ length: 10 }, () => text));
    expect(sizeOf("update", long)).toBe(sizeOf("update", random(long.length)));
    expect(sizeOf("final", long)).toBe(sizeOf("final", new Uint8Array(0)));
  });

  test("EN18 nothing but text is inflated, and unknown forms are refused, by who holds the key, too", () => {
    const inside = padBody(deflateBody(utf8ToBytes("again and again ".repeat(100))), undefined, "deflated");
    const sealInside = (kind: EnvelopeKind, padded: Uint8Array): Uint8Array => {
      const nonce = random(NONCE_BYTES);
      const head = encodeEnvelopeHead(
        { ...envelope, kind, clear: new Uint8Array(0), ...(kind === "ephemeral" ? UNCHAINED : {}) },
        nonce,
      );
      const key = deriveSubkey(envelope.docKey, "sv/env/1", kindNumber(kind));
      const unsigned = concatBytes(
        head,
        aeadSeal(padded, concatBytes(utf8ToBytes("sovereign/env/v1"), head), nonce, key),
      );
      return concatBytes(unsigned, sign(ENVELOPE_SIGNATURE_LABEL, unsigned, envelope.signingKey));
    };
    for (const kind of KINDS) {
      const mayBe = kind === "update" || kind === "final";
      const refusal = refusalOf(() => openEnvelope(parseEnvelope(sealInside(kind, inside)), envelope.docKey));
      expect(refusal, kind).toBe(mayBe ? "none" : "version");
      const unknown = parseEnvelope(
        sealInside(
          kind,
          inside.map((byte, at) => (at === 0 ? 2 : byte)),
        ),
      );
      expect(
        refusalOf(() => openEnvelope(unknown, envelope.docKey)),
        kind,
      ).toBe("version");
    }
  });
});
