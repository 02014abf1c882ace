import { describe, expect, test } from "vitest";
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createWriter } from "./codec.ts";
import { authorIdOf, createDeviceKeys } from "./device.ts";
import { idToBytes } from "./ids.ts";
import { recordBytesMax, recordTurnsMax } from "./limits.ts";
import { padBody } from "./padding.ts";
import { openRecord, parseRecord, sealRecord, signRecord, type RecordContent } from "./record.ts";
import { aeadSeal, boxSeal } from "./sodium.ts";
import { createTestVault, refusalOf } from "./testing/fixtures.ts";

const { random, laptop, host } = createTestVault(21);
const phone = createDeviceKeys(random);
const to = [laptop, phone].map(({ id, box }) => ({ id, boxKey: box.publicKey }));
const content: RecordContent = {
  tool: "OpenCode",
  key: "1f0e2d3c",
  conversation: "",
  model: "llama",
  at: 1_763_700_000_000,
  isWhole: true,
  turns: [
    { role: "user", text: "Häuser \u{1f3e1}" },
    { role: "assistant", text: "Yes." },
  ],
};
const id = random(16);
const sealed = sealRecord({ id, content, to, random });
const record = signRecord(sealed, host);

/** As `sealRecord`, whatever is inside. */
function sealRaw(body: Uint8Array): Uint8Array {
  const [key, nonce] = [random(32), random(24)];
  const box = boxSeal(key, laptop.box.publicKey);
  const head = createWriter()
    .u8(1)
    .fixed(random(16))
    .u8(1)
    .fixed(idToBytes(laptop.id))
    .fixed(box)
    .fixed(nonce)
    .finish();
  const data = concatBytes(utf8ToBytes("sovereign/record-text/v1"), head);
  return signRecord(concatBytes(head, aeadSeal(padBody(body), data, nonce, key)), host);
}

describe("records", () => {
  test("TR1 each device that it is for reads it as it was", () => {
    expect(parseRecord(record)).toEqual({ id, host: host.id });
    for (const device of [laptop, phone]) expect(openRecord(record, device, host.sign.publicKey)).toEqual(content);
  });

  test("TR2 it is not for another device, and the host that made it cannot open it", () => {
    expect(openRecord(record, createDeviceKeys(random), host.sign.publicKey)).toBe(null);
    expect(openRecord(record, host, host.sign.publicKey)).toBe(null);
    expect(new TextDecoder("latin1").decode(record)).not.toContain("Yes.");
  });

  test("TR3 what another host signed, and any changed byte, is refused", () => {
    const stranger = createDeviceKeys(random);
    expect(refusalOf(() => openRecord(signRecord(sealed, stranger), laptop, host.sign.publicKey))).toBe("signature");
    for (let at = 0; at < record.length; at++) {
      const changed = Uint8Array.from(record);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(
        refusalOf(() => openRecord(changed, laptop, host.sign.publicKey)),
        `byte ${at}`,
      ).not.toBe("none");
    }
  });

  test("TR4 a signed one with parts of another inside does not open", () => {
    const other = sealRecord({ id: random(16), content, to, random });
    const swapped = Uint8Array.from(sealed);
    // The boxes of the other one: each opens to a key that is not this text's.
    swapped.set(other.subarray(18, 18 + 2 * 96), 18);
    expect(refusalOf(() => openRecord(signRecord(swapped, host), laptop, host.sign.publicKey))).toBe("key");
    const renamed = Uint8Array.from(sealed);
    renamed.set(random(16), 1);
    expect(refusalOf(() => openRecord(signRecord(renamed, host), laptop, host.sign.publicKey))).toBe("key");
  });

  test("TR6 what its host sealed and signed badly is refused as malformed, and as nothing else", () => {
    const text = [Uint8Array.of(0xff, 0xfe), new TextEncoder().encode("Yes.")] as const;
    const write = (isWhole: number, turn: Uint8Array): Uint8Array =>
      createWriter().u8(1).text("t").text("k").text("").text("m").u64(1).u8(isWhole).u16(1).u8(0).long(turn).finish();
    const good = write(1, text[1]);
    expect(openRecord(sealRaw(good), laptop, host.sign.publicKey)?.turns).toEqual([{ role: "user", text: "Yes." }]);
    const bad = [write(1, text[0]), write(2, text[1]), good.subarray(0, -1), Uint8Array.of(1, ...good, 0)];
    for (const body of bad)
      expect(refusalOf(() => openRecord(sealRaw(body), laptop, host.sign.publicKey))).toBe("malformed");
  });

  test("TR5 the largest that a gateway makes fits, for as many devices as a vault may have", () => {
    const turns = Array.from({ length: recordTurnsMax }, () => ({ role: "user", text: "x".repeat(112) }) as const);
    const everybody = Array.from({ length: 64 }, () => createDeviceKeys(random));
    const large = sealRecord({
      id,
      content: { ...content, turns: [...turns.slice(1), { role: "assistant", text: "\u20ac".repeat(131_072) }] },
      to: everybody.map(({ sign, box }) => ({ id: authorIdOf(sign.publicKey), boxKey: box.publicKey })),
      random,
    });
    expect(large.length).toBeLessThanOrEqual(recordBytesMax);
    const last = everybody.at(-1)!;
    expect(openRecord(signRecord(large, host), last, host.sign.publicKey)?.turns.length).toBe(recordTurnsMax);
  });
});
