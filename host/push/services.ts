/**
 * Who may be told: the push services of the browsers there are, at the public internet's addresses. A subscription is a device's word, and a stolen device may
 * say anything (SECURITY T-33), so the list is closed, and only HTTPS on its own port counts. What a name resolves to is looked at when it is called (post.ts).
 */
import { pushEndpointCharsMax } from "#sync/limits.ts";

/** `within`: names below it as well, since those services give each region or machine one of its own. */
const SERVICES: readonly { readonly name: string; readonly within: boolean }[] = [
  { name: "fcm.googleapis.com", within: false },
  { name: "updates.push.services.mozilla.com", within: false },
  { name: "push.apple.com", within: true },
  { name: "notify.windows.com", within: true },
];

/** The address as it is called, or `null` for one that nobody will call. */
export function parsePushEndpoint(endpoint: string, isService: (name: string) => boolean = isPushService): URL | null {
  if (endpoint.length > pushEndpointCharsMax) return null;
  const url = URL.parse(endpoint);
  if (url === null || url.protocol !== "https:" || url.port !== "") return null;
  if (url.username !== "" || url.password !== "" || url.hash !== "") return null;
  return isService(url.hostname) ? url : null;
}

export function isPushService(name: string): boolean {
  const labels = name.split(".");
  return SERVICES.some((service) => {
    const known = service.name.split(".");
    const below = labels.length - known.length;
    const isBelow = service.within ? below >= 1 : below === 0;
    return isBelow && labels.every((label) => label !== "") && labels.slice(below).join(".") === service.name;
  });
}
