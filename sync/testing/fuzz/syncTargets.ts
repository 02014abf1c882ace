/** The decoders of sync/. To add one: a line here, with bytes that it takes. */
import * as Y from "yjs";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "#crypto/bytes.ts";
import type { DeviceKeys, SigningKey } from "#crypto/device.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { NO_PREV, parseEnvelope, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import { idToBytes } from "#crypto/ids.ts";
import { finalClear } from "#crypto/laneHeader.ts";
import { readAnswerParts } from "../../artifacts/answerParts.ts";
import { decodeBranch, encodeBranch } from "../../artifacts/proposals.ts";
import { decodeSigner, encodeSigner, type Signer } from "../../artifacts/signers.ts";
import { decodeSignerSet, encodeSignerSet } from "../../artifacts/signerSet.ts";
import { readApproval, signApproval } from "../../docs/approvals.ts";
import { applyUpdate } from "../../docs/applyUpdate.ts";
import { createCatalog } from "../../docs/catalog.ts";
import { createChat } from "../../docs/chat.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../frame.ts";
import { decodeIdentity, encodeIdentity } from "../../identity.ts";
import { createKnownState } from "../../knownState.ts";
import { decodeSignal, encodeSignal } from "../../direct/signal.ts";
import { decodeReceiptMemory, encodeReceiptMemory } from "../../receiptMemory.ts";
import { decodeReceipts, encodeReceipts } from "../../receipts.ts";
import { step } from "../../room.ts";
import { decodeBase, decodePlace, encodeBase, encodePlace } from "../../roomBase.ts";
import { decodeTips, encodeTips } from "../../settled.ts";
import { createRosterCopy, mergeRoster } from "../../rosterCopy.ts";
import { createScope } from "../../scope.ts";
import type { Target } from "./feed.ts";
import { createOddCatalog, createOddChat, createOddLane } from "./oddDocs.ts";
import type { FuzzWorld } from "./world.ts";

/** Those that stay in a log, and one that does not. */
const ENVELOPE_KINDS: readonly EnvelopeKind[] = [
  "update",
  "rekey",
  "grant",
  "grantEnd",
  "accept",
  "final",
  "ephemeral",
];

export function createSyncTargets(world: FuzzWorld): readonly Target[] {
  const { device, genesis, addHost, rotate, doc, run, room, beginning, laneUpdate, clientId, noise } = world;
  const copy = createRosterCopy([genesis, addHost]);
  const founding = { seed: noise(32), fingerprint: noise(16) };
  const identity = encodeIdentity({ keys: device, localKey: noise(32), entries: [genesis, addHost], founding });
  const scopeOf = () => createScope({ run, clientId, bytesMax: 1_000_000 });
  const signal = encodeSignal({ kind: "offer", to: null, attempt: "0f".repeat(16), description: "v=0 a=fingerprint" });
  const receipts = encodeReceipts({ asks: false, items: [{ doc, author: device.id, counter: 3 }] });
  const receipt = { doc, author: device.id, counter: 3 };
  const kept = encodeReceiptMemory({ heard: [receipt], said: [receipt, { ...receipt, counter: 4 }] });
  const place = encodePlace({
    cursor: 5,
    acked: 3,
    readRosterSeq: 1,
    receipts: new Map([[device.id, 2]]),
    mark: { seq: 5, hash: new Uint8Array(16) },
    logged: 3,
  });
  return [
    { name: "frame", good: framesOf(world).map(encodeFrame), feed: (bytes) => void decodeFrame(bytes) },
    {
      name: "roster copy",
      good: [rotate],
      feed: (bytes) => {
        const { kind } = mergeRoster(copy, 2, [bytes]);
        return kind === "grown" ? undefined : kind;
      },
      isAuthentic: true,
      // It gives one answer to everything it does not take, by design.
      isShallow: true,
      state: () => `${copy.entries.length} ${bytesToHex(copy.roster.head)} ${copy.roster.members.size}`,
    },
    { name: "identity", good: [identity], feed: (bytes) => void decodeIdentity(bytes) },
    {
      name: "journal base",
      good: [encodeBase(room, world.chatUpdate)],
      feed: (bytes) => void decodeBase(bytes, beginning),
    },
    { name: "journal place", good: [place], feed: (bytes) => void decodePlace(bytes) },
    {
      name: "settled tips",
      good: [encodeTips(new Map([[device.id, 3]]))],
      feed: (bytes) => (decodeTips(bytes) === null ? "none" : undefined),
      // It gives one answer to everything it does not take, by design.
      isShallow: true,
    },
    { name: "signal", good: [signal], feed: (bytes) => void decodeSignal(bytes) },
    { name: "receipts", good: [receipts], feed: (bytes) => void decodeReceipts(bytes) },
    { name: "kept receipts", good: [kept], feed: (bytes) => void decodeReceiptMemory(bytes) },
    createApprovalTarget(world),
    ...createArtifactTargets(world),
    {
      name: "scope",
      good: [noise(8), noise(16)],
      wrap: createOddLane(run, clientId),
      feed: (bytes) => scopeOf().check(bytes) ?? undefined,
    },
    {
      name: "scope of a final",
      good: [noise(8), noise(16)],
      wrap: createOddLane(run, clientId),
      feed: (bytes) => {
        const scope = scopeOf();
        scope.check(laneUpdate);
        return scope.checkFinal(bytes) ?? undefined;
      },
    },
    {
      name: "known state",
      good: [world.chatUpdate],
      feed: (bytes) => tolerateYjs(() => createKnownState().isNews(bytes)),
    },
    ...createRoomTargets(world),
    ...createDocTargets(world),
  ];
}

