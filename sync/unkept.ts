/**
 * Words that could not be kept: this device wrote them into a chat while it was away, no host ever had them, and the chat was destroyed meanwhile (destroying.ts). They are taken out before its journal
 * goes, with what came with them and nothing else of it, and lie on this device alone until its owner has decided: a journal of their own, sealed like every other, that no log belongs to.
 *
 *   slip    JSON [{from: doc, messages: [{role, at, text, files?, by?, isPiped?}]}], the oldest first
 */
import * as Y from "yjs";
import { hash128 } from "#crypto/hash.ts";
import { docIdFromBytes, parseDocId, type AuthorId, type DocId } from "#crypto/ids.ts";
import type { AddedChat } from "./addedChats.ts";
import type { Attachment } from "./attachments/attachment.ts";
import { readAttachment } from "./attachments/readAttachment.ts";
import { createChat, type Chat, type ChatMessage } from "./docs/chat.ts";
import { readMap } from "./docs/fields.ts";
import { holdsOthers } from "./docs/othersWords.ts";
import { VaultError } from "./errors.ts";
import { openJournal, removeJournals, type Journal } from "./journal.ts";
import { openReplica } from "./replica.ts";
import type { Replica, ReplicaContext } from "./replicaTypes.ts";

type UnkeptMessage = Pick<ChatMessage, "role" | "at" | "text"> & {
  readonly files: readonly Attachment[];
  readonly by: string | null;
  /** Others wrote some of it, or what it was made from, which is not taken out. */
  readonly isPiped: boolean;
};

export interface UnkeptChat {
  readonly from: DocId;
  readonly messages: readonly UnkeptMessage[];
}

export interface Unkept {
  chats(): readonly UnkeptChat[];
  /** Reads what was taken out before: once. */
  read(): Promise<void>;
  /** Takes out what no host had of a doc that nobody has open any more. Resolves when that is on stable storage. Rejects with `VaultError("storage")`. */
  takeOut(doc: DocId): Promise<void>;
  /** Its owner has decided about these; what was taken out meanwhile stays. */
  clear(decided: readonly UnkeptChat[]): Promise<void>;
}

/** The name of a journal, and of no log. */
const PLACE = docIdFromBytes(hash128("sovereign/unkept/v1", new Uint8Array(0)));

const NOBODY = { onStatus: () => {}, onAccepted: () => {} };

/** `isClosed`: the vault is, and its keys are wiped: nothing may be sealed under what is left of them. */
export function createUnkept(context: ReplicaContext, isClosed: () => boolean): Unkept {
  let chats: readonly UnkeptChat[] | null = null;
  let last: Promise<unknown> = Promise.resolve();

  /** One journal, which more than one may want: what is taken out while its owner decides comes after that, and takes nothing of it back. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => {
      // reason: told to whoever asked for it.
    });
    return done;
  }

  const open = async (doc: DocId): Promise<Journal> => {
    if (isClosed()) throw new VaultError("closed", "vault");
    const { journals, localKey, random, lifeboat, pause } = context;
    return openJournal({ store: journals, doc, localKey, random, lifeboat, pause });
  };

  const read = (): Promise<void> =>
    inTurn(async () => {
      if (chats !== null) return;
      const journal = await open(PLACE);
      chats = journal.slip === null ? [] : decodeUnkept(journal.slip);
      await journal.close();
      if (chats.length === 0) await removeJournals(context, [PLACE]);
    });

  async function put(next: readonly UnkeptChat[]): Promise<void> {
    const journal = await open(PLACE);
    try {
      if (isClosed()) throw new VaultError("closed", "vault");
      journal.setSlip(new TextEncoder().encode(JSON.stringify(next)));
      await journal.commit();
      chats = next;
    } finally {
      await journal.close();
    }
  }

  /** What it has of a doc that was never here is nothing: most of what is destroyed has no words of this device that wait. */
  async function hasWritten(doc: DocId): Promise<boolean> {
    const journal = await open(doc);
    const has = journal.own.length + journal.entries.length > 0;
    await journal.close();
    return has;
  }

  return {
    chats: () => chats ?? [],
    read,
    takeOut: async (doc) => {
      await read();
      if (chats?.some(({ from }) => from === doc) === true || !(await hasWritten(doc))) return;
      const { whenFree: _, ...rest } = context;
      const replica = await openReplica({ doc, isNew: false, context: rest, events: NOBODY }).catch(
        (cause: unknown) => {
          if (cause instanceof VaultError && cause.code === "storage") throw cause;
          // reason: what does not open has no words that could be taken out, and must not stay for ever.
          return null;
        },
      );
      const messages = replica === null ? [] : unsentIn(replica, createChat(replica.yDoc), context.clock.now());
      await replica?.close();
      // What was read while the keys went may be nothing: it stays where it is, for the next start.
      if (isClosed()) throw new VaultError("closed", "vault");
      if (messages.length > 0) await inTurn(() => put([...(chats ?? []), { from: doc, messages }]));
    },
    clear: (decided) =>
      inTurn(async () => {
        const left = (chats ?? []).filter((chat) => !decided.includes(chat));
        if (left.length > 0) return put(left);
        await removeJournals(context, [PLACE]);
        chats = [];
      }),
  };
}

