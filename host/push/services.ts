/**
 * Who may be told: the push services of the browsers there are, at the public internet's addresses. A subscription is a device's word, and a stolen device may
 * say anything (SECURITY T-33), so the list is closed, only HTTPS on its own port counts, and what a name resolves to is looked at before anything connects.
 */
import { BlockList, isIP, isIPv4 } from "node:net";
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

/** RFC 6890 and what came after it: everything that is somebody's own network, this machine, or nobody's. */
const NOT_PUBLIC: readonly string[] = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4"],
  // Of what IPv6 has in use: tunnels that carry an IPv4 address, and documentation.
  ...["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"],
];
const notPublic = toBlockList(NOT_PUBLIC);
/** All that is given out of IPv6; mapped, translated, local and multicast addresses lie outside. */
const given = toBlockList(["2000::/3"]);

export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes("%")) return false;
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  return (family === "ipv4" || given.check(address, family)) && !notPublic.check(address, family);
}

function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = "", bits = ""] = network.split("/");
    list.addSubnet(base, Number(bits), isIPv4(base) ? "ipv4" : "ipv6");
  }
  return list;
}
