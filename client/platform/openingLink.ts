/**
 * The link that a host prints: `/#c=<claim>&h=<host>`, later only `#h=<host>`. The claim is a secret for one use, so it leaves
 * the address bar and the history before anything else happens; `createVault` keeps it sealed if it must try again. Two more come
 * the same way: `/#p=…`, by which a device of the vault lets another one in, and `/#r=<vault>&h=<host>` from a recovery sheet.
 */

export interface OpeningLink {
  /** As it was printed, without the `#`; parsed by `crypto/claim.ts`. */
  readonly fragment: string;
  readonly hasClaim: boolean;
  readonly kind: "host" | "pairing" | "recovery";
}

/** `null` when the address carries no such link, for instance because it names a chat. */
export function readOpeningLink(hash: string): OpeningLink | null {
  const fragment = hash.replace(/^#/, "");
  const letter = /^([chpr])=/.exec(fragment)?.[1];
  if (letter === undefined) return null;
  if (letter === "p") return { fragment, hasClaim: false, kind: "pairing" };
  if (letter === "r") return { fragment, hasClaim: false, kind: "recovery" };
  const parts = new URLSearchParams(fragment);
  return { fragment, hasClaim: (parts.get("c") ?? "") !== "", kind: "host" };
}

export function takeOpeningLink(): OpeningLink | null {
  const link = readOpeningLink(location.hash);
  if (link !== null) history.replaceState(null, "", location.pathname + location.search);
  return link;
}
