/**
 * Our readers: devices of one vault, each with the whole stack (link, sealed log, journal, documents), as a page or a terminal has it. The first
 * asks. Beyond `devicesMax` there are bare links, which follow the same chat and cost the relay the same, but keep no documents.
 */
import "fake-indexeddb/auto";
import { WebSocket } from "ws";
import { hostFingerprint, type ClaimLink } from "#crypto/claim.ts";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { systemRandom } from "#crypto/random.ts";
import { isActiveMember, readRoster } from "#crypto/roster.ts";
import { signJoin } from "#crypto/rosterEntries.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createConnection } from "#sync/connection.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { writeIdentity } from "#sync/identityLock.ts";
import { fetchRoster } from "#sync/rosterFetch.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, openVault, type OpenDoc, type Vault, type VaultPorts } from "#sync/vault.ts";
import { answer } from "./answering.mjs";
import { createArrivals } from "./arrivals.mjs";
import { linkOver } from "../../host/agent/relayLink.ts";

/**
 * As many as a person has. Twenty whole devices with their documents in one process measured that process (61 ms at p50 with a server that was half
 * idle), and what they tell each other every two seconds however many tokens come: 20 B a token at ten of them, in an answer of 400.
 */
const devicesMax = 4;
/** Devices read the vault on a machine that may be busy with other things; none of it is measured. */
const patienceMs = 180_000;

interface Reader {
  readonly vault: Vault;
  readonly bytesRead: () => number;
  readonly chats: Map<DocId, OpenDoc<Chat>>;
}

/**
 * Bare links of one key: a relay has 32 for each and ends the oldest of more. With the keys of whole devices it was those whose links it
 * ended, and what was measured with a hundred readers was how they came back.
 */
const linksAKey = 24;

const readers: Reader[] = [];
/** Of devices that have nothing but bare links. */
const bareKeys: DeviceKeys[] = [];
/** Links without a device, of the chat that is open: a relay takes only so many of one vault. */
let bareLinks: { bytesRead: () => number; close: () => void }[] = [];
let port = 0;
let begun: Begun[] = [];

interface Begun {
  readonly name: string;
  readonly run: RunId;
  readonly ofReaders: {
    arrivals: ReturnType<typeof createArrivals>;
    bytesRead: () => number;
    from: number;
    chat: Chat;
  }[];
  readonly bare: { bytesRead: () => number; from: number }[];
  readonly leave: () => void;
}

answer({
  /** Claims the host as a new vault. */
  claim: async (message: {
    port: number;
    seed: Uint8Array;
    signKey: Uint8Array;
    boxKey: Uint8Array;
    relayKey: Uint8Array;
  }) => {
    await sodiumReady;
    process.setMaxListeners(0);
    ({ port } = message);
    const fingerprint = hostFingerprint(bytes(message.signKey), bytes(message.boxKey), bytes(message.relayKey));
    const claim: ClaimLink = { seed: bytes(message.seed), fingerprint };
    const { ports, bytesRead } = createPorts();
    const vault = await createVault(ports, { claim, deviceName: "Bench" });
    await until(() => vault.status().host?.live === true, "the host is live", 30_000);
    readers.push({ vault, bytesRead, chats: new Map() });
  },
  /** As many readers as this, from now on. */
  readers: async ({ count }: { count: number }) => {
    while (readers.length < Math.min(count, devicesMax)) readers.push(await join(first().vault));
    while (bareKeys.length * linksAKey < count - readers.length)
      bareKeys.push(await addDevice(first().vault, `Bench links ${bareKeys.length}`));
  },
  /** A chat, open on every reader. */
  chat: async ({ count }: { count: number }) => {
    const doc = await first().vault.createChat();
    await first().vault.flush();
    const devices = readers.slice(0, count);
    for (const [at, reader] of devices.entries()) {
      await until(
        () => reader.vault.catalog.value.chats().some(({ id }) => id === doc),
        "the chat is listed",
        patienceMs,
      );
      reader.chats.set(doc, await reader.vault.openChat(doc));
      await until(() => reader.vault.docStatus(doc).phase === "live", "the chat is read", patienceMs);
      // A relay writes to its followers one after the other: the devices, which alone are measured, stand among them from the first to the last.
      const isLast = at + 2 >= devices.length;
      const linksBefore = isLast
        ? count - devices.length
        : ((count - devices.length) * (at + 1)) / (devices.length - 1);
      while (at + 1 < devices.length && bareLinks.length + 1 <= linksBefore) await openBareLink(doc, bareLinks.length);
    }
    return doc;
  },
  /** Asks in that chat; the answer comes meanwhile. */
  ask: async ({ doc, name }: { doc: DocId; name: string }) => {
    const { run } = await first().vault.ask(doc, { text: name, parent: null });
    const leaves: (() => void)[] = [];
    const ofReaders = readers.flatMap((reader) => {
      const chat = reader.chats.get(doc)?.value;
      if (chat === undefined) return [];
      const arrivals = createArrivals();
      const one = { arrivals, bytesRead: reader.bytesRead, from: -1, chat };
      leaves.push(
        chat.observe(({ runs }) => {
          if (!runs.has(run)) return;
          const { text, overlay } = chat.answer(run);
          const length = text.length + overlay.length;
          // What came before the first word is the question's.
          if (one.from === -1 && length > 0) one.from = reader.bytesRead();
          arrivals.note(length);
        }),
      );
      return [one];
    });
    const bare = bareLinks.map(({ bytesRead }) => ({ bytesRead, from: bytesRead() }));
    begun.push({ name, run, ofReaders, bare, leave: () => leaves.forEach((each) => each()) });
  },
  /** Resolves when that answer is whole everywhere. */
  result: async ({ name }: { name: string }) => {
    const asked = begun.find((each) => each.name === name);
    if (asked === undefined) throw new Error(`${name} was not asked`);
    begun = begun.filter((each) => each !== asked);
    const isDone = (): boolean => asked.ofReaders.every(({ chat }) => chat.run(asked.run).status === "done");
    await until(isDone, "the answer is whole everywhere", 120_000);
    asked.leave();
    return asked.ofReaders.map(({ arrivals, bytesRead, from, chat }) => ({
      at: arrivals.at,
      bytes: bytesRead() - from,
      text: chat.answer(asked.run).text,
    }));
  },
  close: ({ doc }: { doc: DocId }) => {
    for (const { close } of bareLinks) close();
    bareLinks = [];
    for (const { chats } of readers) {
      chats.get(doc)?.close();
      chats.delete(doc);
    }
  },
});

