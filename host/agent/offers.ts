/** Whether an offer is a grant for us: everything that is checked before a lent key is used. The relay, which hands it over, is not trusted. */
import type { BoxKey } from "#crypto/device.ts";
import { openEnvelope } from "#crypto/envelope.ts";
import { parseEnvelope, verifyEnvelope } from "#crypto/envelopeHeader.ts";
import { CryptoError } from "#crypto/errors.ts";
import { decodeRequest, openGrant, type Grant, type Request } from "#crypto/grant.ts";
import { parseGrantClear, WAITING_BOOT } from "#crypto/grantHeader.ts";
import type { AuthorId, BootId, DocId } from "#crypto/ids.ts";
import { canWrite, type Roster } from "#crypto/roster.ts";
import { clockSkewMs, grantLifeMs, waitingGrantLifeMs } from "#sync/limits.ts";

export interface Offer {
  readonly doc: DocId;
  readonly seq: number;
  readonly envelope: Uint8Array;
}

export interface AcceptedOffer {
  readonly grant: Grant;
  readonly request: Request;
  /** The device that asks. */
  readonly author: AuthorId;
  readonly seq: number;
  /** The roster that the device knew: what the lane writes under this key names it, too. */
  readonly rosterSeq: number;
  readonly rosterHead: Uint8Array;
  /** Given while this host was away, to its lasting key. */
  readonly isWaiting: boolean;
}

export interface OfferContext {
  readonly roster: Roster;
  readonly host: AuthorId;
  readonly boot: BootId;
  readonly bootBox: BoxKey;
  /** The host's lasting one, for waiting grants. */
  readonly hostBox: BoxKey;
  readonly nowMs: number;
}

export type OfferVerdict =
  | { readonly kind: "good"; readonly offer: AcceptedOffer }
  /** It names a roster entry that we have not seen: ask for it, then judge again. */
  | { readonly kind: "needsRoster" }
  /** `isClock`: the device's clock and ours differ by too much to lend a key by. */
  | { readonly kind: "bad"; readonly why: string; readonly isClock: boolean };

export function judgeOffer(offer: Offer, context: OfferContext): OfferVerdict {
  try {
    return judge(offer, context);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return bad(error.code);
  }
}

function judge({ doc, seq, envelope }: Offer, context: OfferContext): OfferVerdict {
  const { roster, nowMs } = context;
  // The frame's bytes belong to the link, and what is kept must be ours.
  const parsed = parseEnvelope(envelope.slice());
  if (parsed.kind !== "grant" || parsed.doc !== doc) return bad("not a grant of this doc");
  if (parsed.rosterSeq > roster.seq) return { kind: "needsRoster" };
  const member = roster.members.get(parsed.author);
  if (member === undefined || !canWrite(roster, parsed.author)) return bad("not by an active device");
  if (!verifyEnvelope(parsed, member.signKey)) return bad("signature");
  const clear = parseGrantClear(parsed.clear);
  const isWaiting = clear.boot === WAITING_BOOT;
  if (clear.host !== context.host || (clear.boot !== context.boot && !isWaiting)) return bad("another boot");
  // One that waited too long says nothing about clocks.
  if (clear.notAfter < nowMs - clockSkewMs) return bad("expired", !isWaiting);
  const lifeMs = isWaiting ? waitingGrantLifeMs : grantLifeMs;
  if (clear.notAfter > nowMs + lifeMs + clockSkewMs) return bad("valid for too long", true);
  const grant = openGrant(parsed.clear, isWaiting ? context.hostBox : context.bootBox);
  if (grant === null) return bad("not sealed to this boot");
  if (grant.doc !== doc || grant.epoch !== parsed.epoch) return bad("for another doc");
  // It opens only under the doc's key, so a box from elsewhere cannot be put into it.
  const request = decodeRequest(openEnvelope(parsed, grant.docKey));
  if (request.run !== grant.run) return bad("for another run");
  return {
    kind: "good",
    offer: {
      grant,
      request,
      author: parsed.author,
      seq,
      rosterSeq: parsed.rosterSeq,
      rosterHead: parsed.rosterHead,
      isWaiting,
    },
  };
}

function bad(why: string, isClock = false): OfferVerdict {
  return { kind: "bad", why, isClock };
}
