/** The decoders of crypto/. To add one: a line here, with bytes that it takes. */
import { openAnnouncement } from "#crypto/announcement.ts";
import { bytesToUtf8, concatBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { claimLinkFragment, createClaim, parseClaimLink } from "#crypto/claim.ts";
import { deflateBody, inflateBody } from "#crypto/deflate.ts";
import { createDeviceKeys, decodeDeviceKeys, encodeDeviceKeys, sign } from "#crypto/device.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import { kindNumber, parseEnvelope } from "#crypto/envelopeHeader.ts";
import { decodeRequest, openGrant } from "#crypto/grant.ts";
import { parseGrantClear, parseGrantEndClear } from "#crypto/grantHeader.ts";
import { authorIdFromBytes, idToBytes } from "#crypto/ids.ts";
import { finalClear, parseAccept, parseFinalClear, verifyAccept } from "#crypto/laneHeader.ts";
import { openLiveText, sealLiveText, type LiveText } from "#crypto/liveText.ts";
import { createLocalKey, openLocal, sealLocal } from "#crypto/localSeal.ts";
import { encodeLock, parseLock } from "#crypto/lockForm.ts";
import { newStretchCost } from "#crypto/passphrase.ts";
import { padBody, unpadBody } from "#crypto/padding.ts";
import {
  answerCommit,
  beginJoin,
  createInvitation,
  invitationLinkFragment,
  openAnswer,
  openReveal,
  type PairingStep,
  parseInvitationLink,
  revealJoin,
  sealAnswer,
} from "#crypto/pairing.ts";
import { readRecoveryWords, recoveryWords } from "#crypto/recovery.ts";
import { parseRekeyClear } from "#crypto/rekeyHeader.ts";
import { applyRosterEntry, parseRosterEntry, ROSTER_SIGNATURE_LABEL } from "#crypto/roster.ts";
import { aeadOpen, aeadSeal, deriveSubkey, NONCE_BYTES, SIGNATURE_BYTES } from "#crypto/sodium.ts";
import type { Target } from "./feed.ts";
import { createHostTargets } from "./hostTargets.ts";
import type { FuzzWorld } from "./world.ts";

export function createCryptoTargets(world: FuzzWorld): readonly Target[] {
  const { device, host, roster, doc, docKey, noise } = world;
  const { genesis, addHost, rotate, rekey, update, grant, accept, announcement, grantClear, request, lane } = world;
  const unsignedOf = (signed: Uint8Array): Uint8Array => signed.subarray(0, -SIGNATURE_BYTES);
  const signedBy =
    (keys: typeof device, label: Parameters<typeof sign>[0]) =>
    (unsigned: Uint8Array): Uint8Array =>
      concatBytes(unsigned, sign(label, unsigned, keys.sign));
  const repeated = new Uint8Array(3_000).map((_, at) => noise(90)[at % 90] ?? 0);
  const rosterState = (): string => `${roster.seq} ${roster.generation} ${[...roster.members.keys()].join()}`;

  return [
    { name: "envelope", good: [rekey, update, grant, accept], feed: (bytes) => void parseEnvelope(bytes) },
    {
      name: "envelope's body",
      good: [padBody(noise(90)), padBody(deflateBody(repeated), undefined, "deflated")],
      wrap: sealedIn(update, docKey),
      feed: (bytes) => void openEnvelope(parseEnvelope(bytes), docKey),
    },
    { name: "padding", good: [padBody(noise(90)), padBody(noise(0))], feed: (bytes) => void unpadBody(bytes) },
    {
      name: "deflated body",
      good: [deflateBody(repeated), deflateBody(noise(900))],
      feed: (bytes) => void inflateBody(bytes),
    },
    { name: "rekey part", good: [rekey], feed: (bytes) => void parseRekeyClear(parseEnvelope(bytes)) },
    { name: "roster entry", good: [genesis, addHost, rotate], feed: (bytes) => void parseRosterEntry(bytes) },
    {
      name: "roster step",
      good: [rotate],
      feed: (bytes) => void applyRosterEntry(roster, bytes),
      isAuthentic: true,
      state: rosterState,
    },
    {
      name: "roster step, signed",
      good: [rotate].map(unsignedOf),
      wrap: signedBy(device, ROSTER_SIGNATURE_LABEL),
      feed: (bytes) => void applyRosterEntry(roster, bytes),
      state: rosterState,
    },
    { name: "grant part", good: [grantClear], feed: (bytes) => void parseGrantClear(bytes) },
    {
      name: "grant end",
      good: [idToBytes(world.run)],
      feed: (bytes) => void parseGrantEndClear(bytes),
      isShallow: true,
    },
    {
      name: "grant box",
      good: [grantClear],
      feed: (bytes) => (openGrant(bytes, world.bootBox) === null ? "does not open" : undefined),
    },
    { name: "request", good: [request], feed: (bytes) => void decodeRequest(bytes) },
    {
      name: "accept part",
      good: [lane.acceptClear],
      feed: (bytes) => (verifyAccept(parseAccept(bytes), doc, host.sign.publicKey) ? undefined : "not signed"),
      isAuthentic: true,
    },
    { name: "final part", good: [finalClear(2, 9)], feed: (bytes) => void parseFinalClear(bytes) },
    {
      name: "announcement",
      good: [unsignedOf(announcement)],
      wrap: signedBy(host, "sovereign/boot/v1"),
      feed: (bytes) => void openAnnouncement(bytes),
    },
    {
      name: "live text",
      good: [liveTextPlain("thinking", 7, "word "), liveTextPlain("text", 0, "")],
      wrap: (bytes) => aeadSeal(bytes, utf8ToBytes("sovereign/live/v2"), new Uint8Array(NONCE_BYTES), liveKey),
      feed: (bytes) => (openLiveText(bytes, 0, liveKey) === null ? "does not open" : undefined),
      isShallow: true,
    },
    { name: "device keys", good: [encodeDeviceKeys(device)], feed: (bytes) => void decodeDeviceKeys(bytes) },
    { name: "author of an id", good: [noise(16)], feed: (bytes) => void authorIdFromBytes(bytes), isShallow: true },
    ...createTextTargets(noise),
    ...createPairingTargets(world),
    ...createHostTargets(world),
    createLockTarget(noise),
    createLocalTarget(noise),
  ];
}

function createTextTargets(noise: FuzzWorld["noise"]): readonly Target[] {
  const claim = claimLinkFragment({ seed: createClaim(noise).seed, fingerprint: noise(16) });
  // Any 2,048 words do: what is attacked is the reading.
  const wordlist = Array.from({ length: 2_048 }, (_, at) => `${letters(at)}a`);
  const wordAt = (bytes: Uint8Array, at: number): string => {
    const [high = 0, low = 0] = bytes.subarray(at % bytes.length);
    // Now and then one that is cut short, or none of the list.
    const word = wordlist[((high << 8) | low) % 2_048] ?? "";
    return high === 0xff ? word.slice(0, low % 4) : word;
  };
  return [
    {
      name: "claim link",
      good: [utf8ToBytes(claim)],
      feed: (bytes) => (parseClaimLink(bytesToText(bytes)) === null ? "no link" : undefined),
      isShallow: true,
    },
    {
      name: "recovery words",
      good: [noise(48), utf8ToBytes(recoveryWords(noise(32), wordlist).join(" "))],
      wrap: (bytes) => utf8ToBytes(Array.from({ length: 24 }, (_, at) => wordAt(bytes, at * 2)).join(" ")),
      feed: (bytes) => {
        const { kind } = readRecoveryWords(bytesToText(bytes), wordlist);
        return kind === "secret" ? undefined : kind;
      },
    },
  ];
}

/** Three letters for a number below 2,197. */
function letters(number: number): string {
  return [169, 13, 1].map((unit) => "bcdfghjklmnpq"[Math.floor(number / unit) % 13]).join("");
}

function createPairingTargets({ device, roster, noise }: FuzzWorld): readonly Target[] {
  const of = { vault: roster.vault, rosterHead: roster.head, fingerprint: noise(16) };
  const invitation = createInvitation(of, noise);
  const newDevice = createDeviceKeys(noise);
  const begun = beginJoin({ invitation, device: newDevice, name: "Phone" }, noise);
  const answered = answerCommit(invitation, begun.message, "Laptop", noise);
  const revealed = revealJoin(begun.joiner, answered.message, noise);
  const key = (step: PairingStep): Uint8Array => deriveSubkey(invitation.secret, "sv/pair1", step);
  const data = (step: PairingStep): Uint8Array => concatBytes(utf8ToBytes("sovereign/pairing/v1"), Uint8Array.of(step));
  const contentOf = (step: PairingStep, message: Uint8Array): Uint8Array => {
    const padded = aeadOpen(message.subarray(NONCE_BYTES), data(step), message.subarray(0, NONCE_BYTES), key(step));
    return unpadBody(padded ?? new Uint8Array(0)).slice();
  };
  /** Whoever photographed the code can seal anything. */
  const sealedAs =
    (step: PairingStep) =>
    (content: Uint8Array): Uint8Array => {
      const nonce = new Uint8Array(NONCE_BYTES);
      return concatBytes(nonce, aeadSeal(padBody(content, 512), data(step), nonce, key(step)));
    };
  const state = (): string => [device.id, begun.joiner.commit, answered.inviter.commit].join();
  return [
    {
      name: "invitation link",
      good: [utf8ToBytes(invitationLinkFragment(invitation))],
      feed: (bytes) => (parseInvitationLink(bytesToText(bytes)) === null ? "no link" : undefined),
      isShallow: true,
    },
    {
      name: "pairing commit",
      good: [contentOf(1, begun.message)],
      wrap: sealedAs(1),
      feed: (bytes) => void answerCommit(invitation, bytes, "Laptop", noise),
      state,
    },
    {
      name: "pairing offer",
      good: [contentOf(2, answered.message)],
      wrap: sealedAs(2),
      feed: (bytes) => void revealJoin(begun.joiner, bytes, noise),
      state,
    },
    {
      name: "pairing reveal",
      good: [contentOf(3, revealed.message)],
      wrap: sealedAs(3),
      feed: (bytes) => void openReveal(answered.inviter, bytes),
      state,
    },
    {
      name: "pairing answer",
      good: [contentOf(4, sealAnswer(begun.joiner, 4, "yes", noise))],
      wrap: sealedAs(4),
      feed: (bytes) => void openAnswer(answered.inviter, 4, bytes),
      state,
    },
  ];
}

function createLockTarget(noise: FuzzWorld["noise"]): Target {
  const lock = encodeLock({
    id: noise(16),
    slots: [
      { kind: "platform", id: noise(16), wrap: noise(61) },
      { kind: "passkey", id: noise(16), credential: noise(20), prfInput: noise(32), wrap: noise(72) },
      { kind: "passphrase", id: noise(16), ...newStretchCost, salt: noise(16), wrap: noise(72) },
    ],
    secrets: noise(120),
  });
  return { name: "lock", good: [lock], feed: (bytes) => void parseLock(bytes) };
}

/** What lies sealed on this device's disk, changed by whoever holds the disk. */
function createLocalTarget(noise: FuzzWorld["noise"]): Target {
  const key = createLocalKey(noise);
  const good = [sealLocal(key, "journal/place", noise(40), noise)];
  const feed = (bytes: Uint8Array): void => void openLocal(key, "journal/place", bytes);
  return { name: "local seal", good, feed, isAuthentic: true, isShallow: true };
}

/** A plaintext of any form under a real seal, in the place of that envelope. The signature is a stranger's: nobody looks at it here. */
function sealedIn(envelope: Uint8Array, docKey: Uint8Array): (padded: Uint8Array) => Uint8Array {
  const { head, nonce, kind, signature } = parseEnvelope(envelope);
  const data = concatBytes(utf8ToBytes("sovereign/env/v1"), head);
  const key = deriveSubkey(docKey, "sv/env/1", kindNumber(kind));
  return (padded) => concatBytes(head, aeadSeal(padded, data, nonce, key), signature);
}

/** Any text, also one that is not well formed. */
function bytesToText(bytes: Uint8Array): string {
  try {
    return bytesToUtf8(bytes);
  } catch {
    return String.fromCharCode(...bytes.subarray(0, 1_000));
  }
}

const liveKey = new Uint8Array(32).fill(5);

/** What stands inside the seal. */
function liveTextPlain(place: LiveText["place"], offset: number, text: string): Uint8Array {
  const sealed = sealLiveText({ place, offset, text }, 1, liveKey);
  const nonce = new Uint8Array(NONCE_BYTES).with(-1, 1);
  return aeadOpen(sealed, utf8ToBytes("sovereign/live/v2"), nonce, liveKey) ?? new Uint8Array(0);
}
