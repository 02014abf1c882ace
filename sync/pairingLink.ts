/** The link that a pairing code holds: where the host is, and crypto/pairing.ts's invitation behind the `#`, which no browser sends. */
import { invitationLinkFragment, parseInvitationLink, type Invitation } from "#crypto/pairing.ts";

export interface PairingLink {
  readonly invitation: Invitation;
  /** Where the host is; `null` when only the part behind the `#` was given. */
  readonly origin: string | null;
}

export function pairingLink(origin: string, invitation: Invitation): string {
  return `${origin}/#${invitationLinkFragment(invitation)}`;
}

/** A link as it was scanned, pasted (once or twice) or typed: spaces and line breaks in it do no harm. `null` for anything else. */
export function parsePairingLink(text: string): PairingLink | null {
  const link = once(text.replace(/\s+/g, ""));
  const at = link.indexOf("#");
  const invitation = parseInvitationLink(link.slice(at + 1));
  if (invitation === null) return null;
  if (at <= 0) return { invitation, origin: null };
  const url = URL.parse(link.slice(0, at));
  return url !== null && (url.protocol === "http:" || url.protocol === "https:")
    ? { invitation, origin: url.origin }
    : null;
}

function once(link: string): string {
  const half = link.slice(0, link.length / 2);
  return half + half === link ? half : link;
}
