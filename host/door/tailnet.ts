/**
 * Which addresses of this machine are on the owner's tailnet: a pure judgement on what the system and tailscaled say.
 *
 * An address in 100.64.0.0/10 proves nothing, since carriers use that range too (SECURITY §0.8). It counts when it stands
 * on an interface of the right name and kind, on no other one, and tailscaled itself calls it its own. Where nobody can be
 * asked, only Linux is taken at its word: there `tailscale0` is a name and a TUN device is a kind that need root.
 *
 * A WireGuard interface that the owner names counts as well, when the system says that it is one: its private addresses,
 * and only peers of the networks that these stand in.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";

/** `wireguard`: the kernel's own, or a TUN device that a WireGuard program holds. */
export type InterfaceKind = "tun" | "wireguard" | "other";

export interface NetworkInterface {
  readonly name: string;
  readonly kind: InterfaceKind;
  /** With its prefix: "100.101.102.103/32". */
  readonly addresses: readonly string[];
}

/** What tailscaled says of itself. `absent`: neither it nor its command is there; `unclear`: it is, and did not answer. */
export type TailscaleWord =
  | { readonly kind: "absent" }
  | { readonly kind: "unclear" }
  | { readonly kind: "says"; readonly addresses: readonly string[]; readonly names: readonly string[] };

/** An address to listen on. */
export interface Place {
  readonly interfaceName: string;
  readonly address: string;
  /** Networks whose members may speak to it, as CIDR. */
  readonly peers: readonly string[];
  /** What the tailnet calls it, in lower case. */
  readonly names: readonly string[];
}

export interface TailnetFacts {
  readonly platform: NodeJS.Platform;
  readonly interfaces: readonly NetworkInterface[];
  /** The interface that the owner named; `null` for none. */
  readonly wireguardName: string | null;
}

export const TAILNET_NETWORKS: readonly string[] = ["100.64.0.0/10", "fd7a:115c:a1e0::/48"];
/** Never the internet's, so a WireGuard interface with a public address stays closed. */
export const PRIVATE_NETWORKS: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "fc00::/7",
];
const isTailnetAddress = createAddressCheck(TAILNET_NETWORKS);
const isPrivateAddress = createAddressCheck(PRIVATE_NETWORKS);

/** Interfaces that may be Tailscale's by name, kind and range; what they are worth is for tailscaled to say. */
export function tailscaleCandidates({ platform, interfaces }: TailnetFacts): readonly NetworkInterface[] {
  return interfaces.filter(
    ({ name, kind, addresses }) =>
      isTailscaleName(name, platform) &&
      (platform !== "linux" || kind === "tun") &&
      addresses.some((each) => isTailnetAddress(addressOf(each))),
  );
}

export function findPlaces(facts: TailnetFacts, word: TailscaleWord): readonly Place[] {
  const places: Place[] = [];
  for (const { name, addresses } of tailscaleCandidates(facts)) {
    for (const address of addresses.map(addressOf)) {
      if (!isTailnetAddress(address) || !isConfirmed(address, word, facts.platform)) continue;
      places.push({
        interfaceName: name,
        address,
        peers: TAILNET_NETWORKS,
        names: word.kind === "says" ? word.names : [],
      });
    }
  }
  const named = facts.interfaces.find(({ name }) => name === facts.wireguardName);
  // Only Linux says what an interface is.
  if (named?.kind === "wireguard" && facts.platform === "linux") {
    for (const each of named.addresses) {
      const address = addressOf(each);
      if (isPrivateAddress(address)) places.push({ interfaceName: named.name, address, peers: [each], names: [] });
    }
  }
  return places.filter(({ address, interfaceName }) => standsOnlyOn(facts.interfaces, address, interfaceName));
}

/** Whether an address stands on this interface and on no other: asked again for each connection. */
export function standsOnlyOn(
  interfaces: readonly Pick<NetworkInterface, "name" | "addresses">[],
  address: string,
  interfaceName: string,
): boolean {
  const holders = interfaces.filter(({ addresses }) => addresses.some((each) => addressOf(each) === address));
  return holders.length === 1 && holders[0]?.name === interfaceName;
}

/** Whether an address is in one of these networks, by value; text that is no address is in none. */
export function createAddressCheck(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && !isMapped(address) && list.check(address, familyOf(address));
}

function isConfirmed(address: string, word: TailscaleWord, platform: NodeJS.Platform): boolean {
  if (word.kind === "says") return word.addresses.includes(address);
  return word.kind === "absent" && platform === "linux";
}

function isTailscaleName(name: string, platform: NodeJS.Platform): boolean {
  if (platform === "darwin") return /^utun\d+$/.test(name);
  if (platform === "win32") return name === "Tailscale";
  return /^tailscale\d+$/.test(name);
}

/** An IPv4 address in the clothes of IPv6 is never how an interface or a peer carries it, however it is written. */
const mapped = new BlockList();
mapped.addSubnet("::ffff:0:0", 96, "ipv6");

function isMapped(address: string): boolean {
  return isIPv6(address) && mapped.check(address, "ipv6");
}

function addressOf(withPrefix: string): string {
  return withPrefix.split("/")[0] ?? "";
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6";
}
