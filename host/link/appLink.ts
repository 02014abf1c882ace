/**
 * The link that the host prints. Everything of worth is behind the `#`, which a browser never sends: `c` is the claim's
 * seed and is gone once a vault has claimed the host, `h` is the fingerprint of the host's keys. The form is
 * crypto/claim.ts's, which a test holds this one to.
 */
import { isIPv6 } from "node:net";
import { renderUnicodeCompact } from "uqr";
import { bytesToBase64Url } from "#crypto/bytes.ts";
import type { HostStatus } from "../hostStatus.ts";
import type { HttpsState } from "../tls/httpsState.ts";

export function appLink(port: number, seed: Uint8Array | null, fingerprint: Uint8Array): string {
  return appLinkAt(`http://localhost:${port}`, seed, fingerprint);
}

function appLinkAt(origin: string, seed: Uint8Array | null, fingerprint: Uint8Array): string {
  const claim = seed === null ? "" : `c=${bytesToBase64Url(seed)}&`;
  return `${origin}/#${claim}h=${bytesToBase64Url(fingerprint)}`;
}

/** What to give away so that it opens on another machine, the best first; empty while none reaches this host. A browser there keeps a vault over HTTPS alone, a terminal comes either way. */
export function linksForOthers(
  { tailnet, https, port }: Pick<HostStatus, "tailnet" | "https" | "port">,
  seed: Uint8Array | null,
  fingerprint: Uint8Array,
): readonly string[] {
  const secure = https?.origins ?? [];
  const plain = tailnet.map((address) => `http://${isIPv6(address) ? `[${address}]` : address}:${port}`);
  return (secure.length > 0 ? secure : plain).map((origin) => appLinkAt(origin, seed, fingerprint));
}

/** For who has to be told to trust this host before a link of it opens; `null` where every browser knows its certificate. */
export function trustNotice(https: HttpsState | null): string | null {
  if (https === null || https.authority === null) return null;
  const { page, fingerprint } = https.authority;
  return `A browser has to trust this host first, once: open ${page} on it, and compare\n${fingerprint}`;
}

/** The line that people and tools look for, and the same as a QR code for a camera. */
export function linkNotice(link: string): string {
  return `\nOpen: ${link}\n\n${renderUnicodeCompact(link, { border: 2 })}\n`;
}

/** Where the app opens on the owner's other devices, and what each has to be told before, where the host vouches for itself. */
export function otherDevicesNotice({ origins, authority }: HttpsState): string | null {
  const [origin] = origins;
  if (origin === undefined) return null;
  if (authority === null) return `\nOn your other devices: ${origin}/\n`;
  return [
    `\nOn your other devices, once, to trust this host: ${authority.page}`,
    `  Compare there: ${authority.fingerprint}`,
    `Then open: ${origin}/\n`,
  ].join("\n");
}

/** Of a relay by itself: what its agent's machine is started with. */
export function relayNotice(place: string): string {
  return `\nStart the agent on its machine with:\n\n  SOVEREIGN_RELAY='${place}' npm start -- --only agent\n`;
}

/** Of an agent by itself: what its relay's machine is started with. `isAlone`: this one cannot go on without a relay. */
export function agentNotice(keys: string, isAlone: boolean): string {
  const command = `  SOVEREIGN_AGENT=${keys} npm start -- --only relay\n`;
  if (!isAlone) return `\nThis agent is let in by a relay that was started with:\n\n${command}`;
  return `\nThis agent needs a relay. Start one on the other machine with:\n\n${command}\nIt prints the SOVEREIGN_RELAY=… to start this one with.\n`;
}
