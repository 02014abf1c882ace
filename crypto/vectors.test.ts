/**
 * Frozen vectors: bytes that an earlier build sealed must open for ever, or the version number goes up. `vectors/*.json` hold
 * every input in hex. They are written only by `node crypto/testing/writeVectors.ts NAME`, when a
 * new form is added, and looked at in review.
 */
import { describe, expect, test } from "vitest";
import { openAnnouncement } from "./announcement.ts";
import { bytesToHex, concatBytes, hexToBytes } from "./bytes.ts";
import { boxKeyFromSeed } from "./device.ts";
import { openRekey, openRekeyBackward } from "./docKeys.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { envelopeHash, parseEnvelope, verifyEnvelope } from "./envelopeHeader.ts";
import { decodeRequest, openGrant } from "./grant.ts";
import { verifyAuth, verifyWelcome } from "./handshake.ts";
import { docIdFromBytes, vaultIdFromBytes } from "./ids.ts";
import { laneClientId, parseAccept, verifyAccept } from "./laneHeader.ts";
import { openLock } from "./lockSlots.ts";
import { readRoster } from "./roster.ts";
import { openMemberName, openRosterVaultKeys } from "./rosterEntries.ts";
import { passkeyIn, passphraseIn, platformKeyIn } from "./testing/makeLockVector.ts";
import { bytesIn, deviceIn, type Vector } from "./testing/makeVectors.ts";
import announcement from "./vectors/announcement.json" with { type: "json" };
import deflated from "./vectors/deflated.json" with { type: "json" };
import envelope from "./vectors/envelope.json" with { type: "json" };
import grant from "./vectors/grant.json" with { type: "json" };
import handshake from "./vectors/handshake.json" with { type: "json" };
import lane from "./vectors/lane.json" with { type: "json" };
import lock from "./vectors/lock.json" with { type: "json" };
import rekey from "./vectors/rekey.json" with { type: "json" };
import roster from "./vectors/roster.json" with { type: "json" };

describe("frozen vectors", () => {
  test("FV1 envelope", () => {
    const vector: Vector = envelope;
    const parsed = parseEnvelope(bytesIn(vector, "envelope"));
    const author = deviceIn(vector, "author");
    expect(parsed).toMatchObject({ kind: "update", epoch: 3, counter: 2, rosterSeq: 5, author: author.id });
    expect(verifyEnvelope(parsed, author.sign.publicKey)).toBe(true);
    expect(openEnvelope(parsed, bytesIn(vector, "docKey"))).toEqual(bytesIn(vector, "body"));
    expect(bytesToHex(envelopeHash(parsed.bytes))).toBe(vector["hash"]);
    const again = sealEnvelope({
      ...parsed,
      body: bytesIn(vector, "body"),
      docKey: bytesIn(vector, "docKey"),
      signingKey: author.sign,
      random: () => parsed.nonce,
    });
    expect(bytesToHex(again)).toBe(vector["envelope"]);
  });

  test("FV2 rekey", () => {
    const vector: Vector = rekey;
    const parsed = parseEnvelope(bytesIn(vector, "envelope"));
    const docKey = bytesIn(vector, "docKey");
    expect(openRekey(parsed, new Map([[2, bytesIn(vector, "vaultKey")]]))).toEqual({ epoch: 2, docKey });
    expect(openRekeyBackward(parsed, docKey)).toEqual(bytesIn(vector, "previousDocKey"));
  });

  test("FV3 roster: every type of entry", () => {
    const vector: Vector = roster;
    const entries = (vector["entries"] as readonly string[]).map((entry) => hexToBytes(entry)!);
    const state = readRoster(entries);
    expect(state).toMatchObject({ vault: vector["vault"], seq: 7, generation: 5 });
    expect(bytesToHex(state.head)).toBe(vector["head"]);
    const vaultKeys = openRosterVaultKeys(entries, deviceIn(vector, "tablet"));
    expect([...vaultKeys].sort(([a], [b]) => a - b).map(([, key]) => bytesToHex(key))).toEqual(vector["vaultKeys"]);
    const names = [...state.members.values()].map((member) => openMemberName(member, vaultKeys));
    expect(names).toEqual(["Laptop", "Cellar", "Phone", null, "Tablet", null]);
  });

  test("FV4 grant and request", () => {
    const vector: Vector = grant;
    expect(openGrant(bytesIn(vector, "clear"), boxKeyFromSeed(bytesIn(vector, "bootBoxSeed")))).toEqual({
      run: vector["run"],
      doc: vector["doc"],
      epoch: 2,
      docKey: bytesIn(vector, "docKey"),
      notAfter: 1_790_000_600_000,
      maxBytes: 4_194_304,
    });
    expect(decodeRequest(bytesIn(vector, "request"))).toEqual({
      run: vector["run"],
      model: "qwen3:8b",
      parent: "00112233",
      maxBytes: 4_194_304,
    });
  });

  test("FV5 lane", () => {
    const vector: Vector = lane;
    const accept = parseAccept(bytesIn(vector, "acceptClear"));
    const host = deviceIn(vector, "host");
    expect(accept).toMatchObject({ run: vector["run"], boot: vector["boot"], lane: vector["lane"], host: host.id });
    expect(verifyAccept(accept, docIdFromBytes(bytesIn(vector, "doc")), host.sign.publicKey)).toBe(true);
    expect(laneClientId(accept.run, accept.lane)).toBe(vector["clientId"]);
  });

  test("FV6 handshake", () => {
    const vector: Vector = handshake;
    const [device, relay] = [deviceIn(vector, "device"), deviceIn(vector, "relay")];
    const nonces = { deviceNonce: bytesIn(vector, "deviceNonce"), relayNonce: bytesIn(vector, "relayNonce") };
    const auth = { ...nonces, relayKey: relay.sign.publicKey, vault: vaultIdFromBytes(bytesIn(vector, "vault")) };
    const welcome = { ...nonces, deviceKey: device.sign.publicKey };
    expect(verifyWelcome(welcome, bytesIn(vector, "welcome"), relay.sign.publicKey)).toBe(true);
    expect(verifyAuth(auth, bytesIn(vector, "auth"), device.sign.publicKey)).toBe(true);
  });

  test("FV7 announcement", () => {
    const vector: Vector = announcement;
    expect(openAnnouncement(bytesIn(vector, "announcement"))).toMatchObject({
      host: deviceIn(vector, "host").id,
      boot: vector["boot"],
      info: { kind: "guide", models: ["guide"] },
    });
  });

  test("FV8 lock: every kind of slot", async () => {
    const vector: Vector = lock;
    const platform = { kind: "platform", key: await platformKeyIn(vector) } as const;
    const opened = { secrets: bytesIn(vector, "secrets"), lockSecret: bytesIn(vector, "lockSecret") };
    for (const key of [platform, passkeyIn(vector), passphraseIn(vector)]) {
      expect(await openLock(bytesIn(vector, "lock"), key), key.kind).toEqual(opened);
    }
  });

  test("FV9 envelope with a deflated body", () => {
    const vector: Vector = deflated;
    const parsed = parseEnvelope(bytesIn(vector, "envelope"));
    expect(verifyEnvelope(parsed, deviceIn(vector, "author").sign.publicKey)).toBe(true);
    const part = bytesIn(vector, "body");
    const body = openEnvelope(parsed, bytesIn(vector, "docKey"));
    expect(parsed.ciphertext.length).toBeLessThan(body.length / 4);
    expect(body).toEqual(concatBytes(...Array.from({ length: 40 }, () => part)));
    expect(bytesToHex(envelopeHash(parsed.bytes))).toBe(vector["hash"]);
  });
});
