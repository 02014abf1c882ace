/**
 * The link that a host prints: `/#c=<claim>&h=<host>`, later only `#h=<host>`. The claim is a secret for one use, so it leaves
 * the address bar and the history before anything else happens; `createVault` keeps it sealed if it must try again.
 */

export interface OpeningLink {
  /** As it was printed, without the `#`; parsed by `crypto/claim.ts`. */
  readonly fragment: string;
  readonly hasClaim: boolean;
}

/** `null` when the address carries no such link, for instance because it names a chat. */
export function readOpeningLink(hash: string): OpeningLink | null {
  const fragment = hash.replace(/^#/, "");
  if (!/^[ch]=/.test(fragment)) return null;
  const parts = new URLSearchParams(fragment);
  return { fragment, hasClaim: (parts.get("c") ?? "") !== "" };
}

export function takeOpeningLink(): OpeningLink | null {
  const link = readOpeningLink(location.hash);
  if (link !== null) history.replaceState(null, "", location.pathname + location.search);
  return link;
}