/**
 * As chats to add: one behind the other, since what stood between them is gone. What came with them is left out where it was destroyed, too. Named by the device as well: another that was away has
 * words of its own in the same chat, and a chat is added once.
 */
export function asAddedChats(
  chats: readonly UnkeptChat[],
  { device, isGone }: { readonly device: AuthorId; readonly isGone: (file: DocId) => boolean },
): readonly AddedChat[] {
  return chats.map(({ from, messages }) => ({
    from: `unkept/${device}/${from}`,
    title: "",
    titledBy: "auto",
    messages: messages.map(({ files, ...message }, index) => ({
      ...message,
      files: files.filter(({ id }) => !isGone(id)),
      id: String(index),
      parent: index === 0 ? null : String(index - 1),
    })),
  }));
}

/** What people wrote, in envelopes that no host acknowledged; what was begun and not sent is one more. */
function unsentIn(replica: Replica, chat: Chat, now: number): readonly UnkeptMessage[] {
  const isUnsent = lookUpIn(replica.unsent());
  const messages = chat.doc.getMap<unknown>("messages");
  const isTouched = (id: string): boolean => {
    const map = readMap(messages, id);
    const words = map?.get("text");
    return isUnsent(map?._item ?? null) || (words instanceof Y.Text && isAnyUnsent(words, isUnsent));
  };
  const found = chat
    .messages()
    .filter(({ id, run }) => run === null && isTouched(id))
    .map((message): UnkeptMessage => {
      const { role, at, text, files, by } = message;
      return { role, at, text, files, by, isPiped: holdsOthers(chat, message) };
    });
  const draft = chat.draft.toString();
  if (draft.trim() !== "" && isAnyUnsent(chat.draft, isUnsent))
    found.push({ role: "user", at: now, text: draft, files: [], by: null, isPiped: false });
  return found;
}

type IsUnsent = (item: Y.Item | null) => boolean;

function isAnyUnsent(text: Y.Text, isUnsent: IsUnsent): boolean {
  for (let item = text._start; item !== null; item = item.right) if (!item.deleted && isUnsent(item)) return true;
  return false;
}

/** Whether any of a run of operations was in one of these. */
function lookUpIn(updates: readonly Uint8Array[]): IsUnsent {
  const ranges = new Map<number, { readonly from: number; readonly to: number }[]>();
  for (const update of updates)
    for (const { id, length } of Y.decodeUpdate(update).structs) {
      const of = ranges.get(id.client) ?? [];
      of.push({ from: id.clock, to: id.clock + length });
      ranges.set(id.client, of);
    }
  return (item) => {
    if (item === null) return false;
    const { client, clock } = item.id;
    return ranges.get(client)?.some(({ from, to }) => clock < to && clock + item.length > from) === true;
  };
}

/** This device wrote it and sealed it for itself; an older version may have done so. */
function decodeUnkept(slip: Uint8Array): readonly UnkeptChat[] {
  const value: unknown = JSON.parse(new TextDecoder().decode(slip));
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: Partial<Record<keyof UnkeptChat, unknown>>): UnkeptChat[] => {
    const from = typeof each.from === "string" ? parseDocId(each.from) : null;
    return from === null || !Array.isArray(each.messages)
      ? []
      : [{ from, messages: each.messages.flatMap(readUnkeptMessage) }];
  });
}

function readUnkeptMessage(each: Partial<Record<keyof UnkeptMessage, unknown>>): UnkeptMessage[] {
  const { role, at, text, files, by, isPiped } = each;
  if ((role !== "user" && role !== "assistant") || typeof at !== "number" || typeof text !== "string") return [];
  const kept = Array.isArray(files) ? files.flatMap((file) => readAttachment(file) ?? []) : [];
  return [{ role, at, text, files: kept, by: typeof by === "string" ? by : null, isPiped: isPiped === true }];
}
