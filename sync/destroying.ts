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
import { removeJournals } from "./journal.ts";
import { batchDelayMs, destroyDocsMax, destroyReadMsMax, destroyRetryMs, temporaryCloseMsMax } from "./limits.ts";
import type { OpenDocs } from "./openDocs.ts";
import type { Replica, ReplicaContext } from "./replicaTypes.ts";
import { decodeDocs, encodeDocs } from "./destroyedNote.ts";

export interface Destroying {
  /** Resolves when nothing of it is left on this device, and the relay has dropped its logs. */
  destroyProject(project: DocId): Promise<void>;
  /** With their files, but those in which something is being answered. */
  destroyChats(chats: readonly DocId[], at: number): Promise<void>;
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
  /** Nobody follows or reads its log in the background any more. */
  readonly letGo: (doc: DocId) => Promise<void>;
  readonly onGone: (doc: DocId) => void;
  readonly isClosed: () => boolean;
}

const NOTE = ["destroyed"] as const;

export function createDestroying(options: DestroyingOptions): Destroying {
  const { context, catalog, openCatalog, chats, projects, connection, cache } = options;
  const { clock } = context;
  const { destroyed } = catalog;
  /** Nothing of these is on this device. */
  let gone: Set<DocId> | null = null;
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

  /** Its files; `null`: it is busy. What is being answered in it is stopped first if it `mustEnd`, so that the agent lets go of the key that it was lent. */
  async function filesOfChat(id: DocId, mustEnd: boolean): Promise<readonly DocId[] | null> {
    const { replica, value } = await chats.retain(id);
    try {
      await requireRead(replica);
      await value.warm(() => pause(0));
      const runs = [...value.activeRuns(), ...value.pendingRuns()];
      if (runs.length > 0 && !mustEnd) return null;
      if (runs.length > 0 && replica.isWritable) {
        for (const run of runs) value.stop(value.links(run).at(-1) ?? run, clock.now());
        await replica.flush().catch(() => {});
        const endsAt = clock.now() + temporaryCloseMsMax;
        while (value.activeRuns().length > 0 && clock.now() < endsAt) await pause(batchDelayMs);
      }
      return logsOf(value.messages().flatMap(({ files }) => files));
    } finally {
      chats.release(id);
    }
  }

  async function filesOfProject(id: DocId): Promise<readonly DocId[]> {
    const { replica, value } = await projects.retain(id);
    try {
      await requireRead(replica);
      return logsOf(value.files.withDeleted());
    } finally {
      projects.release(id);
    }
  }

  /** A file that something else of the vault uses as well stays with that: another chat may have been made of one that goes. */
  async function alone(files: ReadonlySet<DocId>, going: ReadonlySet<DocId>): Promise<readonly DocId[]> {
    const left = new Set(files);
    for (const { id } of catalog.chats()) {
      if (left.size === 0) break;
      if (going.has(id)) continue;
      const { value } = await chats.retain(id);
      for (const log of logsOf(value.messages().flatMap((message) => message.files))) left.delete(log);
      chats.release(id);
    }
    for (const { id } of catalog.projects.all()) {
      if (left.size === 0) break;
      if (going.has(id)) continue;
      const { value } = await projects.retain(id);
      for (const log of logsOf(value.files.withDeleted())) left.delete(log);
      projects.release(id);
    }
    return [...left];
  }

  function requireLive(): void {
    if (options.isClosed()) throw new VaultError("closed", "vault");
    if (!isLive()) throw new VaultError("no-host", "what is there has to be dropped, too");
  }

  async function destroyProject(project: DocId): Promise<void> {
    requireLive();
    if (catalog.projects.entry(project) === null) throw new VaultError("unknown-doc", project);
    const files = new Set(await filesOfProject(project));
    const going = new Set<DocId>([project]);
    // One may come while another is read.
    for (let chat = nextOf(project, going); chat !== null; chat = nextOf(project, going)) {
      going.add(chat);
      for (const file of (await filesOfChat(chat, true)) ?? []) files.add(file);
    }
    for (const { id, project: of, chat } of catalog.artifacts.withDeleted())
      if (of === project || (of === null && chat !== null && going.has(chat))) going.add(id);
    for (const file of await alone(files, going)) going.add(file);
    catalog.doc.transact(() => {
      destroyed.addProject(project, going, clock.now());
      catalog.sweep();
    });
    await openCatalog.flush();
    await carryOut();
  }

  const nextOf = (project: DocId, known: ReadonlySet<DocId>): DocId | null =>
    catalog.ofProject(project).find(({ id }) => !known.has(id))?.id ?? null;

  async function destroyChats(wanted: readonly DocId[], at: number): Promise<void> {
    requireLive();
    const going = new Set(wanted.filter((id) => catalog.entry(id) !== null));
    const files = new Set<DocId>();
    for (const id of going) {
      const own = await filesOfChat(id, false);
      if (own === null) going.delete(id);
      for (const file of own ?? []) files.add(file);
    }
    for (const file of await alone(files, going)) going.add(file);
    catalog.doc.transact(() => {
      destroyed.add(going, at);
      catalog.sweep();
    });
    await openCatalog.flush();
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
    gone ??= new Set(decodeDocs(await cache.get(NOTE)));
    const done = gone;
    const left = destroyed.docs().filter((doc) => !done.has(doc));
    if (left.length > 0) {
      catalog.sweep();
      for (const doc of left) {
        await options.letGo(doc);
        await Promise.all([chats, projects, options.artifacts].map((docs) => docs.end(doc)));
        await options.letGo(doc);
        options.onGone(doc);
      }
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
    }
    for (const { id } of destroyed.projects()) destroyed.noteGone(id, context.keys.id, clock.now());
  }

  function retryLater(): void {
    if (!options.isClosed()) clock.after(destroyRetryMs, check);
  }

  function check(): void {
    if (options.isClosed()) return;
    if (connection.state.phase !== "live") told.clear();
    void carryOut();
  }

  return { destroyProject, destroyChats, check };
}

/** A file's log, and that of its words. */
function logsOf(files: readonly Attachment[]): readonly DocId[] {
  return files.flatMap(({ id, reading }) => (reading === undefined || reading === "itself" ? [id] : [id, reading.id]));
}
