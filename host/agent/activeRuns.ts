/**
 * The runs that are answered now: each from the key that a device lent for it to the moment in which that key is let go. A longer lease, a newer
 * key, a device that takes its word back, the roster and the clock all come in here.
 */
import type { DeviceKeys } from "#crypto/device.ts";
import type { BootId, DocId, RunId } from "#crypto/ids.ts";
import type { Connection } from "#sync/connection.ts";
import { clockSkewMs, waitingLeaseMs } from "#sync/limits.ts";
import type { Clock, Random } from "#sync/ports.ts";
import type { Backend } from "../backends/backend.ts";
import type { RunEnding } from "./ending.ts";
import type { LaneSender } from "./laneSender.ts";
import type { LentKey } from "./laneWriter.ts";
import { answeredRunsMax } from "./limits.ts";
import type { AcceptedOffer } from "./offers.ts";
import type { OpenReaders } from "./openReaders.ts";
import { answerRun, type RunOutcome } from "./run.ts";
import type { RunEnded } from "./runOptions.ts";
import type { HostTools } from "./runTools.ts";

export interface ActiveRunsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: DeviceKeys;
  readonly boot: BootId;
  readonly connection: Connection;
  readonly readers: OpenReaders;
  /** What answers this one from now on. */
  readonly backend: (offer: AcceptedOffer) => Backend;
  /** `undefined`: this host has none. */
  readonly tools: () => HostTools | undefined;
  readonly onPush: () => void;
  readonly onRunEnded: (ended: RunEnded) => void;
  /** Its keys are let go. */
  readonly onFinish: (outcome: RunOutcome | "failed inside the host") => void;
}

export interface ActiveRuns {
  start(offer: AcceptedOffer, offeredMs: number): void;
  /** A second grant of a run that goes on, by a device that is still there, is a longer lease. `false`: it does not go on here. */
  renew(offer: AcceptedOffer): boolean;
  /** In this life. */
  wasAnswered(run: RunId): boolean;
  /** Chats that are written into now. */
  docs(): ReadonlySet<DocId>;
  /** Left out, all of them. */
  end(why: RunEnding, which?: (offer: AcceptedOffer) => boolean): void;
  /** The relay is there again. */
  wake(): void;
  /** Resolves when those that go on now are over. */
  settled(): Promise<void>;
  /** Nothing more is sent. */
  close(): void;
}

interface ActiveRun {
  readonly offer: AcceptedOffer;
  /** By its newest grant. */
  lent: LentKey;
  readonly controller: AbortController;
  readonly done: Promise<void>;
  sender: LaneSender | null;
  notAfter: number;
  cancelExpiry: () => void;
}

export function createActiveRuns(options: ActiveRunsOptions): ActiveRuns {
  const { clock, random, keys, boot, connection, readers } = options;
  const active = new Map<RunId, ActiveRun>();
  const answered = new Set<RunId>();

  function start(offer: AcceptedOffer, offeredMs: number): void {
    const { run, doc, notAfter } = offer.grant;
    remember(run);
    const controller = new AbortController();
    const reader = readers.open(doc);
    const first = lentBy(offer);
    const tools = options.tools();
    const done = answerRun({
      ...{ offer, offeredMs, reader, connection, host: keys, boot, clock, random, signal: controller.signal },
      backend: options.backend(offer),
      lent: () => active.get(run)?.lent ?? first,
      ...(tools === undefined ? {} : { tools }),
      onSender: (sender) => {
        const running = active.get(run);
        if (running !== undefined) running.sender = sender;
      },
      onPush: options.onPush,
      onEnded: options.onRunEnded,
    }).then(
      (outcome) => finish(offer, outcome),
      () => finish(offer, "failed inside the host"),
    );
    const running: ActiveRun = {
      ...{ offer, lent: first, controller, done, sender: null, notAfter: 0 },
      cancelExpiry: () => {},
    };
    active.set(run, running);
    // Nobody may be there to renew it, and it must not hold a key for a day.
    expireAt(running, offer.isWaiting ? Math.min(notAfter, clock.now() + waitingLeaseMs) : notAfter);
  }

  function finish(offer: AcceptedOffer, outcome: RunOutcome | "failed inside the host"): void {
    const { run, doc, docKey } = offer.grant;
    active.get(run)?.cancelExpiry();
    active.get(run)?.lent.docKey.fill(0);
    active.delete(run);
    readers.close(doc);
    docKey.fill(0);
    // Nothing was written for it, so the device may lend its key again.
    if (outcome === "not asked" || outcome === "cancelled") answered.delete(run);
    options.onFinish(outcome);
  }

  function renew(offer: AcceptedOffer): boolean {
    const { run, doc, epoch, docKey, notAfter } = offer.grant;
    const running = active.get(run);
    if (running === undefined) return false;
    if (!offer.isWaiting && notAfter > running.notAfter) expireAt(running, notAfter);
    // Played again, an older grant must not bring back an older key.
    if (offer.isWaiting || epoch <= running.lent.epoch) {
      docKey.fill(0);
      return true;
    }
    readers.find(doc)?.lend(epoch, docKey);
    running.lent.docKey.fill(0);
    running.lent = lentBy(offer);
    return true;
  }

  function expireAt(running: ActiveRun, notAfter: number): void {
    running.cancelExpiry();
    running.notAfter = notAfter;
    running.cancelExpiry = clock.after(Math.max(0, notAfter + clockSkewMs - clock.now()), () =>
      running.controller.abort("expired" satisfies RunEnding),
    );
  }

  function remember(run: RunId): void {
    answered.add(run);
    const oldest = answered.values().next();
    if (answered.size > answeredRunsMax && oldest.done === false) answered.delete(oldest.value);
  }

  return {
    start,
    renew,
    wasAnswered: (run) => answered.has(run),
    docs: () => new Set([...active.values()].map(({ offer }) => offer.grant.doc)),
    end: (why, which = () => true) => {
      for (const running of active.values()) if (which(running.offer)) running.controller.abort(why);
    },
    wake: () => {
      for (const { sender } of active.values()) sender?.wake();
    },
    settled: async () => {
      await Promise.all([...active.values()].map(({ done }) => done));
    },
    close: () => {
      for (const { sender } of active.values()) sender?.close();
    },
  };
}

function lentBy({ grant, rosterSeq, rosterHead }: AcceptedOffer): LentKey {
  return { epoch: grant.epoch, docKey: grant.docKey, rosterSeq, rosterHead };
}
