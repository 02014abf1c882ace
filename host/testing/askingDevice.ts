/**
 * A device as an agent meets it, over a real link to a real relay: it claims the host, writes a chat, lends keys, and reads what
 * lanes write with the same checks as a device. All by hand from `crypto/`, so that it can also do what a real one never would.
 */
import { applyUpdate, Doc } from "yjs";
import { openAnnouncement, type Announcement } from "#crypto/announcement.ts";
import { openEnvelope, sealEnvelope } from "#crypto/envelope.ts";
import {
  envelopeHash,
  NO_PREV,
  parseEnvelope,
  ROSTER_HEAD_BYTES,
  type EnvelopeKind,
  type ParsedEnvelope,
} from "#crypto/envelopeHeader.ts";
import { createDocKey, sealRekey, type DocKey } from "#crypto/docKeys.ts";
import { encodeRequest, sealGrant } from "#crypto/grant.ts";
import { grantEndClear } from "#crypto/grantHeader.ts";
import {
  bootIdFromBytes,
  docIdFromBytes,
  runIdFromBytes,
  type AuthorId,
  type BootId,
  type DocId,
  type RunId,
} from "#crypto/ids.ts";
import { laneClientId, parseAccept } from "#crypto/laneHeader.ts";
import { systemRandom } from "#crypto/random.ts";
import { createConnection, type Connection } from "#sync/connection.ts";
import { createChat, type Chat } from "#sync/docs/chat.ts";
import type { RunView } from "#sync/docs/run.ts";
import { grantLifeMs, runBytesMax } from "#sync/limits.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import type { Clock } from "#sync/ports.ts";
import { createScope, type Scope } from "#sync/scope.ts";
import { claimHost, createTestVault, type TestRelay, type TestVault } from "./testRelay.ts";

export const realClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

interface GrantChanges {
  readonly boot?: BootId;
  readonly notAfter?: number;
  readonly run?: RunId;
}

export interface AskingDevice {
  readonly vault: TestVault;
  readonly connection: Connection;
  readonly announcement: Announcement | null;
  openChat(): Promise<TestChat>;
  close(): void;
}

export interface TestChat {
  readonly doc: DocId;
  readonly chat: Chat;
  /** Every envelope of the log as this device received it. */
  readonly received: readonly ParsedEnvelope[];
  readonly violations: readonly string[];
  /** Writes the question and, unless told otherwise, the grant for it. */
  ask(text: string, options?: { parent?: string | null; model?: string; withGrant?: boolean }): Promise<RunId>;
  grant(run: RunId, changes?: GrantChanges): Promise<string>;
  /** Says that what was lent for the run is to be forgotten. */
  endGrant(run: RunId): Promise<string>;
  /** A new doc key, as after a removal. */
  rekey(): Promise<void>;
  /** Everything this device wrote is at the relay. */
  flushed(): Promise<void>;
  until(run: RunId, isEnough: (view: RunView) => boolean): Promise<RunView>;
  ended(run: RunId): Promise<RunView>;
  accepts(run: RunId): number;
}

const patienceMs = 8_000;

