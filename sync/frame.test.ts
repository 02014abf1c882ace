import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CryptoError } from "#crypto/errors.ts";
import { authorIdFromBytes, docIdFromBytes, vaultIdFromBytes } from "#crypto/ids.ts";
import { bytesToHex } from "#crypto/bytes.ts";
import { decodeFrame, encodeFrame, liveTagIn, type Frame } from "./frame.ts";
import { frameBytesMax } from "./limits.ts";

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const some = fc.uint8Array({ maxLength: 300 });
const u32 = fc.nat({ max: 0xffff_ffff });
const u64 = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const doc = bytes(16).map(docIdFromBytes);
const vault = bytes(32)
  .filter((id) => id.some((byte) => byte !== 0))
  .map(vaultIdFromBytes);
const maybeVault = fc.option(vault);
const signature = bytes(64);
const entries = fc.array(fc.record({ seq: u64, envelope: some }), { maxLength: 5 });
const mark = fc.record({ seq: u64, hash: bytes(16) });

const frames: { readonly [T in Frame["type"]]: fc.Arbitrary<Extract<Frame, { type: T }>> } = {
  hello: fc.record({
    type: fc.constant("hello"),
    version: fc.nat({ max: 255 }),
    vault: maybeVault,
    publicKey: bytes(32),
    nonce: bytes(32),
  }),
  welcome: fc.record({
    type: fc.constant("welcome"),
    version: fc.nat({ max: 255 }),
    relayKey: bytes(32),
    nonce: bytes(32),
    signature,
  }),
  auth: fc.record({ type: fc.constant("auth"), signature }),
  ok: fc.record({
    type: fc.constant("ok"),
    vault: maybeVault,
    rosterSeq: u32,
    rosterHead: bytes(32),
    standing: fc.constantFrom("stranger", "device", "host"),
    claimable: fc.boolean(),
  }),
  rosterGet: fc.record({ type: fc.constant("rosterGet"), from: u32 }),
  roster: fc.record({
    type: fc.constant("roster"),
    vault,
    from: u32,
    entries: fc.array(some, { maxLength: 4 }),
    claim: fc.option(signature),
  }),
  rosterCas: fc.record({
    type: fc.constant("rosterCas"),
    request: u32,
    prevSeq: u32,
    entry: some,
    claim: fc.option(signature),
  }),
  rosterAck: fc.record({ type: fc.constant("rosterAck"), request: u32, seq: u32 }),
  sub: fc.record({ type: fc.constant("sub"), doc, cursor: u64 }),
  entries: fc.record({
    type: fc.constant("entries"),
    doc,
    entries,
    head: u64,
    more: fc.boolean(),
    marks: fc.record({ from: fc.option(mark), to: fc.option(mark) }),
  }),
  leave: fc.record({ type: fc.constant("leave"), doc }),
  append: fc.record({ type: fc.constant("append"), request: u32, envelope: some }),
  destroy: fc.record({
    type: fc.constant("destroy"),
    request: u32,
    docs: fc.array(doc, { maxLength: 20 }),
  }),
  ack: fc.record({ type: fc.constant("ack"), request: u32, seq: u64 }),
  nack: fc.record({
    type: fc.constant("nack"),
    request: u32,
    code: fc.constantFrom("malformed", "not-allowed", "conflict", "too-large", "full", "busy"),
    expected: u64,
  }),
  pushAsk: fc.record({ type: fc.constant("pushAsk") }),
  pushKey: fc.record({
    type: fc.constant("pushKey"),
    key: fc.option(bytes(65)),
    endpoint: fc.option(fc.webUrl({ size: "small" })),
  }),
  alarmsPut: fc.record({ type: fc.constant("alarmsPut"), request: u32, times: fc.array(u64, { maxLength: 64 }) }),
  pushPut: fc.record({
    type: fc.constant("pushPut"),
    request: u32,
    subscription: fc.option(
      fc.record({ endpoint: fc.webUrl({ size: "small" }), publicKey: bytes(65), secret: bytes(16) }),
    ),
  }),
  answered: fc.record({ type: fc.constant("answered"), doc }),
  ephemeral: fc.record({ type: fc.constant("ephemeral"), envelope: some }),
  live: fc.record({
    type: fc.constant("live"),
    lane: bytes(4).map(bytesToHex),
    counter: fc.integer({ min: 0, max: 0x7f_ffff }),
    sealed: fc.oneof(bytes(36), bytes(100)),
  }),
  announce: fc.record({ type: fc.constant("announce"), announcement: some }),
  host: fc.record({ type: fc.constant("host"), host: bytes(16).map(authorIdFromBytes), announcement: fc.option(some) }),
  offer: fc.record({ type: fc.constant("offer"), doc, seq: u64, envelope: some }),
  ping: fc.constant({ type: "ping" }),
  pong: fc.constant({ type: "pong" }),
  error: fc.record({
    type: fc.constant("error"),
    code: fc.constantFrom("version", "not-a-member", "malformed", "too-fast", "removed", "draining", "duplicate"),
    says: fc.string({ maxLength: 100 }),
  }),
  mailboxOpen: fc.record({
    type: fc.constant("mailboxOpen"),
    request: u32,
    mailboxes: fc.array(bytes(16), { maxLength: 8 }),
  }),
  mailboxClose: fc.record({ type: fc.constant("mailboxClose"), mailboxes: fc.array(bytes(16), { maxLength: 8 }) }),
  mailboxPut: fc.record({ type: fc.constant("mailboxPut"), request: u32, mailbox: bytes(16), message: some }),
  have: fc.record({
    type: fc.constant("have"),
    doc,
    held: fc.array(fc.tuple(bytes(16).map(authorIdFromBytes), u64), { maxLength: 4 }),
  }),
  mailboxTake: fc.record({ type: fc.constant("mailboxTake"), request: u32, mailbox: bytes(16) }),
  mailbox: fc.record({ type: fc.constant("mailbox"), mailbox: bytes(16), message: fc.option(some) }),
  ledgerAsk: fc.record({
    type: fc.constant("ledgerAsk"),
    host: bytes(16).map(authorIdFromBytes),
    asker: bytes(16).map(authorIdFromBytes),
    from: u64,
  }),
  ledgerPart: fc.record({
    type: fc.constant("ledgerPart"),
    host: bytes(16).map(authorIdFromBytes),
    asker: bytes(16).map(authorIdFromBytes),
    from: u64,
    total: u64,
    entries: fc.array(some, { maxLength: 4 }),
  }),
  recordPut: fc.record({ type: fc.constant("recordPut"), request: u32, id: bytes(16), record: some }),
  record: fc.record({ type: fc.constant("record"), seq: u64, record: some }),
  recordTaken: fc.record({ type: fc.constant("recordTaken"), seq: u64, id: bytes(16), isFiled: fc.boolean() }),
};
const anyFrame: fc.Arbitrary<Frame> = fc.oneof(...Object.values(frames));

