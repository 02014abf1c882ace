/**
 * Own envelopes on their way to the relay, as plain numbers: all counters up to `sealed` exist, those up to `committed` are on
 * this device's disk, those up to `acked` on the host's. The envelopes themselves are in the journal. Nothing leaves before it
 * is committed: a crash must never find the relay ahead of the device.
 */
import { inFlightMax } from "./limits.ts";

export interface Outbox {
  readonly sealed: number;
  readonly committed: number;
  readonly acked: number;
  /** Handed to the link and not answered yet: counters in (acked, sent]. */
  readonly sent: number;
}

export function createOutbox(tip: number, acked: number): Outbox {
  return { sealed: tip, committed: tip, acked: Math.min(acked, tip), sent: Math.min(acked, tip) };
}

/** How many the host has not acknowledged. */
export function pendingCount(outbox: Outbox): number {
  return outbox.sealed - outbox.acked;
}

/** The counters to hand to the link now, in order. */
export function nextToSend(outbox: Outbox): readonly number[] {
  const from = Math.max(outbox.sent, outbox.acked) + 1;
  const to = Math.min(outbox.committed, outbox.acked + inFlightMax);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

export const withSealed = (outbox: Outbox, counter: number): Outbox => ({ ...outbox, sealed: counter });

export const withCommitted = (outbox: Outbox, counter: number): Outbox => ({
  ...outbox,
  committed: Math.max(outbox.committed, counter),
});

export const withSent = (outbox: Outbox, counter: number): Outbox => ({
  ...outbox,
  sent: Math.max(outbox.sent, counter),
});

/** An acknowledgement stands for all before it: the relay keeps chains. */
export const withAcked = (outbox: Outbox, counter: number): Outbox => ({
  ...outbox,
  acked: Math.max(outbox.acked, Math.min(counter, outbox.sealed)),
  sent: Math.max(outbox.sent, Math.min(counter, outbox.sealed)),
});

/** The link broke: what was under way may be lost, and is repeated. */
export const withLinkLost = (outbox: Outbox): Outbox => ({ ...outbox, sent: outbox.acked });

/** The relay wants to go on from `expected`, which it had acknowledged before: it was rolled back. */
export const withRollback = (outbox: Outbox, expected: number): Outbox => ({
  ...outbox,
  acked: Math.min(outbox.acked, expected - 1),
  sent: Math.min(outbox.acked, expected - 1),
});