export async function startAskingDevice(relay: TestRelay): Promise<AskingDevice> {
  const vault = createTestVault();
  (await claimHost(relay, vault)).close();
  let announcement: Announcement | null = null;
  const connection = createConnection({
    clock: realClock,
    random: systemRandom,
    openLink: (events) => createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`)(events),
    keys: vault.device,
    vault: vault.id,
    isTrustedRelay: () => true,
    events: {
      onHost: (_host, bytes) => {
        announcement = bytes === null ? null : openAnnouncement(bytes.slice());
      },
    },
  });
  const device: AskingDevice = {
    vault,
    connection,
    get announcement() {
      return announcement;
    },
    openChat: () => openTestChat(vault, connection, () => announcement),
    close: () => connection.close(),
  };
  return device;
}

async function openTestChat(
  vault: TestVault,
  connection: Connection,
  host: () => Announcement | null,
): Promise<TestChat> {
  const doc = docIdFromBytes(systemRandom(16));
  const yDoc = new Doc();
  const chat = createChat(yDoc);
  const received: ParsedEnvelope[] = [];
  const violations: string[] = [];
  const lanes = new Map<AuthorId, { run: RunId; scope: Scope }>();
  const keys: DocKey[] = [];
  let cursor = 0;
  let counter = 0;
  let prev = NO_PREV;
  let lastAppend: Promise<unknown> = Promise.resolve();

  const place = (epoch: number) => {
    const { seq, head } = vault.roster();
    counter += 1;
    return {
      doc,
      epoch,
      author: vault.device.id,
      counter,
      prev,
      rosterSeq: seq,
      rosterHead: head.subarray(0, ROSTER_HEAD_BYTES),
      docKey: keys[epoch - 1] ?? new Uint8Array(32),
      signingKey: vault.device.sign,
      random: systemRandom,
    };
  };

  const append = (envelope: Uint8Array): Promise<string> => {
    prev = envelopeHash(envelope);
    const sent = lastAppend.then(async () => {
      for (;;) {
        const reply = await connection.append(envelope);
        if (reply.kind !== "lost") return reply.kind === "ack" ? "ack" : reply.code;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    lastAppend = sent;
    return sent;
  };

  const seal = (kind: EnvelopeKind, body: Uint8Array, clear?: Uint8Array): Promise<string> =>
    append(sealEnvelope({ ...place(keys.length), kind, body, ...(clear === undefined ? {} : { clear }) }));

  const take = (parsed: ParsedEnvelope): void => {
    received.push(parsed);
    if (parsed.author === vault.device.id) return;
    if (parsed.kind === "accept") {
      const { run, lane } = parseAccept(parsed.clear);
      lanes.set(lane, { run, scope: createScope({ run, clientId: laneClientId(run, lane), bytesMax: runBytesMax }) });
      return;
    }
    const lane = lanes.get(parsed.author);
    const body = openEnvelope(parsed, keys[parsed.epoch - 1] ?? new Uint8Array(32));
    const violation =
      lane === undefined ? "no lane" : parsed.kind === "final" ? lane.scope.checkFinal(body) : lane.scope.check(body);
    if (violation === null) applyUpdate(yDoc, body, "remote");
    else violations.push(violation);
  };

  const rekey = async (): Promise<void> => {
    const previousDocKey = keys.at(-1) ?? null;
    keys.push(createDocKey(systemRandom));
    await append(sealRekey({ ...place(keys.length), generation: 1, vaultKey: vault.vaultKey, previousDocKey }));
  };

  yDoc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== "remote") void seal("update", update);
  });
  connection.subscribe(doc, {
    cursor: () => cursor,
    onEntries: (entries) => {
      for (const { seq, envelope } of entries) {
        cursor = Math.max(cursor, seq);
        take(parseEnvelope(envelope.slice()));
      }
    },
  });
  await rekey();

  const test: TestChat = {
    doc,
    chat,
    received,
    violations,
    ask: async (text, { parent = null, model = "", withGrant = true } = {}) => {
      const run = runIdFromBytes(systemRandom(16));
      const id = run.slice(0, 8);
      const { device } = vault;
      chat.ask({
        run,
        question: `q${id}`,
        answer: `a${id}`,
        parent,
        text,
        model: model || null,
        device: device.id,
        at: Date.now(),
      });
      if (withGrant) await test.grant(run);
      return run;
    },
    grant: async (run, changes = {}) => {
      const to = host();
      if (to === null) throw new Error("No agent is there to be lent a key.");
      const boot = changes.boot ?? to.boot;
      const notAfter = changes.notAfter ?? Date.now() + grantLifeMs;
      const request = chat.request(run);
      const clear = sealGrant({
        grant: {
          run: changes.run ?? run,
          doc,
          epoch: keys.length,
          docKey: keys.at(-1) ?? new Uint8Array(32),
          notAfter,
          maxBytes: runBytesMax,
        },
        host: to.host,
        boot,
        bootBoxKey: to.bootBoxKey,
      });
      const body = encodeRequest({
        run,
        model: request?.model ?? "",
        parent: request?.question ?? "",
        maxBytes: runBytesMax,
      });
      return seal("grant", body, clear);
    },
    endGrant: (run) => seal("grantEnd", new Uint8Array(0), grantEndClear(run)),
    rekey,
    flushed: async () => void (await lastAppend),
    until: (run, isEnough) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          leave();
          reject(new Error(`Not enough in time: ${JSON.stringify(chat.run(run)).slice(0, 500)}`));
        }, patienceMs);
        const look = (): void => {
          const view = chat.run(run);
          if (!isEnough(view)) return;
          clearTimeout(timer);
          leave();
          resolve(view);
        };
        const leave = chat.observe(look);
        look();
      }),
    ended: (run) => test.until(run, (view) => ["done", "stopped", "failed", "interrupted"].includes(view.status)),
    accepts: (run) =>
      received.filter((parsed) => parsed.kind === "accept" && parseAccept(parsed.clear).run === run).length,
  };
  return test;
}

export function newBootId(): BootId {
  return bootIdFromBytes(systemRandom(16));
}
