/**
 * What a connection may call us. This is the one place that says which names, addresses, ports and schemes are ours; the
 * gates of the relay and of the gateway judge `Host` and `Origin` by it.
 *
 * It follows from the socket itself: who came in by loopback may name loopback, who came in on the tailnet address may
 * name that address and what the tailnet calls it, and nobody may name one while standing at the other. What came through TLS (host/tls) has
 * no end of its own any more, and is told by what names its certificate holds.
 */
import { BlockList, isIPv6 } from "node:net";

export interface Doorway {
  readonly scheme: "http" | "https";
  /** As in a `Host` header without its port, in lower case; the first one is told to who used a wrong one. */
  readonly hosts: readonly string[];
  readonly port: number;
}

/** By which way a connection came in, as the door tells the part that gets it. */
export interface Came {
  /** What the tailnet calls the address that it came in on (see tailnet.ts); nothing for loopback. */
  readonly names: readonly string[];
  /** It came through TLS on this port (host/tls), and `names` is all that it may call us. */
  readonly securePort: number | null;
}

/** A socket's own end. */
export interface LocalEnd {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"];
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");
const schemePorts = { http: 80, https: 443 } as const;

/**
 * `names`: what the tailnet calls the address that the connection came in on (see tailnet.ts); nothing for loopback. `securePort`: it came
 * through TLS on that port, and `names` is all that it may call us.
 */
export function doorwayOf(end: LocalEnd, names: readonly string[], securePort: number | null = null): Doorway {
  if (securePort !== null) return { scheme: "https", hosts: names, port: securePort };
  const { localAddress = "", localPort = 0 } = end;
  if (isLoopbackAddress(localAddress)) return { scheme: "http", hosts: LOOPBACK_HOSTS, port: localPort };
  // A socket that has closed has no address any more, and then nothing is ours.
  const address = localAddress === "" ? [] : [isIPv6(localAddress) ? `[${localAddress}]` : localAddress];
  return { scheme: "http", hosts: [...address, ...names], port: localPort };
}

export function isLoopbackAddress(address: string): boolean {
  return address !== "" && loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Whether a `Host` header names this doorway. */
export function isOurHost(host: string, { scheme, hosts, port }: Doorway): boolean {
  const match = /^([^:[\]]+|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?$/i.exec(host);
  const [, name = "", portText] = match ?? [];
  return hosts.includes(name.toLowerCase()) && Number(portText ?? schemePorts[scheme]) === port;
}

/** The origin of a page that was opened at `host`, which `isOurHost` has let pass. */
export function originOf(host: string, { scheme }: Doorway): string {
  return `${scheme}://${host.toLowerCase()}`;
}

/** What to open instead. */
export function addressToOpen({ scheme, hosts, port }: Doorway): string {
  return `${scheme}://${hosts[0] ?? "localhost"}:${port}/`;
}