/** A frame, or `null` for the folder's own error: nothing else may come out of a decoder. */
function decodeOrRefuse(encoded: Uint8Array): Frame | null {
  try {
    return decodeFrame(encoded);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return null;
  }
}

describe("frames", () => {
  it.each(Object.entries(frames))("FR1 %s comes back as it was", (_type, arbitrary: fc.Arbitrary<Frame>) => {
    fc.assert(
      fc.property(arbitrary, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      }),
      { numRuns: 50 },
    );
  });

  it("FR2 a form is exact: nothing may be missing, and nothing follow", () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const encoded = encodeFrame(frame);
        expect(() => decodeFrame(Uint8Array.of(...encoded, 0))).toThrow(CryptoError);
        for (let length = 0; length < encoded.length; length++)
          expect(decodeOrRefuse(encoded.subarray(0, length))).toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  it("FR3 any bytes are a frame or are refused, quickly", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (junk) => {
        const frame = decodeOrRefuse(junk);
        expect(frame === null ? junk : encodeFrame(frame)).toEqual(junk);
      }),
      { numRuns: 5_000 },
    );
  });

  it("FR3 a frame with changed bytes is a frame or is refused", () => {
    fc.assert(
      fc.property(
        anyFrame,
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }),
        (frame, changes) => {
          const encoded = encodeFrame(frame);
          for (const [at, value] of changes) encoded[at % encoded.length] = value;
          expect(() => decodeOrRefuse(encoded)).not.toThrow();
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it("FR3 the tag of live text is found in what decodes as such, and in nothing else", () => {
    const tagOf = (frame: Frame | null): string | null => (frame?.type === "live" ? frame.lane : null);
    fc.assert(
      fc.property(fc.oneof(frames.live, anyFrame), fc.nat(), fc.nat({ max: 255 }), (frame, at, value) => {
        const encoded = encodeFrame(frame);
        expect(liveTagIn(encoded)).toBe(tagOf(frame));
        encoded[at % encoded.length] = value;
        for (const bytes of [encoded, encoded.subarray(1), encoded.subarray(0, -1), Uint8Array.of(...encoded, 0)])
          expect(liveTagIn(bytes)).toBe(tagOf(decodeOrRefuse(bytes)));
      }),
      { numRuns: 1_000 },
    );
  });

  it("FR4 a frame over the limit is refused before it is looked at", () => {
    expect(() => decodeFrame(new Uint8Array(frameBytesMax + 1))).toThrow(CryptoError);
  });
});
