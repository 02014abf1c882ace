/** What this device seals in one doc, and whether it may: each envelope is made when its turn in the chain comes (sealer.ts makes it). */
import { parseEnvelope, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import { canWrite } from "#crypto/roster.ts";
import type { BodyTurn } from "./batch.ts";
import { bodyBytesMax } from "./limits.ts";
import type { OwnEnvelopes } from "./ownEnvelopes.ts";
import { isKeyOutdated, isOrphaned, isRekeyDue, keysOfEpoch, openWithAny, writingKey } from "./rekey.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import type { RoomLoop } from "./roomLoop.ts";
import type { RoomEvent } from "./roomState.ts";
import { sealFirst, sealNext, sealRekeyNext } from "./sealer.ts";

const NOTHING = new Uint8Array(0);

export interface Sealing {
  readonly canSeal: boolean;
  /** The doc's first REKEY, by the device that made the doc. */
  begin(): void;
  /** RK8: nobody has begun this doc, and something was typed into it. */
  beginIfOrphaned(): void;
  rekeyIfDue(isGrant: boolean): void;
  /** A change of the Y.Doc. */
  change(body: Uint8Array, turn: BodyTurn): void;
  /** After a REKEY, if one is due. */
  seal(kind: "grant" | "grantEnd" | "beacon", clear: Uint8Array, body: Uint8Array): void;
  sealAsIs(kind: EnvelopeKind, clear: Uint8Array, body: Uint8Array): void;
  /** Presence, receipts and signals: sealed, and not in the chain; never under a key that a removed member holds. */
  tell(clear: Uint8Array, body: Uint8Array): boolean;
  /** This device's own changes behind that place in its chain, as they were sealed. */
  changesAfter(counter: number): readonly Uint8Array[];
}

export interface SealingOptions {
  readonly context: ReplicaContext;
  readonly loop: RoomLoop;
  readonly own: OwnEnvelopes;
  readonly isClosed: () => boolean;
  /** OB5: what this device holds of its own chain is all of it. */
  readonly isChainKnown: () => boolean;
  /** Something that was typed waits, and the log is read to its end. */
  readonly isWaiting: () => boolean;
  readonly isLinked: () => boolean;
}

export function createSealing(options: SealingOptions): Sealing {
  const { context, loop, own, isClosed } = options;
  const { keys, connection } = context;

  function canSeal(): boolean {
    const { state } = loop;
    return (
      !isClosed() &&
      !state.isQuarantined &&
      state.epochKeys.length > 0 &&
      // RM2: a device that knows of its removal writes no more.
      canWrite(state.roster, keys.id) &&
      state.vaultKeys.has(state.roster.generation) &&
      options.isChainKnown() &&
      !state.parked.some(({ parsed }) => parsed.author === keys.id)
    );
  }

  function mayBegin(): boolean {
    const { state } = loop;
    return isOrphaned(state) && canWrite(state.roster, keys.id) && state.vaultKeys.has(state.roster.generation);
  }

  function rekeyIfDue(isGrant: boolean): void {
    const createEvent = (): RoomEvent | null =>
      isRekeyDue(loop.state, isGrant) ? { type: "sealed", envelope: sealRekeyNext(context, loop.state) } : null;
    loop.dispatchLater({ createEvent });
  }

  function sealAsIs(kind: EnvelopeKind, clear: Uint8Array, body: Uint8Array): void {
    loop.dispatchLater({
      createEvent: () => ({ type: "sealed", envelope: sealNext(context, loop.state, kind, clear, body) }),
    });
  }

  return {
    get canSeal() {
      return canSeal();
    },
    begin: () =>
      loop.dispatchLater({ createEvent: () => ({ type: "sealed", envelope: sealFirst(context, loop.state) }) }),
    beginIfOrphaned: () => {
      if (!options.isWaiting() || isClosed() || loop.state.isQuarantined || !mayBegin()) return;
      const createEvent = (): RoomEvent | null =>
        mayBegin() ? { type: "sealed", envelope: sealFirst(context, loop.state) } : null;
      loop.dispatchLater({ createEvent });
    },
    rekeyIfDue,
    change: (body, { isWanted, onSealed, onFailed }) => {
      rekeyIfDue(false);
      const createEvent = (): RoomEvent | null => {
        if (!isWanted()) return null;
        // SZ1: every device would set the doc aside for it, this one too when it starts anew.
        if (body.length > bodyBytesMax) {
          onFailed();
          return null;
        }
        try {
          return { type: "sealed", envelope: sealNext(context, loop.state, "update", NOTHING, body) };
        } catch {
          // reason: it stays where it is, counts as unsaved, and is tried again.
          onFailed();
          return null;
        }
      };
      loop.dispatchLater({ createEvent, onTaken: () => (isWanted() ? onSealed() : undefined) });
    },
    seal: (kind, clear, body) => {
      rekeyIfDue(kind === "grant");
      sealAsIs(kind, clear, body);
    },
    sealAsIs,
    tell: (clear, body) => {
      const { state } = loop;
      if (!options.isLinked() && !context.direct.isLive) return false;
      if (!canWrite(state.roster, keys.id) || writingKey(state) === null || isKeyOutdated(state)) return false;
      const envelope = sealNext(context, state, "ephemeral", clear, body);
      connection.sendEphemeral(envelope);
      context.direct.tell(state.doc, envelope);
      return true;
    },
    changesAfter: (counter) => {
      const bodies: Uint8Array[] = [];
      const { state } = loop;
      for (let at = counter + 1; at <= state.outbox.sealed; at++) {
        const envelope = own.get(at);
        const parsed = envelope === undefined ? null : parseEnvelope(envelope);
        const opened = parsed?.kind === "update" ? openWithAny(parsed, keysOfEpoch(state, parsed.epoch)) : null;
        if (opened !== null) bodies.push(opened.body);
      }
      return bodies;
    },
  };
}
