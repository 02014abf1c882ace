/** This device's envelopes of one doc by counter: the newest at hand, older ones from the journal when a host asks for them again. */
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { AuthorId } from "#crypto/ids.ts";

export interface OwnEnvelopes {
  isOwn(envelope: Uint8Array): boolean;
  /** Takes note of it if it is this device's. */
  note(envelope: Uint8Array): void;
  get(counter: number): Uint8Array | undefined;
  /** What was at hand lies in the journal's archive now. */
  forget(): void;
}

export function createOwnEnvelopes(device: AuthorId, archive: () => readonly Uint8Array[]): OwnEnvelopes {
  const atHand = new Map<number, Uint8Array>();

  const note = (envelope: Uint8Array): void => {
    const { author, counter } = parseEnvelope(envelope);
    if (author === device) atHand.set(counter, envelope);
  };

  return {
    isOwn: (envelope) => parseEnvelope(envelope).author === device,
    note,
    get: (counter) => {
      // Only a host that was rolled back, or away for long, wants one that was folded away.
      if (!atHand.has(counter)) for (const envelope of archive()) note(envelope);
      return atHand.get(counter);
    },
    forget: () => atHand.clear(),
  };
}
