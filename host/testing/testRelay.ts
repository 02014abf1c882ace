/**
 * A real relay for tests: real listener, real SQLite file in a folder of its own, and people who talk to it in frames.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { createAnnouncement } from "#crypto/announcement.ts";
import { claimKeyOf, claimTag, createClaim, signClaim } from "#crypto/claim.ts";
import { createDeviceKeys, type DeviceKeys, type SigningKey } from "#crypto/device.ts";
import { createDocKey, sealRekey } from "#crypto/docKeys.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, ROSTER_HEAD_BYTES, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import { signAuth, verifyWelcome } from "#crypto/handshake.ts";
import { bootIdFromBytes, docIdFromBytes, type AuthorId, type DocId, type VaultId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster, rosterEntryHash, type Roster } from "#crypto/roster.ts";
import { createAddHost, createGenesis } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createVaultKey, type VaultKey } from "#crypto/vaultKeys.ts";
import { decodeFrame, encodeFrame, protocolVersion, type Frame } from "#sync/frame.ts";
import { listenOnLoopback, type Loopback } from "../door/loopback.ts";
import type { Invitation } from "../relay/places.ts";
import type { PushPort } from "../relay/pushDesk.ts";
import { startRelay, type RunningRelay, type StartRelayOptions } from "../relay/startRelay.ts";

export interface TestRelay {
  readonly home: string;
  readonly hostKeys: DeviceKeys;
  readonly claimSeed: Uint8Array;
  readonly claimKey: Uint8Array;
  readonly port: number;
  readonly relayKey: Uint8Array;
  claims: number;
  /** Those by which a vault has come. */
  readonly invited: readonly Uint8Array[];
  invite(invitations: readonly Invitation[]): void;
  /** A push service has said so. */
  pushGone(endpoint: string): void;
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

export async function startTestRelay(
  options: Pick<StartRelayOptions, "quota" | "vaultBytesMax" | "onShare"> & { push?: PushPort } = {},
): Promise<TestRelay> {
  await sodiumReady;
  const home = mkdtempSync(join(tmpdir(), "sovereign-home-"));
  const appDir = writeTestApp(join(home, "app"));
  const hostKeys = createDeviceKeys(systemRandom);
  const claim = createClaim(systemRandom);
  let running: RunningRelay;
  let invitations: readonly Invitation[] = [];
  let invited: readonly Uint8Array[] = [];
  let listener: Loopback;
  const start = async (): Promise<void> => {
    running = await startRelay({
      ...options,
      invitations,
      onInvited: (keys) => {
        invited = keys;
      },
      home,
      appDir,
      hostSignKey: hostKeys.sign.publicKey,
      claimKey: claim.publicKey,
      onClaimed: () => {
        test.claims += 1;
      },
      onBroken: (error) => {
        throw error;
      },
    });
    listener = await listenOnLoopback({ port: 0, socketsMax: 1_024, onSocket: (socket) => running.accept(socket) });
  };
  const stop = async (): Promise<void> => {
    listener.close();
    await running.drain();
  };
  await start();
  const test: TestRelay = {
    home,
    hostKeys,
    claimSeed: claim.seed,
    claimKey: claim.publicKey,
    get port() {
      return listener.port;
    },
    get relayKey() {
      return running.relayKey;
    },
    claims: 0,
    get invited() {
      return invited;
    },
    invite: (now) => {
      invitations = now;
      running.invite(now);
    },
    pushGone: (endpoint) => running.pushGone(endpoint),
    restart: async () => {
      await stop();
      await start();
    },
    dispose: async () => {
      await stop();
      rmSync(home, { recursive: true });
    },
  };
  return test;
}

/** A page and an asset, as a build leaves them. */
export function writeTestApp(folder: string): string {
  mkdirSync(join(folder, "assets"), { recursive: true });
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Sovereign</title>");
  writeFileSync(join(folder, "sw.js"), "self.addEventListener('fetch', () => {});");
  writeFileSync(join(folder, "assets/index-1a2b3c.js"), "export const x = 1;");
  return folder;
}

/** One link, frame by frame. Frames that nobody asked for yet are kept in order. */
export interface TestLink {
  readonly socket: WebSocket;
  send(frame: Frame): void;
  sendBytes(bytes: Uint8Array): void;
  /** The next frame of one of these types, skipping others; fails when the link closes first. */
  next<T extends Frame["type"]>(...types: readonly T[]): Promise<Extract<Frame, { type: T }>>;
  /** All that came and was not asked for. */
  readonly waiting: readonly Frame[];
  readonly closed: Promise<number>;
  close(): void;
}