function framesOf(world: FuzzWorld): readonly Frame[] {
  const { roster, device, genesis, addHost, doc, rekey, update, announcement, host, noise } = world;
  return [
    { type: "hello", version: 1, vault: roster.vault, publicKey: device.sign.publicKey, nonce: noise(32) },
    {
      type: "ok",
      vault: roster.vault,
      rosterSeq: 2,
      rosterHead: roster.head,
      standing: "device",
      claimable: false,
    },
    { type: "roster", vault: roster.vault, from: 0, entries: [genesis, addHost], claim: noise(64) },
    {
      type: "entries",
      doc,
      entries: [
        { seq: 1, envelope: rekey },
        { seq: 2, envelope: update },
      ],
      head: 2,
      more: false,
      marks: { from: null, to: { seq: 2, hash: new Uint8Array(16) } },
    },
    { type: "append", request: 1, envelope: update },
    { type: "destroy", request: 2, docs: [doc, doc] },
    { type: "nack", request: 1, code: "conflict", expected: 3 },
    { type: "host", host: host.id, announcement },
    { type: "error", code: "removed", says: "Gone." },
    { type: "mailboxOpen", request: 1, mailboxes: [noise(16), noise(16)] },
    { type: "mailboxPut", request: 2, mailbox: noise(16), message: noise(60) },
    { type: "mailbox", mailbox: noise(16), message: noise(60) },
  ];
}

/** The owner's word on one call: whoever writes into the chat may put anything in its place. */
function createApprovalTarget({ doc, run, host, device, roster }: FuzzWorld): Target {
  const call = { call: "ab".repeat(16), host: host.id, name: "send", version: "cd".repeat(32), target: "ann" };
  const asked = { doc, run, ...call, arguments: '{"to":"ann"}', until: 1_000 };
  return {
    name: "approval",
    good: [signApproval(asked, "allow", device), signApproval(asked, "refuse", device)],
    feed: (bytes) => (readApproval(bytes, asked, roster) === null ? "no word on this" : undefined),
    isAuthentic: true,
    // It gives one answer to everything it does not take, by design.
    isShallow: true,
  };
}

function createArtifactTargets({ device, noise }: FuzzWorld): readonly Target[] {
  const by = { run: "0f".repeat(16), model: "a model" };
  const change = "ab".repeat(32);
  const signer = { device: device.id, seq: 7, change, by };
  const branch = { at: 5, by, base: [change, change], changes: noise(60) };
  return [
    {
      name: "artifact signer",
      good: [encodeSigner({ ...signer, by: null }, noise(64)), encodeSigner(signer, noise(64))],
      feed: (bytes) => void decodeSigner(bytes),
    },
    {
      name: "artifact signers",
      good: [
        encodeSignerSet({
          device: device.id,
          signature: noise(64),
          signers: new Map<string, Signer>([
            ["ab".repeat(16), signer],
            ["cd".repeat(16), { ...signer, by: null }],
          ]),
        }),
      ],
      feed: (bytes) => void decodeSignerSet(bytes),
    },
    {
      name: "artifact proposal",
      good: [encodeBranch(branch), encodeBranch({ ...branch, changes: [change] })],
      feed: (bytes) => void decodeBranch(bytes),
    },
    {
      name: "artifacts in an answer",
      // Any text at all is an answer.
      isShallow: true,
      good: [
        '<artifact title="a">\nb\n</artifact>\n',
        '<artifact-edit id="a">\n<find>b</find><replace>c</replace>\n',
      ].map(utf8ToBytes),
      feed: (bytes) => `took ${readAnswerParts(new TextDecoder().decode(bytes)).length > 0}`,
    },
  ];
}

