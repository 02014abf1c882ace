/** A doc on this device as its openers use it (replicaTypes.ts): what they ask of it, and what they have it do. */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { Batch } from "./batch.ts";
import type { CommitLoop } from "./commitLoop.ts";
import { VaultError } from "./errors.ts";
import type { Journal } from "./journal.ts";
import { keysOfEpoch, writingKey } from "./rekey.ts";
import type { RemovalRead } from "./removalRead.ts";
import { countRemoved, devicesWithout, statusOf, type ReplicaMoment } from "./replicaStatus.ts";
import type { Replica, ReplicaContext, ReplicaEvents } from "./replicaTypes.ts";
import type { RoomLoop } from "./roomLoop.ts";
import type { Sealing } from "./sealing.ts";
import { countAside, takeOver } from "./setAside.ts";

export interface ReplicaParts extends Pick<Replica, "heldOf" | "openLive" | "close"> {
  readonly doc: DocId;
  readonly yDoc: Y.Doc;
  readonly awareness: Awareness;
  readonly context: ReplicaContext;
  readonly events: ReplicaEvents;
  readonly loop: RoomLoop;
  readonly journal: Journal;
  readonly batch: Batch;
  readonly sealing: Sealing;
  readonly commits: CommitLoop;
  readonly removalRead: RemovalRead;
  readonly isClosed: () => boolean;
  readonly moment: () => Pick<ReplicaMoment, "isLinked" | "isCaughtUp" | "unsealed">;
  /** What was typed is in the batch. */
  readonly isHandedOver: () => boolean;
  readonly handOver: () => void;
}

export function createReplicaHandle(parts: ReplicaParts): Replica {
  const { doc, yDoc, awareness, context, events, loop, journal, batch, sealing, commits, removalRead } = parts;

  function checkWritable(): void {
    if (!sealing.canSeal) throw new VaultError("quarantine", "doc is not writable");
  }

  return {
    doc,
    yDoc,
    awareness,
    status: () =>
      statusOf(loop.state, {
        ...parts.moment(),
        setAside: countAside(journal.aside),
        storage: commits.isFailing ? "UNSTORED" : journal.wasTaken() ? "TAKEN" : null,
      }),
    laneOf: (run) => [...loop.state.lanes.values()].find((lane) => lane.run === run) ?? null,
    openLive: parts.openLive,
    keyToLend: () => {
      if (!sealing.canSeal || removalRead.underWay !== null) return null;
      batch.seal();
      sealing.rekeyIfDue(true);
      const key = writingKey(loop.state);
      return key === null ? null : { epoch: key.epoch, docKey: key.docKey };
    },
    openGrants: () => loop.state.openGrants,
    isEpochOutdated: (epoch) => (keysOfEpoch(loop.state, epoch)[0]?.generation ?? 0) < loop.state.roster.generation,
    get isWritable() {
      return sealing.canSeal;
    },
    get cursor() {
      return loop.state.cursor;
    },
    get mark() {
      return loop.state.mark;
    },
    heldOf: parts.heldOf,
    takeReceipt: (device: AuthorId, counter) => loop.dispatch({ type: "receipt", device, counter }),
    unconfirmed: () => ({ counter: loop.state.outbox.acked, by: devicesWithout(loop.state) }),
    tell: sealing.tell,
    decideSetAside: (author, decision) => {
      const ofAuthor = (envelope: Uint8Array): boolean => parseEnvelope(envelope).author === author;
      if (decision === "take") {
        checkWritable();
        takeOver(yDoc, loop.state, journal.aside.filter(ofAuthor));
      }
      journal.dropAside(ofAuthor);
      void commits.run();
      events.onStatus();
    },
    write: (kind, clear, body) => {
      checkWritable();
      batch.seal();
      sealing.seal(kind, clear, body);
    },
    flush: async () => {
      if (!parts.isHandedOver()) {
        // The provider is between two sockets, as after a laptop slept: it hands over what was typed when it connects.
        parts.handOver();
        await Promise.resolve();
      }
      await removalRead.underWay;
      batch.seal();
      // What is typed while this waits is for the next one: a catalog has other writers than who asks.
      const held = new Set(batch.changes);
      await commits.run();
      // A chat that was opened before its key arrived, or was set aside: what was typed is in memory alone.
      if (batch.changes.some((change) => held.has(change)))
        throw new VaultError(
          loop.state.isQuarantined ? "quarantine" : "no-host",
          "typed where nothing can be sealed yet",
        );
    },
    slip: {
      found: journal.slip,
      put: (slip) => {
        if (parts.isClosed()) return;
        journal.setSlip(slip);
        void commits.run();
      },
    },
    uncommitted: () => {
      // RM7: the page goes, and what was typed must not go with it; the end is said with the next REKEY.
      removalRead.end();
      batch.seal();
      const update = journal.uncommitted();
      return update === null ? null : [journal.name, update];
    },
    unsent: () => [...sealing.changesAfter(loop.state.outbox.acked), ...batch.changes],
    refreshRoster: () => {
      const removed = countRemoved(loop.state.roster);
      loop.dispatch({ type: "roster", roster: context.roster(), vaultKeys: context.vaultKeys() });
      // RM3: what the removed device got to the host in time must be read before the door is shut.
      if (countRemoved(loop.state.roster) > removed) removalRead.begin();
    },
    close: parts.close,
  };
}
