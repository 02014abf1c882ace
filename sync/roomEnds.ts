/**
 * The room's steps that find out where a removed device's chain ends (RM7): what members say of it stands in REKEYs, perhaps behind the very envelopes that
 * it is to judge. So the log is gone through once for that, to the end of an answer that was asked for knowing of the removal, and then once more.
 */
import type { ParsedEnvelope } from "#crypto/envelopeHeader.ts";
import { placeAtEnd } from "./rekey.ts";
import type { Draft } from "./roomDraft.ts";
import type { RoomEvent } from "./roomState.ts";

type Page = Extract<RoomEvent, { type: "entries" }>;

/** Nobody knows before that whether a member says where a removed device's chain ends. */
export function judgeEnd(
  draft: Draft,
  parsed: ParsedEnvelope,
  hash: string,
): "before" | "behind" | "unsaid" | "unknown" {
  const removedSeq = draft.roster.members.get(parsed.author)?.removedSeq ?? null;
  if (removedSeq === null) return "unsaid";
  const place = placeAtEnd(draft, parsed, hash);
  return place === "unknown" && draft.endsRosterSeq >= removedSeq ? "unsaid" : place;
}

/** What was on its way when the log was asked for goes on from the page before it; the answer begins earlier. */
export function noteAnswer(draft: Draft, page: Page): void {
  // Where no mark says where a page begins, all of it lies in what was read: one made-up entry in front proves nothing.
  const begins = page.marks?.from?.seq ?? (page.entries.at(-1)?.seq ?? Infinity) - 1;
  if (draft.endsReading === "asked" && begins < draft.cursor) draft.endsReading = "begun";
}

/** The log was asked for from there, and this page of the answer says what stands there now: what was awaited, something else, or nothing. */
export function stopAwaiting(draft: Draft, page: Page): void {
  const { awaitedSeq, endsRosterSeq, roster } = draft;
  if (awaitedSeq === null || endsRosterSeq < roster.seq || beginOf(page) >= awaitedSeq) return;
  if (!page.more || (page.entries.at(-1)?.seq ?? 0) >= awaitedSeq) draft.awaitedSeq = null;
}

/** At the end of a page that is the newest: whether the log is to be read further, or again, before it counts as read. */
export function isAwaitingEnds(draft: Draft): boolean {
  if (draft.awaitedSeq === null) {
    draft.endsReading = "no";
    return false;
  }
  if (draft.endsRosterSeq >= draft.roster.seq || draft.endsReading === "asked") return true;
  if (draft.endsReading === "begun") draft.endsRosterSeq = draft.roster.seq;
  draft.endsReading = draft.endsReading === "begun" ? "no" : "asked";
  draft.effects.push({ type: "ask" });
  return true;
}

/** Behind which seq a page begins. */
function beginOf({ entries, marks }: Page): number {
  return marks?.from?.seq ?? (entries[0]?.seq ?? Infinity) - 1;
}
