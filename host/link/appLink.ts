/**
 * The link that the host prints. Everything of worth is behind the `#`, which a browser never sends: `c` is the claim's
 * seed and is gone once a vault has claimed the host, `h` is the fingerprint of the host's keys. The form is
 * crypto/claim.ts's, which a test holds this one to.
 */
import { renderUnicodeCompact } from "uqr";
import { bytesToBase64Url } from "#crypto/bytes.ts";
import type { HttpsState } from "../tls/httpsState.ts";

export function appLink(port: number, seed: Uint8Array | null, fingerprint: Uint8Array): string {
  const claim = seed === null ? "" : `c=${bytesToBase64Url(seed)}&`;
  return `http://localhost:${port}/#${claim}h=${bytesToBase64Url(fingerprint)}`;
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
