/**
 * What tools said to a model through a host's gateway, on its way into the vault: a record that the relay kept (crypto/record.ts) is
 * opened, filed as a chat that names its tool, and let go of at the relay when that chat is stored there. The host has no key for any of it.
 *
 * One conversation is one chat however often it comes: a tool sends all that was said before with each request, so chat and messages
 * have names made from what they say, under a key that only members have. What stands already is left alone, what a tool said differently
 * is another branch, and what its owner deleted stays deleted. Two devices that file the same thing write the same thing.
 */
import { bytesToHex, utf8ToBytes } from "#crypto/bytes.ts";
import { createWriter } from "#crypto/codec.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import { keyedHash128 } from "#crypto/hash.ts";
import { docIdFromBytes, type AuthorId, type DocId } from "#crypto/ids.ts";
import { openRecord, parseRecord, type RecordContent, type RecordedTurn } from "#crypto/record.ts";
import { isActiveMember, type Roster } from "#crypto/roster.ts";
import type { VaultKey } from "#crypto/vaultKeys.ts";
import type { Connection } from "./connection.ts";
import { titleFromText, type Catalog } from "./docs/catalog.ts";
import type { AddedMessage, Chat } from "./docs/chat.ts";
import { recordLookEveryMs, recordTurnMs, recordTurnsWaitMax } from "./limits.ts";
import type { Clock } from "./ports.ts";

export interface RecordsOptions {
  readonly clock: Clock;
  readonly keys: DeviceKeys;
  readonly connection: Connection;
  readonly catalog: () => Catalog;
  readonly roster: () => Roster;
  readonly vaultKeys: () => ReadonlyMap<number, VaultKey>;
  /** The list of chats was read to its end on a live link. */
  readonly isReady: () => boolean;
  /** Everything written in this chat and in the list is acknowledged. */
  readonly isStored: (doc: DocId) => boolean;
  readonly beginChat: (doc: DocId, at: number) => Promise<unknown>;
  /** Resolves when what `work` did is strictly committed here. */
  readonly change: (doc: DocId, work: (chat: Chat) => void) => Promise<void>;
}

export interface Records {
  take(seq: number, bytes: Uint8Array): void;
}

export function createRecords(options: RecordsOptions): Records {
  const { clock, keys, connection } = options;
  const settled = new Map<string, boolean>();
  let last: Promise<void> = Promise.resolve();

  async function settle(seq: number, bytes: Uint8Array): Promise<void> {
    const { id } = parseRecord(bytes);
    const name = bytesToHex(id);
    const isFiled = settled.get(name) ?? (await file(bytes));
    settled.set(name, isFiled);
    connection.tellRecordTaken(seq, id, isFiled);
  }

  /** `false`: it is not for this device, and the relay keeps it for another. */
  async function file(bytes: Uint8Array): Promise<boolean> {
    await until(options.isReady);
    const { host } = parseRecord(bytes);
    const roster = options.roster();
    const member = roster.members.get(host);
    const root = options.vaultKeys().get(1);
    if (member?.role !== "host" || !isActiveMember(roster, host) || root === undefined) return false;
    const content = openSafely(bytes, member.signKey);
    if (content === null) return false;
    // Devices take turns, so that mostly one of them writes and the others find it done.
    await pause(turnOf(roster, keys.id) * recordTurnMs);
    await until(options.isReady);
    return fileContent(content, host, root);
  }

  /** RD13: one that its host sealed badly is nothing that this device can file, and keeps nothing that comes after it. */
  function openSafely(bytes: Uint8Array, hostSignKey: Uint8Array): RecordContent | null {
    try {
      return openRecord(bytes, keys, hostSignKey);
    } catch (cause) {
      if (cause instanceof CryptoError && cause.code !== "signature") return null;
      throw cause;
    }
  }

  async function fileContent(content: RecordContent, host: AuthorId, root: VaultKey): Promise<boolean> {
    const messages = toMessages(content, host, root);
    const [first] = messages;
    if (first === undefined) return true;
    const doc = chatOf(content, root);
    if (options.catalog().destroyed.has(doc)) return true;
    const entry = options.catalog().entry(doc);
    if (entry !== null && entry.deletedAt !== null) return true;
    if (entry === null) await options.beginChat(doc, content.at);
    await options.change(doc, (chat) => {
      const known = chat.doc.getMap("messages");
      const fresh = messages.filter(({ id }) => !known.has(id));
      if (fresh.length > 0) chat.add(fresh);
      const catalog = options.catalog();
      catalog.setTool(doc, content.tool);
      if (catalog.entry(doc)?.title === "") catalog.autoTitle(doc, titleFromText(first.text));
      if (fresh.length > 0) catalog.touch(doc, content.at);
    });
    await until(() => options.isReady() && options.isStored(doc));
    return true;
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (connection.isClosed) throw new Error("The vault is closed.");
      await pause(recordLookEveryMs);
    }
  }

  function pause(forMs: number): Promise<void> {
    return forMs === 0 ? Promise.resolve() : new Promise((resolve) => void clock.after(forMs, resolve));
  }

  return {
    take: (seq, bytes) => {
      last = last
        .then(() => settle(seq, bytes))
        .catch(() => {
          // reason: a record that is malformed or forged files nothing, and one that could not be written now stays at the relay,
          // which offers it again on the next link.
        });
    },
  };
}

/** Its chat's name: the same for all that one tool says in one conversation, and a guess to nobody without the vault's key. */
function chatOf({ key, conversation, turns }: RecordContent, root: VaultKey): DocId {
  const { role = "user", text = "" } = turns[0] ?? {};
  const parts = createWriter().text(key).text(conversation).text(role).long(utf8ToBytes(text.trim())).finish();
  return docIdFromBytes(keyedHash128(root, "sovereign/recorded-chat/v1", parts));
}

function toMessages(
  { turns, at, isWhole, tool, model }: RecordContent,
  device: AuthorId,
  root: VaultKey,
): (AddedMessage & { readonly id: string })[] {
  const said = turns
    .map((turn, index): RecordedTurn => {
      const isBroken = !isWhole && index === turns.length - 1;
      return isBroken && turn.text !== "" ? { ...turn, text: `${turn.text} […]` } : turn;
    })
    .filter(({ text }) => text.trim() !== "");
  let parent: string | null = null;
  return said.map(({ role, text }) => {
    const parts = createWriter()
      .text(parent ?? "")
      .text(role)
      .long(utf8ToBytes(text.trim()))
      .finish();
    const id = bytesToHex(keyedHash128(root, "sovereign/recorded-turn/v1", parts));
    const message = { id, parent, role, device, at, text, by: role === "user" ? tool : model };
    parent = id;
    return message;
  });
}

function turnOf(roster: Roster, device: AuthorId): number {
  const devices = [...roster.members.values()].filter(
    ({ id, role }) => role === "device" && isActiveMember(roster, id),
  );
  const turn = devices
    .map(({ id }) => id)
    .sort()
    .indexOf(device);
  return Math.min(Math.max(turn, 0), recordTurnsWaitMax);
}