/** A room takes whatever a relay sends, and refuses nothing aloud: what counts is what it would store or show. */
function createRoomTargets(world: FuzzWorld): readonly Target[] {
  const { room, device, lane, roster, doc, docKey, update, grant, accept, presence, rekey } = world;
  const held = new Set([rekey, update].map(bytesToHex));
  const state = (): string => {
    const { cursor, alarm, isQuarantined, parked, lanes, outbox, chains } = room;
    return JSON.stringify([cursor, alarm, isQuarantined, parked.length, [...lanes], outbox, [...chains]]);
  };
  const [opened] = step(room, { type: "entries", entries: [{ seq: 3, envelope: accept }], head: 3, more: false });
  /** What it did, in a word that begins with "took" when anything of it stays. */
  const takeEntry =
    (from: typeof room) =>
    (bytes: Uint8Array): string => {
      const event = { type: "entries", entries: [{ seq: 4, envelope: bytes }], head: 4, more: false } as const;
      const [next, effects] = step(from, event);
      const isTaken = effects.some(({ type }) => type === "store" || type === "write" || type === "accepted");
      const did = effects.map(({ type }) => type).join();
      return `${isTaken && !held.has(bytesToHex(bytes)) ? "took" : "left"} ${did} ${next.alarm} ${next.parked.at(-1)?.waitsFor}`;
    };
  const place = { doc, epoch: 1, rosterSeq: roster.seq, rosterHead: roster.head.slice(0, 8), docKey };
  const nonce = (length: number): Uint8Array => new Uint8Array(length);
  /** Kind 1 ‖ counter 1 ‖ length of the clear part 1 ‖ clear part ‖ body: what a member could sign, in or out of its place. */
  const byMember =
    (from: typeof room, author: DeviceKeys["id"], signingKey: SigningKey) =>
    (harmed: Uint8Array): Uint8Array => {
      const [kind = 0, ahead = 0, clearLength = 0] = harmed;
      const chain = from.chains.get(author);
      const counter = (chain?.counter ?? 0) + 1 + (ahead > 200 ? ahead - 200 : 0);
      const prev = counter === 1 ? NO_PREV : (hexToBytes(chain?.hashes.at(-1) ?? "") ?? harmed.slice(0, 32));
      const clear = harmed.slice(3, 3 + clearLength);
      const body = harmed.subarray(3 + clearLength);
      const kindOf = ENVELOPE_KINDS[kind % ENVELOPE_KINDS.length] ?? "update";
      const fields = { author, signingKey, kind: kindOf, counter, prev, clear, body, random: nonce };
      return sealEnvelope({ ...place, ...fields });
    };
  const written = (kind: EnvelopeKind, clear: Uint8Array, body: Uint8Array): Uint8Array =>
    concatBytes(Uint8Array.of(ENVELOPE_KINDS.indexOf(kind), 0, clear.length), clear, body);
  const nothing = new Uint8Array(0);
  return [
    // Nearly all of it ends at the signature, as it should: that nothing gets past it is what this one asks.
    { name: "room", good: [update, grant, accept], feed: takeEntry(room), isAuthentic: true, isShallow: true, state },
    {
      name: "room, device",
      good: [
        written("grant", world.grantClear, world.request),
        written("update", nothing, world.chatUpdate),
        written("rekey", parseEnvelope(rekey).clear, nothing),
        written("grantEnd", idToBytes(world.run), nothing),
      ],
      wrap: byMember(room, device.id, device.sign),
      feed: takeEntry(room),
      state,
    },
    {
      name: "room, lane",
      good: [written("update", nothing, world.laneUpdate), written("final", finalClear(2, 1), world.laneUpdate)],
      wrap: byMember(opened, lane.id, lane.signingKey),
      feed: takeEntry(opened),
      state,
    },
    {
      name: "room's presence",
      good: [presence],
      feed: (bytes) => {
        const [, effects] = step(room, { type: "ephemeral", envelope: bytes });
        return effects.length > 0 ? undefined : "nothing";
      },
      isAuthentic: true,
      isShallow: true,
      state,
    },
  ];
}

/** What a member wrote, however odd, is read without a fault; a broken update may break off, but never stall. */
function createDocTargets({ chatUpdate, catalogUpdate, doc, run, device, noise }: FuzzWorld): readonly Target[] {
  const readChat = (update: Uint8Array): string | undefined => {
    const held = new Y.Doc();
    const chat = createChat(held);
    const broken = tolerateYjs(() => applyUpdate(held, update));
    for (const { id } of chat.messages()) chat.siblings(id);
    chat.forks();
    chat.thread();
    for (const asked of chat.runs()) chat.run(asked);
    chat.pendingRuns();
    chat.activeRuns();
    return broken ?? (chat.messages().length === 0 ? "nothing to read" : undefined);
  };
  const readCatalog = (update: Uint8Array): string | undefined => {
    const held = new Y.Doc();
    const catalog = createCatalog(held);
    const broken = tolerateYjs(() => applyUpdate(held, update));
    catalog.waiting();
    return broken ?? (catalog.chats().length === 0 ? "nothing to read" : undefined);
  };
  return [
    { name: "chat's update", good: [chatUpdate], feed: readChat },
    { name: "catalog's update", good: [catalogUpdate], feed: readCatalog },
    { name: "chat reader", good: [noise(16)], wrap: createOddChat(run, device.id), feed: readChat },
    { name: "catalog reader", good: [noise(16)], wrap: createOddCatalog(doc, run), feed: readCatalog },
  ];
}

/** Yjs throws what it likes; whoever calls it there says so and catches everything. What counts is that it ends. */
function tolerateYjs(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError && error.message.includes("memory")) throw error;
    return `no update: ${error instanceof Error ? error.message.slice(0, 30) : ""}`;
  }
}
