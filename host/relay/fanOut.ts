/**
 * Who follows which doc, and what they have been sent. There is one way out: from the log, page by page, from each
 * follower's cursor. A new envelope only makes its followers due again. So a slow reader costs nothing but a cursor,
 * and nobody sees what is not yet on the disk.
 */
import type { DocId, VaultId } from "#crypto/ids.ts";
import { encodeFrame } from "#sync/frame.ts";
import { entriesBytesMax } from "#sync/limits.ts";
import { untilSnapshot, type LogStore } from "#sync/log.ts";
import { pagesPerTurnMax, subscriptionsMax, unsentBytesMax } from "./limits.ts";
import type { ServerLink } from "./server.ts";

/** One link's subscriptions. */
export interface Follower {
  /** Follows `doc` from `cursor`, or from a new cursor. `false` when it follows too many. */
  follow(vault: VaultId, doc: DocId, cursor: number): boolean;
  leave(doc: DocId): void;
  /** The link takes more again. */
  resume(): void;
  close(): void;
}

export interface FanOut {
  createFollower(link: ServerLink): Follower;
  /** The doc's log has grown, durably. */
  notify(doc: DocId): void;
  /** Hands an unlogged frame to everyone who follows the doc and keeps up, but not to its sender. */
  tell(vault: VaultId, doc: DocId, frame: Uint8Array, except: Follower): void;
}

interface Subscription {
  readonly vault: VaultId;
  readonly doc: DocId;
  readonly link: ServerLink;
  readonly owner: Follower;
  cursor: number;
  /** It began with nothing: until it has caught up, it is not sent what the newest snapshot covers. */
  isFresh: boolean;
  /** A SUB is always answered, also when there is nothing. */
  owesAnswer: boolean;
  /** It was due while the link took nothing. */
  isBlocked: boolean;
  /** It has been sent all that there was: what comes next goes before what others have to catch up with. */
  isCaughtUp: boolean;
}

/** Pages of one round: who keeps up stands where the others do, so one is read and encoded for all of them. */
interface Pages {
  head(vault: VaultId, doc: DocId): number;
  after(vault: VaultId, doc: DocId, cursor: number, isFresh: boolean): Page;
}

interface Page {
  readonly frame: Uint8Array;
  readonly last: number;
}

function createPages(log: LogStore): Pages {
  const heads = new Map<string, number>();
  const pages = new Map<string, Page>();
  const head = (vault: VaultId, doc: DocId): number => {
    const key = `${vault} ${doc}`;
    const known = heads.get(key) ?? log.head(vault, doc);
    heads.set(key, known);
    return known;
  };
  const read = (vault: VaultId, doc: DocId, cursor: number, isFresh: boolean): Page => {
    const newest = head(vault, doc);
    const from = log.mark(vault, doc, cursor);
    const entries = untilSnapshot(log.read(vault, doc, cursor, entriesBytesMax, isFresh));
    const last = entries.at(-1)?.seq ?? newest;
    const marks = { from, to: log.mark(vault, doc, last) };
    const frame = encodeFrame({ type: "entries", doc, entries, head: newest, more: last < newest, marks });
    return { frame, last };
  };
  return {
    head,
    after: (vault, doc, cursor, isFresh) => {
      const key = `${vault} ${doc} ${cursor} ${isFresh}`;
      const page = pages.get(key) ?? read(vault, doc, cursor, isFresh);
      // The newest alone, so that many who catch up from different places hold no page each.
      pages.clear();
      pages.set(key, page);
      return page;
    },
  };
}

/** `isDestroyed`: what is left of such a log for a moment is told to nobody. */
export function createFanOut(
  log: LogStore,
  isDestroyed: (vault: VaultId, doc: DocId) => boolean = () => false,
): FanOut {
  const byDoc = new Map<DocId, Set<Subscription>>();
  /** Who had all of a log that has grown, and who has more than that to read. */
  const [growing, behind] = [new Set<Subscription>(), new Set<Subscription>()];
  let isScheduled = false;

  const schedule = (subscription: Subscription): void => {
    if (subscription.isCaughtUp) growing.add(subscription);
    else behind.add(subscription);
    scheduleRound();
  };

  const scheduleRound = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    // One page each and then the next turn, so that neither a long log nor many of them keep other links waiting.
    setImmediate(() => {
      isScheduled = false;
      const pages = createPages(log);
      // A device that asks for all its docs has a page of each to come, which is many rounds: nobody's words stand behind them.
      const round = [...takeFirst(growing, pagesPerTurnMax), ...takeFirst(behind, pagesPerTurnMax)];
      for (const each of round) sendPage(each, pages);
      if (growing.size + behind.size > 0) scheduleRound();
    });
  };

  const sendPage = (subscription: Subscription, pages: Pages): void => {
    const { vault, doc, link } = subscription;
    if (!byDoc.get(doc)?.has(subscription) || isDestroyed(vault, doc)) return;
    subscription.isBlocked = link.unsentBytes > unsentBytesMax;
    if (subscription.isBlocked) {
      subscription.isCaughtUp = false;
      return;
    }
    const head = pages.head(vault, doc);
    // A cursor beyond the head means that this log was rolled back: the answer says so by its head, and what comes next
    // is sent from there.
    subscription.cursor = Math.min(subscription.cursor, head);
    subscription.isCaughtUp = true;
    if (subscription.cursor === head && !subscription.owesAnswer) return;
    const { frame, last } = pages.after(vault, doc, subscription.cursor, subscription.isFresh);
    const more = last < head;
    subscription.cursor = last;
    subscription.isFresh &&= more;
    subscription.isCaughtUp = !more;
    subscription.owesAnswer = false;
    link.send(frame);
    if (more) schedule(subscription);
  };

  return {
    createFollower: (link) => {
      const own = new Map<DocId, Subscription>();
      const leave = (doc: DocId): void => {
        const subscription = own.get(doc);
        if (subscription === undefined) return;
        own.delete(doc);
        for (const due of [growing, behind]) due.delete(subscription);
        const followers = byDoc.get(doc);
        followers?.delete(subscription);
        if (followers?.size === 0) byDoc.delete(doc);
      };
      const follower: Follower = {
        follow: (vault, doc, cursor) => {
          leave(doc);
          if (own.size >= subscriptionsMax) return false;
          const subscription: Subscription = {
            vault,
            doc,
            link,
            owner: follower,
            cursor,
            isFresh: cursor === 0,
            owesAnswer: true,
            isBlocked: false,
            isCaughtUp: false,
          };
          own.set(doc, subscription);
          const followers = byDoc.get(doc) ?? new Set();
          byDoc.set(doc, followers.add(subscription));
          schedule(subscription);
          return true;
        },
        leave,
        resume: () => {
          for (const subscription of own.values()) if (subscription.isBlocked) schedule(subscription);
        },
        close: () => {
          for (const doc of own.keys()) leave(doc);
        },
      };
      return follower;
    },
    notify: (doc) => {
      for (const subscription of byDoc.get(doc) ?? []) schedule(subscription);
    },
    tell: (vault, doc, frame, except) => {
      // Who follows a doc of that name in another vault follows another doc, which is not there.
      for (const { owner, link, vault: followed } of byDoc.get(doc) ?? []) {
        if (owner !== except && followed === vault && link.unsentBytes <= unsentBytesMax) link.send(frame);
      }
    },
  };
}

/** … and they are in it no more. */
function takeFirst<T>(waiting: Set<T>, most: number): readonly T[] {
  const taken: T[] = [];
  for (const each of waiting) {
    if (taken.length === most) break;
    taken.push(each);
    waiting.delete(each);
  }
  return taken;
}
