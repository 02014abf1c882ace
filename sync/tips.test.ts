import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { utf8ToBytes } from "#crypto/bytes.ts";
import type { SigningKey } from "#crypto/device.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, parseEnvelope, verifyEnvelope, type ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createTestMembers, type TestAuthor, type TestMembers } from "./testing/testMembers.ts";
import { createTips } from "./tips.ts";

let members: TestMembers;
let there: TestAuthor;
let key: Uint8Array;

beforeAll(() => sodiumReady);
beforeEach(() => {
  members = createTestMembers();
  there = members.author(members.there);
  key = members.there.sign.publicKey;
});

const row = (length: number): ParsedEnvelope[] =>
  Array.from({ length }, (_, at) => parseEnvelope(there.seal("update", utf8ToBytes(`${at}`))));
const at = (page: readonly ParsedEnvelope[], index: number): ParsedEnvelope => {
  const parsed = page.at(index);
  if (parsed === undefined) throw new RangeError("no such envelope");
  return parsed;
};
const flip = (parsed: ParsedEnvelope, byte: number): ParsedEnvelope => {
  const bytes = parsed.bytes.slice();
  const where = (byte + bytes.length) % bytes.length;
  bytes[where] = (bytes[where] ?? 0) ^ 1;
  return parseEnvelope(bytes);
};
const judge = (page: readonly ParsedEnvelope[]): boolean[] => {
  const tips = createTips(page);
  return page.map((parsed) => tips.isSigned(parsed, key));
};
const oneByOne = (page: readonly ParsedEnvelope[]): boolean[] => page.map((parsed) => verifyEnvelope(parsed, key));
/** In a page where each is changed in its ciphertext or its signature, or not at all. */
const SIGNATURE = -1;
const CIPHERTEXT = 120;

describe("TP1 a page is judged as one by one", () => {
  it("TP1 a whole row is signed, in any order", () => {
    const page = row(20);
    expect(judge(page).every(Boolean)).toBe(true);
    expect(judge(page.toReversed()).every(Boolean)).toBe(true);
  });

  it("TP1 any subset of a row with any of it changed is judged as by each signature", () => {
    const whole = row(6);
    for (let choice = 0; choice < 3 ** whole.length; choice++) {
      const page = whole.flatMap((parsed, index) => {
        const what = Math.floor(choice / 3 ** index) % 3;
        return what === 0 ? [parsed] : what === 1 ? [flip(parsed, CIPHERTEXT)] : [];
      });
      expect(judge(page), `choice ${choice}`).toEqual(oneByOne(page));
    }
  });

  it("TP1 a tip whose signature is bad vouches for nothing before it", () => {
    const page = row(5);
    const forged = flip(at(page, 2), CIPHERTEXT);
    // A relay can name its forgery as the one before, but it cannot sign that.
    const bad = parseEnvelope(withPrev(at(page, 3), envelopeHash(forged.bytes)));
    expect(judge([at(page, 0), at(page, 1), forged, bad])).toEqual([true, true, false, false]);
  });

  it("TP1 another author's envelope vouches for nobody else's", () => {
    const page = row(3);
    const forged = flip(at(page, 1), CIPHERTEXT);
    const { here } = members;
    const other = sealAs(here.id, here.sign, forged.counter + 1, envelopeHash(forged.bytes));
    const tips = createTips([forged, other]);
    expect(tips.isSigned(other, here.sign.publicKey)).toBe(true);
    expect(tips.isSigned(forged, key)).toBe(false);
  });

  it("TP1 the one before has the counter before: a signed envelope elsewhere in the chain does not vouch", () => {
    const forged = flip(at(row(3), 1), CIPHERTEXT);
    const { there: keys } = members;
    const far = sealAs(keys.id, keys.sign, forged.counter + 2, envelopeHash(forged.bytes));
    expect(judge([forged, far])).toEqual([false, true]);
    const near = sealAs(keys.id, keys.sign, forged.counter + 1, envelopeHash(forged.bytes));
    expect(judge([forged, near])).toEqual([true, true]);
  });

  it("TP1 presence is in no chain and vouches for nothing", () => {
    const forged = flip(at(row(3), 1), CIPHERTEXT);
    const { there: keys } = members;
    const presence = sealAs(keys.id, keys.sign, forged.counter + 1, envelopeHash(forged.bytes), "ephemeral");
    expect(judge([forged, presence])).toEqual([false, true]);
  });

  it("TP1 a key that is not its author's signs nothing, whatever was judged before", () => {
    const page = row(4);
    const tips = createTips(page);
    expect(tips.isSigned(at(page, 0), key)).toBe(true);
    expect(page.map((parsed) => tips.isSigned(parsed, members.here.sign.publicKey))).toEqual(page.map(() => false));
    const first = createTips(page);
    expect(first.isSigned(at(page, 0), members.here.sign.publicKey)).toBe(false);
    expect(first.isSigned(at(page, 0), key)).toBe(true);
  });

  it("TP1 what is not of the page is checked by its own signature", () => {
    const page = row(4);
    const tips = createTips(page.slice(0, 2));
    expect(tips.isSigned(at(page, 3), key)).toBe(true);
    expect(tips.isSigned(flip(at(page, 3), SIGNATURE), key)).toBe(false);
  });
});

it("TP2 a page of one author costs one signature, counted", () => {
  const page = row(200);
  let checked = 0;
  const counting = page.map(
    (parsed) =>
      new Proxy(parsed, {
        get: (target, name) => {
          if (name === "signature") checked += 1;
          return Reflect.get(target, name) as unknown;
        },
      }),
  );
  const tips = createTips(counting);
  expect(counting.every((parsed) => tips.isSigned(parsed, key))).toBe(true);
  expect(checked).toBe(1);
});

function withPrev(parsed: ParsedEnvelope, prev: Uint8Array): Uint8Array {
  const bytes = parsed.bytes.slice();
  bytes.set(prev, 46);
  return bytes;
}

function sealAs(
  author: TestAuthor["id"],
  signingKey: SigningKey,
  counter: number,
  prev: Uint8Array,
  kind: "update" | "ephemeral" = "update",
): ParsedEnvelope {
  const { doc, docKey, roster } = members;
  const place = { doc, epoch: 1, author, counter, prev, rosterSeq: roster.seq, rosterHead: roster.head.slice(0, 8) };
  const what = { kind, body: utf8ToBytes("x"), docKey, signingKey, random: systemRandom };
  return parseEnvelope(sealEnvelope({ ...place, ...what }));
}
