import fc from "fast-check";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { stunRequestBytesMax } from "./limits.ts";
import { addressBytes, decodeBindingRequest, encodeBindingSuccess } from "./stunMessage.ts";

const transaction = Uint8Array.from({ length: 12 }, (_, index) => index + 1);

function message(
  attributes: readonly (readonly [number, Uint8Array])[] = [],
  type = 1,
  cookie = 0x2112_a442,
): Uint8Array {
  const body = attributes.flatMap(([kind, value]) => {
    const padded = [...value, ...Array<number>((4 - (value.length % 4)) % 4).fill(0)];
    return [kind >>> 8, kind & 255, value.length >>> 8, value.length & 255, ...padded];
  });
  const head = Buffer.alloc(20);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(body.length, 2);
  head.writeUInt32BE(cookie, 4);
  head.set(transaction, 8);
  return Uint8Array.from([...head, ...body]);
}

function withFingerprint(bytes: Uint8Array, spoil = 0): Uint8Array {
  const whole = Buffer.concat([bytes, Buffer.alloc(8)]);
  whole.writeUInt16BE(whole.length - 20, 2);
  whole.writeUInt16BE(0x8028, bytes.length);
  whole.writeUInt16BE(4, bytes.length + 2);
  whole.writeUInt32BE((crc32(whole.subarray(0, bytes.length)) ^ 0x5354_554e ^ spoil) >>> 0, bytes.length + 4);
  return Uint8Array.from(whole);
}

const software = [0x8022, Buffer.from("browser")] as const;

describe("answers", () => {
  it.each([
    ["a bare question", message()],
    ["one that names its software", message([software])],
    ["one with a fingerprint", withFingerprint(message([software]))],
    ["one with an attribute that may be ignored", message([[0xff00, Uint8Array.of(0, 1)]])],
  ])("%s", (_name, bytes) => {
    expect(decodeBindingRequest(bytes)).toEqual(transaction);
  });

  /** RFC 5769 §2.2 and §2.3, whose transaction id these are. */
  const published = Buffer.from("b7e7a701bc34d686fa87dfae", "hex");
  it.each([
    ["192.0.2.1", "00200008" + "0001a147" + "e112a643"],
    ["2001:db8:1234:5678:11:2233:4455:6677", "00200014" + "0002a147" + "0113a9faa5d3f179bc25f4b5bed2b9d9"],
  ])("with the bytes of RFC 5769 for %s", (address, expected) => {
    const bytes = Buffer.from(encodeBindingSuccess(published, address, 32_853));
    expect(bytes.subarray(20).toString("hex")).toBe(expected);
    expect(bytes.readUInt16BE(0)).toBe(0x0101);
    expect(bytes.readUInt16BE(2)).toBe(bytes.length - 20);
    expect(bytes.subarray(8, 20).equals(published)).toBe(true);
  });

  it("with no more than 1.2 times what came, as both travel inside WireGuard", () => {
    // Data message: 16 B header, the packet padded to 16, 16 B tag; then UDP and IPv4 outside.
    const onTheWire = (innerHeaders: number, bytes: Uint8Array): number =>
      Math.ceil((innerHeaders + bytes.length) / 16) * 16 + 32 + 28;
    const question = message();
    for (const [address, headers] of [
      ["100.64.0.2", 28],
      ["fd7a:115c:a1e0::2", 48],
    ] as const) {
      const answer = encodeBindingSuccess(transaction, address, 1);
      expect(onTheWire(headers, answer) / onTheWire(headers, question)).toBeLessThan(1.2);
    }
  });
});

describe("says nothing to", () => {
  it.each([
    ["nothing", new Uint8Array(0)],
    ["half a header", message().subarray(0, 16)],
    ["an answer", message([], 0x0101)],
    ["an indication", message([], 0x0011)],
    ["a request of TURN", message([], 0x0003)],
    ["RFC 3489, without the cookie", message([], 1, 0x1234_5678)],
    ["a length that is not its own", message([software]).fill(0, 3, 4)],
    ["a length that is no multiple of four", Uint8Array.from([...message(), 1])],
    ["an attribute that must be understood", message([[0x0006, Buffer.from("user")]])],
    ["a wish for an answer from elsewhere", message([[0x0003, Uint8Array.of(0, 0, 0, 6)]])],
    ["an attribute that ends outside", message([[0x8022, new Uint8Array(4)]]).fill(9, 23, 24)],
    ["a wrong fingerprint", withFingerprint(message(), 1)],
    [
      "a fingerprint that is not the last",
      Uint8Array.from([...withFingerprint(message()), 0x80, 0x22, 0, 0]).fill(12, 3, 4),
    ],
    ["what is too long", message([[0x8022, new Uint8Array(stunRequestBytesMax)]])],
  ])("%s", (_name, bytes) => {
    expect(decodeBindingRequest(bytes)).toBeNull();
  });
});

it("fuzz: any bytes are a question of the one known form or nothing, and never an exception", () => {
  const seen = { answered: 0, dropped: 0 };
  const valid = fc
    .array(fc.tuple(fc.integer({ min: 0x7f00, max: 0xffff }), fc.uint8Array({ maxLength: 40 })), { maxLength: 6 })
    .map((attributes) => message(attributes));
  const harmed = fc
    .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat(8))
    .map(([bytes, flips, cut]) => {
      for (const [at, value] of flips) bytes[at % bytes.length] = value;
      return bytes.subarray(0, bytes.length - (cut > 5 ? cut : 0));
    });
  fc.assert(
    fc.property(fc.oneof(valid, harmed, fc.uint8Array({ maxLength: 600 })), (bytes) => {
      const before = bytes.slice();
      const id = decodeBindingRequest(bytes);
      expect(bytes).toEqual(before);
      seen[id === null ? "dropped" : "answered"] += 1;
      if (id === null) return;
      expect(Buffer.from(bytes.subarray(0, 2)).toString("hex")).toBe("0001");
      expect(Buffer.from(bytes.subarray(4, 8)).toString("hex")).toBe("2112a442");
      expect(id).toEqual(bytes.subarray(8, 20));
      expect(encodeBindingSuccess(id, "100.64.0.9", 9)).toHaveLength(32);
    }),
    { numRuns: 3_000 },
  );
  expect(seen.answered).toBeGreaterThan(100);
  expect(seen.dropped).toBeGreaterThan(1_000);
});

it("reads every spelling of an address that a socket reports", () => {
  const hex = (address: string): string => Buffer.from(addressBytes(address)).toString("hex");
  expect(hex("::1")).toBe("0".repeat(31) + "1");
  expect(hex("::")).toBe("0".repeat(32));
  expect(hex("fd7a:115c:a1e0::53")).toBe("fd7a115ca1e000000000000000000053");
  expect(hex("fe80::1%eth0")).toBe("fe80" + "0".repeat(27) + "1");
  expect(hex("::ffff:100.64.0.1")).toBe("00000000000000000000ffff64400001");
});
