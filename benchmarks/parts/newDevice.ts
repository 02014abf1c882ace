/** A device with its whole stack, journals in SQLite (WAL, FULL): one that founds a vault and writes a year of chats, or one that is paired to it. */
import { WebSocket } from "ws";
import { hexToBytes } from "#crypto/bytes.ts";
import { hostFingerprint } from "#crypto/claim.ts";
import type { DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { joinVault, type Joining } from "#sync/joining.ts";
import { parsePairingLink } from "#sync/pairingLink.ts";
import type { PairingOffer } from "#sync/pairingOffer.ts";
import type { Pairing } from "#sync/pairing.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, openVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import { openSqliteJournals } from "../../host/cli/sqliteJournals.ts";
import { answer, nowMs } from "./answering.mjs";
import { linkOver } from "../../host/agent/relayLink.ts";
import { textOf } from "./yearText.mjs";

export interface Year {
  readonly chats: number;
  readonly messages: number;
  readonly chars: number;
}

/** Milliseconds; `null` where a subject has no such thing. */
export interface Came {
  /** From the second yes; a moment of the machine's clock when it comes from `confirm`. */
  readonly paired: number | null;
  /** Since then. */
  readonly listed: number | null;
  /** Since then. */
  readonly whole: number;
  readonly bytes: number;
}

interface Place {
  readonly port: number;
  readonly journals: string;
  readonly year: Year;
}

let vault: Vault | null = null;
let offer: PairingOffer | null = null;
let joining: Joining | null = null;
let year: Year = { chats: 0, messages: 0, chars: 0 };
let socket: WebSocket | null = null;
let ports: VaultPorts | null = null;
/** Chats that were there when the device went away. */
let known: ReadonlySet<DocId> = new Set();
/** Of sockets that have gone: a pairing ends with another link. */
let bytesBefore = 0;

answer({
  found: async (message: Place & { seed: Uint8Array; signKey: Uint8Array; boxKey: Uint8Array; relayKey: string }) => {
    ports = await portsFor(message);
    const { signKey, boxKey, seed } = message;
    const fingerprint = hostFingerprint(
      Uint8Array.from(signKey),
      Uint8Array.from(boxKey),
      hexToBytes(message.relayKey) ?? new Uint8Array(),
    );
    vault = await createVault(ports, { claim: { seed: Uint8Array.from(seed), fingerprint }, deviceName: "Laptop" });
    const founded = vault;
    await until(() => founded.status().link === "live", "the laptop is live", 30_000);
    await founded.addChats(chatsOf(0, year.chats));
    await until(() => founded.status().pending === 0, "the host has it all", 120_000);
  },
  show: async () => {
    offer = await required(vault).pair("http://localhost:4242");
    return offer.link;
  },
  scan: async (message: Place & { link: string }) => {
    ports = await portsFor(message);
    const parsed = parsePairingLink(message.link);
    joining = await joinVault(ports, { invitation: required(parsed).invitation, deviceName: "Phone" });
    await untilComparing(joining);
  },
  compared: () => untilComparing(required(offer)),
  /** On the laptop: when it said yes. On the phone: all that follows. */
  confirm: async (): Promise<Came | { readonly at: number }> => {
    if (joining === null) {
      const at = nowMs();
      required(offer).confirm();
      return { at };
    }
    joining.confirm();
    const joined = required(await joining.joined);
    const paired = nowMs();
    const { listed, whole } = await untilWhole(joined, year.chats);
    const bytes = bytesBefore + read(socket);
    await checkWhole(joined, year.chats);
    vault = joined;
    return { paired, listed: listed - paired, whole: whole - paired, bytes };
  },
  leave: async () => {
    known = new Set(
      required(vault)
        .catalog.value.chats()
        .map(({ id }) => id),
    );
    await required(vault).close();
  },
  /** On the laptop, while the other is away. */
  write: async ({ chats }: { chats: number }) => {
    const writer = required(vault);
    await writer.addChats(chatsOf(year.chats, chats));
    await until(() => writer.status().pending === 0, "the host has it all", 120_000);
    year = { ...year, chats: year.chats + chats };
  },
  back: async ({ chats }: { chats: number }): Promise<Came> => {
    const from = nowMs();
    const before = bytesBefore + read(socket);
    const opened = await openVault(required(ports));
    if (opened.kind !== "open") throw new Error("no vault here");
    const { whole } = await untilWhole(opened.vault, chats, known);
    const bytes = bytesBefore + read(socket) - before;
    await checkWhole(opened.vault, chats);
    vault = opened.vault;
    return { paired: null, listed: null, whole: whole - from, bytes };
  },
});

/** When the list was there, and when all in it was on the disk. */
async function untilWhole(
  joined: Vault,
  count: number,
  before: ReadonlySet<DocId> = new Set(),
): Promise<{ readonly listed: number; readonly whole: number }> {
  const listedAt = Promise.withResolvers<number>();
  const wholeAt = Promise.withResolvers<number>();
  const left = new Set<DocId>();
  const { yDoc } = joined.catalog;
  // Looking costs next to nothing, else it is the looking that is measured.
  const lookForList = (): void => {
    if (yDoc.getMap("chats").size < count) return;
    for (const { id } of joined.catalog.value.chats()) if (!before.has(id)) left.add(id);
    yDoc.off("update", lookForList);
    listedAt.resolve(nowMs());
  };
  const lookForAll = (): void => {
    for (const id of left) {
      const { phase, unsaved } = joined.docStatus(id);
      if (phase !== "live" || unsaved > 0) return;
      left.delete(id);
    }
    wholeAt.resolve(nowMs());
  };
  yDoc.on("update", lookForList);
  lookForList();
  const listed = await listedAt.promise;
  // Once its log is kept and followed a chat stays live, so nothing is missed between two looks.
  const timer = setInterval(lookForAll, 5);
  const whole = await wholeAt.promise;
  clearInterval(timer);
  return { listed, whole };
}

function chatsOf(first: number, count: number): Parameters<Vault["addChats"]>[0] {
  const dayMs = 86_400_000;
  return Array.from({ length: count }, (_, at) => first + at).map((chat) => ({
    from: `year/${chat}`,
    title: textOf(chat, 0, 40),
    titledBy: "person" as const,
    messages: Array.from({ length: year.messages }, (_each, message) => ({
      id: `${message}`,
      parent: message === 0 ? null : `${message - 1}`,
      role: message % 2 === 0 ? ("user" as const) : ("assistant" as const),
      text: textOf(chat, message, year.chars),
      at: chat * dayMs + message * 1_000,
    })),
  }));
}

/** By what a person would read, without a host. */
async function checkWhole(joined: Vault, count: number): Promise<void> {
  let chars = 0;
  for (const { id } of joined.catalog.value.chats()) {
    const chat = await joined.openChat(id);
    for (const { text } of chat.value.messages()) chars += text.length;
    chat.close();
  }
  if (chars !== count * year.messages * year.chars) throw new Error(`${chars} characters came`);
}

async function portsFor(place: Place): Promise<VaultPorts> {
  await sodiumReady;
  process.setMaxListeners(0);
  ({ year } = place);
  return {
    clock: systemClock,
    random: systemRandom,
    identity: createMemoryIdentityStore(),
    journals: openSqliteJournals(place.journals),
    openLink: (events) => {
      bytesBefore += read(socket);
      socket = new WebSocket(`ws://127.0.0.1:${place.port}/link`, { perMessageDeflate: false });
      return linkOver(socket, events);
    },
  };
}

function read(of: WebSocket | null): number {
  return (of as unknown as { _socket: { bytesRead: number } | null } | null)?._socket?.bytesRead ?? 0;
}

function untilComparing(pairing: Pairing): Promise<void> {
  return until(() => pairing.state().phase === "comparing", "six digits", 30_000);
}

function required<T>(value: T | null): T {
  if (value === null) throw new Error("not at this point");
  return value;
}
