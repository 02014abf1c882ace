import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { base64UrlToBytes, bytesToBase64Url, bytesToHex, concatBytes, hexToBytes, isEqualBytes } from "./bytes.ts";
import { createReader, createWriter } from "./codec.ts";
import { CryptoError } from "./errors.ts";

const someBytes = fc.uint8Array({ maxLength: 300 });

describe("bytes", () => {
  test("CO1 hex and base64url come back as they went in", () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes);
        expect(base64UrlToBytes(bytesToBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  test("CO1 other spellings of the same bytes are refused", () => {
    expect(hexToBytes("AB")).toBeNull();
    expect(hexToBytes("abc")).toBeNull();
    expect(base64UrlToBytes("AB")).toBeNull(); // stray bits: "AA" is the one spelling of a zero byte
    expect(base64UrlToBytes("AA==")).toBeNull();
    expect(base64UrlToBytes("A")).toBeNull();
  });

  test("CO2 equality sees every byte and the length", () => {
    fc.assert(
      fc.property(someBytes, someBytes, (a, b) => {
        expect(isEqualBytes(a, b)).toBe(bytesToHex(a) === bytesToHex(b));
        expect(isEqualBytes(a, concatBytes(a, Uint8Array.of(0)))).toBe(false);
      }),
    );
  });
});

describe("codec", () => {
  const fields = fc.record({
    u8: fc.nat(0xff),
    u16: fc.nat(0xffff),
    u32: fc.nat(0xffff_ffff),
    u64: fc.maxSafeNat(),
    fixed: fc.uint8Array({ minLength: 5, maxLength: 5 }),
    short: someBytes,
    long: someBytes,
    text: fc.string({ unit: "binary" }),
  });

  const write = (value: typeof fields extends fc.Arbitrary<infer T> ? T : never) =>
    createWriter()
      .u8(value.u8)
      .u16(value.u16)
      .u32(value.u32)
      .u64(value.u64)
      .fixed(value.fixed)
      .short(value.short)
      .long(value.long)
      .text(value.text)
      .finish();

  const read = (bytes: Uint8Array) => {
    const reader = createReader(bytes);
    const value = {
      u8: reader.u8(),
      u16: reader.u16(),
      u32: reader.u32(),
      u64: reader.u64(),
      fixed: reader.fixed(5),
      short: reader.short(),
      long: reader.long(300),
      text: reader.text(),
    };
    reader.end();
    return value;
  };

  test("CO3 what is written is what is read, and nothing shorter or longer", () => {
    fc.assert(
      fc.property(fields, fc.nat(), (value, cut) => {
        const bytes = write(value);
        expect(read(bytes)).toEqual(value);
        expect(() => read(bytes.subarray(0, cut % bytes.length))).toThrow(CryptoError);
        expect(() => read(concatBytes(bytes, Uint8Array.of(0)))).toThrow(CryptoError);
      }),
    );
  });

  test("CO4 a length is checked before anything is made of it", () => {
    expect(() => createReader(Uint8Array.of(255, 255, 255, 255)).long(10)).toThrow("10 are allowed");
    expect(() => createReader(Uint8Array.of(255, 255, 255, 255)).long(2 ** 40)).toThrow("ends too early");
    expect(() => createReader(new Uint8Array(8).fill(255)).u64()).toThrow("too large");
    expect(() => createReader(Uint8Array.of(0, 1, 0xff)).text()).toThrow("UTF-8");
    expect(() => createWriter().u16(0x1_0000)).toThrow(CryptoError);
    expect(() => createWriter().u8(-1)).toThrow(CryptoError);
    expect(() => createWriter().u64(2 ** 53)).toThrow(CryptoError);
  });
});
