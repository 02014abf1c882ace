/** Envelopes that cannot be judged yet (PK). */
import { earlyLanesMax, parkedBytesMax, parkedEnvelopesMax, parkedInAllBytesMax } from "./limits.ts";
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { refuse, type Draft } from "./roomDraft.ts";
import type { Parked } from "./roomState.ts";

export function park(draft: Draft, parked: Parked): void {
  const bytesOf = (some: readonly Parked[]): number => some.reduce((sum, { parsed }) => sum + parsed.bytes.length, 0);
  const ofAuthor = draft.parked.filter(({ parsed }) => parsed.author === parked.parsed.author);
  const isThere = ofAuthor.some(({ seq }) => seq === parked.seq);
  // PK2: beyond the limits they are let go; reading the log again brings them back.
  const isWithinLimits =
    ofAuthor.length < parkedEnvelopesMax &&
    bytesOf(ofAuthor) < parkedBytesMax &&
    bytesOf(draft.parked) < parkedInAllBytesMax;
  if (!isThere && isWithinLimits) draft.parked.push(parked);
}

/** CV1: also where a snapshot was held only when the key or the roster came that it waited for. */
export function isBehindHeld({ compaction: { held } }: Draft, seq: number): boolean {
  return held !== null && seq > held.seq;
}

/** Whatever waits for something that this log should hold. */
export function hasGap(draft: Draft): boolean {
  return draft.parked.some(({ waitsFor }) => waitsFor !== "roster");
}

/** The log is read to its end, and holds no REKEY for these: they never open. */
export function judgeUnopened(draft: Draft): void {
  const unopened = draft.parked.filter(({ waitsFor }) => waitsFor === "key");
  const authors = new Set(unopened.map(({ parsed }) => parsed.author));
  const isWaiting = ({ parsed, waitsFor }: Parked): boolean => waitsFor !== "key" && !authors.has(parsed.author);
  if (unopened.length === 0 || draft.parked.some(isWaiting)) return;
  draft.parked = draft.parked.filter((parked) => !unopened.includes(parked));
  for (const author of authors) refuse(draft, author, draft.lanes.get(author) ?? null);
}

/** WH2: a stranger's is let go, but that it was there is kept: its certificate may only come later. */
export function noteEarly(draft: Draft, { author, kind }: ParsedEnvelope): void {
  const mayBeLane =
    (kind === "update" || kind === "final") && !draft.roster.members.has(author) && !draft.lanes.has(author);
  if (mayBeLane && draft.early.size < earlyLanesMax) draft.early = new Set(draft.early).add(author);
}

/** A lane was certified by now of which something was let go before. */
export function missedEarly(draft: Draft): boolean {
  const certified = [...draft.early].filter((author) => draft.lanes.has(author));
  if (certified.length > 0) draft.early = new Set([...draft.early].filter((author) => !certified.includes(author)));
  return certified.some((author) => draft.lanes.get(author)?.state === "open");
}
