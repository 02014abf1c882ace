/**
 * How long a project's chats are kept (KD rules of PROTOCOL.md). One whose last message is older than its project says is due: that is written into the catalog with the time at which it goes, a week from then,
 * so that every device shows it and any device may keep it (a pin does). When that time has come, whichever device is awake destroys it (destroying.ts). Several may at once: what each does follows from the
 * catalog, and is the same.
 */
import type { DocId } from "#crypto/ids.ts";
import type { Catalog, ChatEntry } from "./docs/catalog.ts";
import type { ProjectEntry } from "./docs/projectList.ts";
import { keepAtOnceMax, keepFirstLookMs, keepLookMs, keepNoticeMs } from "./limits.ts";
import type { Clock } from "./ports.ts";

export const dayMs = 86_400_000;

/** It is older than its project keeps chats. Never one that is pinned, or that waits for an answer. */
export function isDue(chat: ChatEntry, project: ProjectEntry, now: number): boolean {
  const { keepDays, deletedAt } = project;
  if (keepDays === null || deletedAt !== null || chat.pinned || chat.waiting.length > 0) return false;
  return chat.lastAt + keepDays * dayMs <= now;
}

/** What the catalog is to say of a chat's end now, if that is something else than it says. */
export function nextGoesAt(chat: ChatEntry, project: ProjectEntry, now: number): number | null | undefined {
  if (!isDue(chat, project, now)) return chat.goesAt === null ? undefined : null;
  // A time that no clock of ours can have meant is said anew.
  const isSaid = chat.goesAt !== null && chat.goesAt <= now + keepNoticeMs;
  return isSaid ? undefined : now + keepNoticeMs;
}

export interface Retention {
  stop(): void;
}

export interface RetentionOptions {
  readonly clock: Clock;
  readonly catalog: Catalog;
  /** All that other devices wrote is here, the host is there, and its clock and this one agree. */
  readonly isReady: () => boolean;
  readonly destroyChats: DestroyChats;
}

/** Reads them first, which takes its time: those of which `isStill` is not so after that stay. `lastAt`: of the newest message that is in it, whatever the catalog says. */
export type DestroyChats = (
  chats: readonly DocId[],
  at: number,
  isStill: (chat: DocId, lastAt: number) => boolean,
) => Promise<void>;

export function startRetention({ clock, catalog, isReady, destroyChats }: RetentionOptions): Retention {
  let cancel: (() => void) | null = null;
  let isStopped = false;

  const keepers = (): readonly ProjectEntry[] => catalog.projects.all().filter(({ keepDays }) => keepDays !== null);

  /** A vault in which all is kept for ever has no clock running for this. */
  function begin(): void {
    if (cancel === null && !isStopped && keepers().length > 0) cancel = clock.after(keepFirstLookMs, look);
  }

  function look(): void {
    if (isStopped) return;
    cancel = null;
    if (keepers().length === 0) return;
    cancel = clock.after(keepLookMs, look);
    if (isReady()) void turn();
  }

  async function turn(): Promise<void> {
    const now = clock.now();
    const going: ChatEntry[] = [];
    catalog.doc.transact(() => {
      for (const project of keepers())
        for (const chat of catalog.ofProject(project.id)) {
          const next = nextGoesAt(chat, project, now);
          if (next !== undefined) catalog.setGoesAt(chat.id, next);
          else if (chat.goesAt !== null && chat.goesAt <= now) going.push(chat);
        }
    });
    const some = going.slice(0, keepAtOnceMax);
    // What cannot be now, as with the host away, is with the next look.
    if (some.length > 0)
      await destroyChats(
        some.map(({ id }) => id),
        now,
        goesStill,
      ).catch(() => undefined);
  }

  function goesStill(id: DocId, lastAt: number): boolean {
    const chat = catalog.entry(id);
    const project = chat === null || chat.project === null ? null : catalog.projects.entry(chat.project);
    if (chat === null || project === null || chat.goesAt === null || chat.goesAt > clock.now()) return false;
    return isDue({ ...chat, lastAt: Math.max(chat.lastAt, lastAt) }, project, clock.now());
  }

  const leave = catalog.observe(begin);
  begin();
  return {
    stop: () => {
      isStopped = true;
      leave();
      cancel?.();
    },
  };
}
