/** A doc's side of direct links: what it holds, what another device lacks, and what it has newly written. */
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { Journal } from "../journal.ts";
import type { OwnEnvelopes } from "../ownEnvelopes.ts";
import type { RoomState } from "../roomState.ts";
import type { DirectHub } from "./directHub.ts";

export interface JoinDirectOptions {
  readonly hub: DirectHub;
  readonly doc: DocId;
  readonly own: OwnEnvelopes;
  readonly journal: Journal;
  readonly state: () => RoomState;
  readonly take: (envelopes: readonly Uint8Array[]) => void;
  readonly takeEphemeral: (envelope: Uint8Array) => void;
}

export interface JoinedDirect {
  /** Hands over what is strictly committed since the last time: nobody may hold an envelope of ours that a crash could make us write anew. */
  publish(): void;
  leave(): void;
}

/** More than any counter: of a lane that is over, nothing is wanted. */
const ALL = Number.MAX_SAFE_INTEGER;

export function joinDirect({ hub, doc, own, journal, state, take, takeEphemeral }: JoinDirectOptions): JoinedDirect {
  let published = state().outbox.committed;

  function ownBetween(after: number, upTo: number): Uint8Array[] {
    const envelopes: Uint8Array[] = [];
    for (let counter = after + 1; counter <= upTo; counter++) {
      const envelope = own.get(counter);
      // What a snapshot covers may be gone; a row with a gap in it is of no use to anybody.
      if (envelope === undefined) return [];
      envelopes.push(envelope);
    }
    return envelopes;
  }

  const leave = hub.join({
    doc,
    held: () => {
      const { chains, lanes } = state();
      const held = new Map([...chains].map(([author, { counter }]) => [author, counter]));
      for (const [author, lane] of lanes) if (lane.state !== "open") held.set(author, ALL);
      return held;
    },
    beyond: (held) => {
      const { device, outbox } = state();
      const lacks = (author: AuthorId, counter: number): boolean => counter > (held.get(author) ?? 0);
      const others = journal.entries.filter((envelope) => {
        const { author, counter } = parseEnvelope(envelope);
        return author !== device && lacks(author, counter);
      });
      // A key that one of ours begins may be what the others' are sealed under.
      return [...ownBetween(held.get(device) ?? 0, outbox.committed), ...others];
    },
    take,
    takeEphemeral,
  });

  return {
    publish: () => {
      const { committed } = state().outbox;
      if (committed <= published) return;
      const envelopes = ownBetween(published, committed);
      published = committed;
      if (envelopes.length > 0) hub.noteWritten(doc, envelopes);
    },
    leave,
  };
}
