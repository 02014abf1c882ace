/**
 * Destroying (DS rules of PROTOCOL.md): after it, what lies anywhere of a doc cannot be read, since no key of it is left. A doc's keys lie in its journal on each device and, wrapped under
 * the vault's keys, in the REKEYs of its log; nowhere else. So each device takes the journal away, and tells the relay to drop the log; a backup gives up its REKEYs by itself (host/backup). Which docs, the
 * catalog says (docs/destroyedList.ts), so that each device does it when it hears of it. Fetched with the first.
 */
import type { DocId } from "#crypto/ids.ts";
import type { Attachments } from "./attachments/attachments.ts";
import type { Attachment } from "./attachments/attachment.ts";
import type { Connection } from "./connection.ts";
import type { DeviceCache } from "./deviceCache.ts";
import type { Catalog } from "./docs/catalog.ts";
import type { Chat } from "./docs/chat.ts";
import type { Project } from "./docs/project.ts";
import { VaultError } from "./errors.ts";
import { removeJournals, storedDocs } from "./journal.ts";
import { batchDelayMs, destroyDocsMax, destroyReadMsMax, destroyRetryMs, temporaryCloseMsMax } from "./limits.ts";
import type { OpenDocs } from "./openDocs.ts";
import type { DestroyChats } from "./retention.ts";
import type { Replica, ReplicaContext } from "./replicaTypes.ts";
import { decodeDocs, encodeDocs } from "./destroyedNote.ts";
import { asAddedChats, createUnkept } from "./unkept.ts";
import type { Vault } from "./vaultTypes.ts";

export interface Destroying {
  /** Resolves when nothing of it is left on this device, and the relay has dropped its logs. */
  destroyProject(project: DocId): Promise<void>;
  /** With their files, but those in which something is being answered, or that are to be kept once all was read. */
  destroyChats: DestroyChats;
  /** Messages that this device wrote into what was destroyed, and that no host ever had. */
  unkept(): number;
  decideUnkept: Vault["decideUnkept"];
  /** Something was destroyed, here or on another device, or the link came or went. */
  check(): void;
}

export interface DestroyingOptions {
  readonly context: ReplicaContext;
  readonly catalog: Catalog;
  readonly openCatalog: Replica;
  readonly chats: OpenDocs<Chat>;
  readonly projects: OpenDocs<Project>;
  readonly artifacts: Pick<OpenDocs<unknown>, "end">;
  readonly connection: Connection;
  readonly cache: DeviceCache;
  readonly files: Pick<Attachments, "forget">;
  /** All of its log is on this device. */
  readonly isWhole: (doc: DocId) => boolean;
  /** Nobody follows or reads its log in the background any more. */
  readonly letGo: (doc: DocId) => Promise<void>;
  readonly onGone: (doc: DocId) => void;
  readonly addChats: Vault["addChats"];
  /** `unkept` says something else. */
  readonly onUnkept: () => void;
  readonly isClosed: () => boolean;
}

const NOTE = ["destroyed"] as const;
const OWN_NOTE = ["destroying"] as const;

interface ReadDoc {
  /** Logs of its files. */
  readonly files: readonly DocId[];
  readonly lastAt: number;
}
const NOTHING: ReadDoc = { files: [], lastAt: 0 };

type IsGoing = (id: DocId, lastAt: number) => boolean;