export async function openTestLink(port: number, headers: Record<string, string> = {}): Promise<TestLink> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/link`, { headers });
  const frames: Frame[] = [];
  let isClosed = false;
  const sleepers = new Set<() => void>();
  const wake = (): void => {
    for (const sleeper of sleepers) sleeper();
    sleepers.clear();
  };
  socket.on("message", (data: Buffer) => {
    frames.push(decodeFrame(Uint8Array.from(data)));
    wake();
  });
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => {
      isClosed = true;
      resolve(code);
      wake();
    });
  });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => {});
  await opened;
  return {
    socket,
    send: (frame) => socket.send(encodeFrame(frame)),
    sendBytes: (bytes) => socket.send(bytes),
    next: async <T extends Frame["type"]>(...types: readonly T[]) => {
      for (;;) {
        const at = frames.findIndex((frame) => types.some((type) => type === frame.type));
        const [found] = at === -1 ? [] : frames.splice(at, 1);
        if (found !== undefined) return found as Extract<Frame, { type: T }>;
        if (isClosed)
          throw new Error(
            `The link closed before "${types.join()}" came; it had ${JSON.stringify(frames.map((frame) => frame.type))}.`,
          );
        await new Promise<void>((resolve) => sleepers.add(resolve));
      }
    },
    waiting: frames,
    closed,
    close: () => socket.close(),
  };
}

/** Through the handshake, with its OK. */
export async function connectPeer(
  relay: Pick<TestRelay, "port" | "relayKey">,
  keys: DeviceKeys,
  vault: VaultId | null,
): Promise<TestLink & { ok: Extract<Frame, { type: "ok" }> }> {
  const link = await openTestLink(relay.port);
  const nonce = systemRandom(32);
  link.send({ type: "hello", version: protocolVersion, vault, publicKey: keys.sign.publicKey, nonce });
  const welcome = await link.next("welcome");
  const facts = { deviceNonce: nonce, relayNonce: welcome.nonce, deviceKey: keys.sign.publicKey };
  if (!verifyWelcome(facts, welcome.signature, relay.relayKey))
    throw new Error("The relay's welcome is not signed by it.");
  const { relayKey } = welcome;
  link.send({
    type: "auth",
    signature: signAuth({ relayKey, deviceNonce: nonce, relayNonce: welcome.nonce, vault }, keys.sign),
  });
  return { ...link, ok: await link.next("ok") };
}

/** A vault with one device, and what is needed to let a host in. */
export interface TestVault {
  readonly device: DeviceKeys;
  readonly vaultKey: VaultKey;
  readonly genesis: Uint8Array;
  readonly id: VaultId;
  readonly entries: Uint8Array[];
  roster(): Roster;
}

export function createTestVault(): TestVault {
  const device = createDeviceKeys(systemRandom);
  const vaultKey = createVaultKey(systemRandom);
  const genesis = createGenesis({ device, name: "Laptop", vaultKey, random: systemRandom });
  const entries = [genesis];
  return { device, vaultKey, genesis, id: readRoster(entries).vault, entries, roster: () => readRoster(entries) };
}

/** Claims the host with the vault and lets the host in, as a device does at "Create vault". */
export async function claimHost(
  relay: Pick<TestRelay, "port" | "relayKey" | "claimSeed" | "hostKeys">,
  vault: TestVault,
): Promise<TestLink> {
  const link = await connectPeer(relay, vault.device, claimTag(claimKeyOf(relay.claimSeed)));
  const claim = signClaim(relay.claimSeed, rosterEntryHash(vault.genesis));
  link.send({ type: "rosterCas", request: 1, prevSeq: 0, entry: vault.genesis, claim });
  await link.next("rosterAck");
  const { sign, box } = relay.hostKeys;
  const addHost = createAddHost({
    roster: vault.roster(),
    by: vault.device,
    host: { signKey: sign.publicKey, boxKey: box.publicKey, relayKey: relay.relayKey },
    name: "Host",
    vaultKey: vault.vaultKey,
    random: systemRandom,
  });
  vault.entries.push(addHost);
  link.send({ type: "rosterCas", request: 2, prevSeq: 1, entry: addHost, claim: null });
  await link.next("rosterAck");
  return link;
}

/** Writes one author's chain in one doc. */
export interface TestAuthor {
  readonly doc: DocId;
  readonly id: AuthorId;
  counter: number;
  /** Hash of its newest envelope. */
  prev: Uint8Array;
  next(
    kind: EnvelopeKind,
    options?: { clear?: Uint8Array; body?: Uint8Array; rosterSeq?: number; counter?: number; epoch?: number },
  ): Uint8Array;
  rekey(vaultKey: VaultKey, options?: { epoch?: number; generation?: number; rosterSeq?: number }): Uint8Array;
}

export function createTestAuthor(
  vault: TestVault,
  id: AuthorId,
  signingKey: SigningKey,
  doc: DocId = createDocId(),
): TestAuthor {
  const docKey = createDocKey(systemRandom);
  const place = (rosterSeq?: number) => {
    const seq = rosterSeq ?? vault.entries.length;
    const head = rosterEntryHash(vault.entries[seq - 1] ?? new Uint8Array(0)).subarray(0, ROSTER_HEAD_BYTES);
    return {
      doc,
      epoch: 1,
      author: id,
      counter: author.counter,
      prev: author.prev,
      rosterSeq: seq,
      rosterHead: head,
      docKey,
      signingKey,
      random: systemRandom,
    };
  };
  const chain = (envelope: Uint8Array): Uint8Array => {
    author.prev = envelopeHash(envelope);
    author.counter += 1;
    return envelope;
  };
  const author: TestAuthor = {
    doc,
    id,
    counter: 1,
    prev: NO_PREV,
    next: (kind, { clear = new Uint8Array(0), body = systemRandom(40), rosterSeq, counter, epoch = 1 } = {}) => {
      if (counter !== undefined) author.counter = counter;
      return chain(sealEnvelope({ ...place(rosterSeq), epoch, kind, clear, body }));
    },
    rekey: (vaultKey, { epoch = 1, generation = 1, rosterSeq } = {}) => {
      const previousDocKey = epoch === 1 ? null : docKey;
      return chain(sealRekey({ ...place(rosterSeq), epoch, generation, vaultKey, previousDocKey }));
    },
  };
  return author;
}

export function createDocId(): DocId {
  return docIdFromBytes(systemRandom(16));
}

/** What an agent announces in one life of its process. */
export function announceHost(
  hostKeys: DeviceKeys,
  { boot = bootIdFromBytes(systemRandom(16)), time = 1_700_000_000_000 } = {},
): Uint8Array {
  return createAnnouncement({
    host: hostKeys,
    boot,
    bootBox: createDeviceKeys(systemRandom).box,
    time,
    info: { kind: "guide", label: "Guide, not a model", models: ["guide"], defaultModel: "guide" },
  });
}
