/**
 * Questions that wait for their turn. Devices take turns, so that one that asks ten things does not keep another waiting; of one device
 * the oldest goes first, and a chat's questions are answered one after another, since each builds on the answer before it.
 */
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import { offersPerDeviceMax, offersWaitingMax } from "./limits.ts";
import type { AcceptedOffer } from "./offers.ts";

export interface WaitingOffer {
  readonly offer: AcceptedOffer;
  readonly offeredMs: number;
}

export interface OfferQueue {
  /** `false`: too many wait. Another grant of a run that waits keeps its place; one to this very life is the better. */
  add(offer: AcceptedOffer, nowMs: number): boolean;
  /** The next whose chat is not busy; `null` when there is none. */
  take(busy: ReadonlySet<DocId>): WaitingOffer | null;
  remove(run: RunId): void;
  clear(): void;
  /** In the order in which they will be answered, as far as that can be known. */
  runs(): readonly RunId[];
  /** Since when the oldest of them waits; `null`: none does. */
  readonly sinceMs: number | null;
}

export function createOfferQueue(): OfferQueue {
  let waiting: readonly WaitingOffer[] = [];
  /** How often each device had its turn; a newcomer begins where the least served stands, and gains nothing by its absence. */
  const turns = new Map<AuthorId, number>();

  const turnsOf = (author: AuthorId): number => turns.get(author) ?? 0;

  /** The oldest of the device that was served least. */
  const next = (from: readonly WaitingOffer[], served: (author: AuthorId) => number): WaitingOffer | null => {
    let best: WaitingOffer | null = null;
    for (const each of from) {
      if (best === null || served(each.offer.author) < served(best.offer.author)) best = each;
    }
    return best;
  };

  const serve = (author: AuthorId): void => {
    turns.set(author, turnsOf(author) + 1);
    // Nobody waits any more: all begin anew.
    if (waiting.length === 0) turns.clear();
  };

  return {
    add: (offer, nowMs) => {
      const { run } = offer.grant;
      const known = waiting.find((other) => other.offer.grant.run === run);
      if (known !== undefined) {
        if (!offer.isWaiting)
          waiting = waiting.map((other) => (other === known ? { offer, offeredMs: known.offeredMs } : other));
        return true;
      }
      const ofDevice = waiting.filter((other) => other.offer.author === offer.author).length;
      if (waiting.length >= offersWaitingMax || ofDevice >= offersPerDeviceMax) return false;
      waiting = [...waiting, { offer, offeredMs: nowMs }];
      if (!turns.has(offer.author)) turns.set(offer.author, turns.size === 0 ? 0 : Math.min(...turns.values()));
      return true;
    },
    take: (busy) => {
      const found = next(
        waiting.filter(({ offer }) => !busy.has(offer.grant.doc)),
        turnsOf,
      );
      if (found === null) return null;
      waiting = waiting.filter((other) => other !== found);
      serve(found.offer.author);
      return found;
    },
    remove: (run) => {
      waiting = waiting.filter(({ offer }) => offer.grant.run !== run);
    },
    clear: () => {
      waiting = [];
    },
    runs: () => {
      const order: RunId[] = [];
      const served = new Map(turns);
      const servedOf = (author: AuthorId): number => served.get(author) ?? 0;
      let left = waiting;
      for (let found = next(left, servedOf); found !== null; found = next(left, servedOf)) {
        const { author, grant } = found.offer;
        served.set(author, servedOf(author) + 1);
        order.push(grant.run);
        left = left.filter((other) => other !== found);
      }
      return order;
    },
    get sinceMs() {
      return waiting[0]?.offeredMs ?? null;
    },
  };
}