export function createDestroying(options: DestroyingOptions): Destroying {
  const { context, catalog, openCatalog, chats, projects, connection, cache } = options;
  const { clock } = context;
  const { destroyed } = catalog;
  /** Nothing of these is on this device. */
  let gone: Set<DocId> | null = null;
  const unkept = createUnkept(context, options.isClosed);
  /** Destroyed by this device's own owner, who had what it wrote before their eyes. Noted, so that a crash in the middle asks nobody about words that were to go. */
  const own = new Set<DocId>();
  /** The relay of this link knows. */
  const told = new Set<DocId>();
  let under: Promise<void> | null = null;
  let isAgain = false;

  const isLive = (): boolean => connection.state.phase === "live" && openCatalog.status().phase === "live";
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

  /** Who destroys has read all there is: what it does not know of it could not name. */
  async function requireRead(replica: Replica): Promise<void> {
    const endsAt = clock.now() + destroyReadMsMax;
    while (!["live", "quarantine"].includes(replica.status().phase)) {
      if (options.isClosed()) throw new VaultError("closed", "vault");
      if (clock.now() > endsAt || !isLive()) throw new VaultError("no-host", "its log is not read to its end");
      await pause(batchDelayMs);
    }
  }

  /** What it has; `null`: it is busy. What is being answered in it is stopped first if it `mustEnd`, so that the agent lets go of the key that it was lent. */
  async function readChat(id: DocId, mustEnd: boolean): Promise<ReadDoc | null> {
    const { replica, value } = await chats.retain(id);
    try {
      await requireRead(replica);
      // By itself nothing goes that could not be read: there may be newer words in it.
      if (!mustEnd && replica.status().phase !== "live") return null;
      await value.warm(() => pause(0));
      const runs = [...value.activeRuns(), ...value.pendingRuns()];
      if (runs.length > 0 && !mustEnd) return null;
      if (runs.length > 0 && replica.isWritable) {
        for (const run of runs) value.stop(value.links(run).at(-1) ?? run, clock.now());
        await replica.flush().catch(() => {});
        const endsAt = clock.now() + temporaryCloseMsMax;
        while (value.activeRuns().length > 0 && clock.now() < endsAt) await pause(batchDelayMs);
      }
      const messages = value.messages();
      const lastAt = messages.reduce((last, { at }) => Math.max(last, at), 0);
      return { files: logsOf(value.filesWithDeleted()), lastAt };
    } finally {
      chats.release(id);
    }
  }

  async function readProject(id: DocId): Promise<ReadDoc> {
    const { replica, value } = await projects.retain(id);
    try {
      await requireRead(replica);
      return { files: logsOf(value.files.withDeleted()), lastAt: 0 };
    } finally {
      projects.release(id);
    }
  }

  /** Of one that stays. What is not known of it yet may be the very file. */
  async function filesLeftIn<T>(
    docs: OpenDocs<T>,
    id: DocId,
    filesOf: (value: T) => readonly Attachment[],
  ): Promise<readonly DocId[]> {
    const { replica, value } = await docs.retain(id);
    try {
      if (!options.isWhole(id)) await requireRead(replica);
      return logsOf(filesOf(value));
    } finally {
      docs.release(id);
    }
  }

  /** A file that something else of the vault uses as well stays with that: another chat may have been made of one that goes. */
  async function alone(files: ReadonlySet<DocId>, going: ReadonlySet<DocId>): Promise<readonly DocId[]> {
    const left = new Set(files);
    // What was deleted can be taken back, with its files.
    for (const { id } of catalog.withDeleted())
      if (left.size > 0 && !going.has(id))
        for (const log of await filesLeftIn(chats, id, (chat) => chat.filesWithDeleted())) left.delete(log);
    for (const { id } of catalog.projects.withDeleted())
      if (left.size > 0 && !going.has(id))
        for (const log of await filesLeftIn(projects, id, ({ files: own }) => own.withDeleted())) left.delete(log);
    return [...left];
  }

  /** What goes, with the files that nothing else has. All this reading takes its time: what is to stay by then is left out of `read`, too. */
  async function withFiles(read: Map<DocId, ReadDoc>, isGoing: IsGoing): Promise<Set<DocId>> {
    const isStill = ([id, { lastAt }]: readonly [DocId, ReadDoc]): boolean => isGoing(id, lastAt);
    for (;;) {
      for (const each of [...read]) if (!isStill(each)) read.delete(each[0]);
      const going = new Set(read.keys());
      const files = await alone(new Set([...read.values()].flatMap((each) => each.files)), going);
      if ([...read].every(isStill)) return new Set([...going, ...files]);
    }
  }

  function requireLive(): void {
    if (options.isClosed()) throw new VaultError("closed", "vault");
    if (!isLive()) throw new VaultError("no-host", "what is there has to be dropped, too");
  }

  async function destroyProject(project: DocId): Promise<void> {
    requireLive();
    if (catalog.projects.entry(project) === null) throw new VaultError("unknown-doc", project);
    const read = new Map<DocId, ReadDoc>([[project, await readProject(project)]]);
    const isGoing = (id: DocId): boolean => id === project || catalog.entry(id)?.project === project;
    let going: Set<DocId>;
    do {
      // One may come while another is read.
      for (let chat = nextOf(project, read); chat !== null; chat = nextOf(project, read))
        read.set(chat, (await readChat(chat, true)) ?? NOTHING);
      going = await withFiles(read, isGoing);
    } while (nextOf(project, read) !== null);
    for (const { id, project: of, chat } of catalog.artifacts.withDeleted())
      if (of === project || (of === null && chat !== null && going.has(chat))) going.add(id);
    for (const id of going) own.add(id);
    catalog.doc.transact(() => {
      destroyed.addProject(project, going, clock.now());
      catalog.sweep();
    });
    await openCatalog.flush();
    await noteOwn();
    await carryOut();
  }

  /** Not before the catalog has it: what is noted here and was never destroyed would go unasked one day. */
  async function noteOwn(): Promise<void> {
    await cache.put(OWN_NOTE, encodeDocs([...own].filter((doc) => gone?.has(doc) !== true))).catch(() => undefined);
  }

  const nextOf = (project: DocId, known: Pick<ReadonlySet<DocId>, "has">): DocId | null =>
    catalog.ofProject(project).find(({ id }) => !known.has(id))?.id ?? null;

  async function destroyChats(wanted: readonly DocId[], at: number, isStill: IsGoing): Promise<void> {
    requireLive();
    const read = new Map<DocId, ReadDoc>();
    for (const id of wanted) {
      const found = catalog.entry(id) === null ? null : await readChat(id, false);
      if (found === null) continue;
      // Said here before its device could say it in the list.
      catalog.touch(id, Math.min(found.lastAt, clock.now()));
      read.set(id, found);
    }
    const going = await withFiles(read, isStill);
    if (going.size === 0) return;
    for (const id of going) own.add(id);
    catalog.doc.transact(() => {
      destroyed.add(going, at);
      catalog.sweep();
    });
    await openCatalog.flush();
    await noteOwn();
    await carryOut();
  }

  /** Takes away what is here and tells the relay: one at a time, and once more for what came meanwhile. */
  function carryOut(): Promise<void> {
    isAgain = under !== null;
    under ??= (async () => {
      do {
        isAgain = false;
        await Promise.all([tellRelay(), wipe()]);
      } while (isAgain && !options.isClosed());
    })()
      // What cannot be taken away now, as a database that another tab holds, is another time, and nobody is told before that it was.
      .catch(retryLater)
      .finally(() => {
        under = null;
      });
    return under;
  }

  async function tellRelay(): Promise<void> {
    const left = destroyed.docs().filter((doc) => !told.has(doc));
    for (let at = 0; at < left.length && connection.state.phase === "live"; at += destroyDocsMax) {
      const some = left.slice(at, at + destroyDocsMax);
      const reply = await connection.destroy(some);
      if (reply.kind === "ack") for (const doc of some) told.add(doc);
      else if (reply.kind === "nack") retryLater();
    }
  }

  async function wipe(): Promise<void> {
    if (gone === null) {
      const [noted, ordered] = await Promise.all([cache.get(NOTE), cache.get(OWN_NOTE)]);
      gone ??= new Set(decodeDocs(noted));
      for (const doc of decodeDocs(ordered)) own.add(doc);
    }
    const done = gone;
    const left = destroyed.docs().filter((doc) => !done.has(doc));
    const before = unkept.chats().length;
    await unkept.read();
    if (left.length > 0) {
      catalog.sweep();
      for (const doc of left) {
        await options.letGo(doc);
        await Promise.all([chats, projects, options.artifacts].map((docs) => docs.end(doc)));
        await options.letGo(doc);
      }
      // A device that was let in later never had most of them, and would make a place for each to find nothing there.
      for (const doc of await storedDocs(context, left)) if (!own.has(doc)) await unkept.takeOut(doc);
      for (const doc of left) options.onGone(doc);
      await removeJournals(context, left);
      await options.files.forget(left);
      // What is kept of many chats together is made again without them.
      await Promise.all(
        [
          ["search"],
          ...left.flatMap((doc) => [
            ["tail", doc],
            ["passages", doc],
          ]),
        ].map(cache.remove),
      );
      for (const doc of left) done.add(doc);
      // What cannot be noted is looked for once more at the next start.
      await cache.put(NOTE, encodeDocs([...done])).catch(() => undefined);
      if (left.some((doc) => own.has(doc))) await noteOwn();
    }
    if (unkept.chats().length > before) options.onUnkept();
    for (const { id } of destroyed.projects()) destroyed.noteGone(id, context.keys.id, clock.now());
  }

  async function decideUnkept(decision: "take" | "discard"): Promise<readonly DocId[]> {
    if (options.isClosed()) throw new VaultError("closed", "vault");
    await unkept.read();
    const chats = unkept.chats();
    let added: readonly (DocId | null)[] = [];
    if (decision === "take")
      added = await options.addChats(asAddedChats(chats, { device: context.keys.id, isGone: destroyed.has }));
    else {
      // What came with them may have reached the host, where nothing names it any more.
      const files = new Set(logsOf(chats.flatMap(({ messages }) => messages.flatMap((message) => message.files))));
      if (files.size > 0) {
        requireLive();
        destroyed.add(await alone(files, new Set()), clock.now());
      }
    }
    await unkept.clear(chats);
    options.onUnkept();
    check();
    return added.flatMap((id) => id ?? []);
  }

  function retryLater(): void {
    if (!options.isClosed()) clock.after(destroyRetryMs, check);
  }

  function check(): void {
    if (options.isClosed()) return;
    if (connection.state.phase !== "live") told.clear();
    void carryOut();
  }

  const countUnkept = (): number => unkept.chats().reduce((sum, { messages }) => sum + messages.length, 0);

  return { destroyProject, destroyChats, check, decideUnkept, unkept: countUnkept };
}

/** A file's log, and that of its words. */
function logsOf(files: readonly Attachment[]): readonly DocId[] {
  return files.flatMap(({ id, reading }) => (reading === undefined || reading === "itself" ? [id] : [id, reading.id]));
}