function first(): Reader {
  const [reader] = readers;
  if (reader === undefined) throw new Error("no vault yet");
  return reader;
}

/** Advanced serialization makes a plain Uint8Array of another realm's. */
const bytes = (value: Uint8Array): Uint8Array => Uint8Array.from(value);

async function addDevice(by: Vault, name: string): Promise<DeviceKeys> {
  const keys = createDeviceKeys(systemRandom);
  const device = { signKey: keys.sign.publicKey, boxKey: keys.box.publicKey };
  await by.addDevice({ digits: "000000", device, joinSignature: signJoin(keys, by.id), name });
  return keys;
}

async function join(by: Vault): Promise<Reader> {
  const keys = await addDevice(by, `Bench ${readers.length}`);
  const { ports, bytesRead } = createPorts();
  const fetched = await fetchRoster(ports, keys, by.id, (entries) => isActiveMember(readRoster(entries), keys.id));
  if (fetched.kind !== "roster") throw new Error(`a device was not let in: ${fetched.kind}`);
  const localKey = createLocalKey(systemRandom);
  await writeIdentity(ports.identity, { keys, localKey, entries: fetched.entries, founding: null }, systemRandom);
  const opened = await openVault(ports);
  if (opened.kind !== "open") throw new Error("a device has no vault");
  await until(() => opened.vault.status().link === "live", "its link is live", patienceMs);
  return { vault: opened.vault, bytesRead, chats: new Map() };
}

async function openBareLink(doc: DocId, at: number): Promise<void> {
  const keys = bareKeys[Math.floor(at / linksAKey)];
  if (keys === undefined) throw new Error("bare links need the keys of a device that joined");
  const { ports, bytesRead } = createPorts();
  let heard = false;
  const connection = createConnection({
    ...ports,
    keys,
    vault: first().vault.id,
    isTrustedRelay: () => true,
    events: {},
  });
  connection.subscribe(doc, { cursor: () => 0, onEntries: () => (heard = true) });
  await until(() => heard, "a bare link follows the chat", patienceMs);
  bareLinks.push({ bytesRead, close: () => connection.close() });
}

/** A link over `ws`, which tells what its socket has read. */
function createPorts(): { ports: VaultPorts; bytesRead: () => number } {
  let socket: WebSocket | null = null;
  const ports: VaultPorts = {
    clock: systemClock,
    random: systemRandom,
    identity: createMemoryIdentityStore(),
    openLink: (events) =>
      linkOver((socket = new WebSocket(`ws://127.0.0.1:${port}/link`, { perMessageDeflate: false })), events),
  };
  const read = (): number => (socket as unknown as { _socket: { bytesRead: number } | null })?._socket?.bytesRead ?? 0;
  return { ports, bytesRead: read };
}
