/**
 * Which addresses are the public internet's, by their numbers and never by how they are written: everything else (this machine, the network around it, a tailnet, a cloud's own services, and every way of writing one
 * of those inside another) is refused. What is allowed is named, and the rest is not: IPv6 has more special ranges than anybody lists.
 */
import { BlockList, isIP } from "node:net";
import { networkInterfaces, type NetworkInterfaceInfo } from "node:os";

/** Of IANA's registry of special IPv4 addresses: all that is not plainly somebody's on the internet. */
const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10] /* tailnets, and carriers' own */,
  ["127.0.0.0", 8],
  ["169.254.0.0", 16] /* a cloud's metadata */,
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24] /* 6to4 */,
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** Alibaba's and Oracle's metadata stand in ranges that are otherwise public. */
const METADATA_V4 = ["168.63.129.16", "192.0.0.192", "100.100.100.200"];
/** Within 2000::/3, which is all that is given out: what stands for an IPv4 address, or for nobody. */
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ["2001::", 23] /* Teredo, ORCHID, benchmarks */,
  ["2001:db8::", 32],
  ["2002::", 16] /* 6to4 */,
  ["2620:4f:8000::", 48],
  ["3fff::", 20],
];

const refused = new BlockList();
for (const [net, bits] of SPECIAL_V4) refused.addSubnet(net, bits, "ipv4");
for (const address of METADATA_V4) refused.addAddress(address, "ipv4");
for (const [net, bits] of SPECIAL_V6) refused.addSubnet(net, bits, "ipv6");
const given = new BlockList();
given.addSubnet("2000::", 3, "ipv6");

/** `address` as the resolver gives it: no brackets, no zone. */
export function isPublicAddress(address: string): boolean {
  const kind = isIP(address);
  if (kind === 4) return !refused.check(address, "ipv4");
  return kind === 6 && !address.includes("%") && given.check(address, "ipv6") && !refused.check(address, "ipv6");
}

export type Interfaces = NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, "address" | "cidr">[]>;

/** Networks wider than these are no home's or office's: a card that claims one (a tunnel does) would shut half the internet out. */
const prefixBitsMin = { ipv4: 16, ipv6: 32 };

/**
 * Whether an address stands in a network that this machine has a card in: with IPv6 what stands in a home has public numbers, too, and its printer is not the internet's. Asked for each address anew, since
 * networks come and go.
 */
export function isBeside(address: string, interfaces: Interfaces = networkInterfaces()): boolean {
  const beside = new BlockList();
  for (const { address: own, cidr } of Object.values(interfaces).flatMap((each) => each ?? [])) {
    const kind = isIP(own) === 4 ? "ipv4" : "ipv6";
    const bare = own.replace(/%.*$/, "");
    const bits = Number(cidr?.split("/")[1] ?? Number.NaN);
    if (Number.isInteger(bits) && bits >= prefixBitsMin[kind]) beside.addSubnet(bare, bits, kind);
    else beside.addAddress(bare, kind);
  }
  return beside.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

/** Names that only a local network answers to, whatever they resolve to today. */
export function isLocalName(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.+$/, "");
  const last = name.split(".").at(-1) ?? "";
  const isNumber = /^(0x[\da-f]*|\d+)$/.test(last);
  return !name.includes(".") || isNumber || LOCAL_ENDINGS.some((ending) => name.endsWith(`.${ending}`));
}

const LOCAL_ENDINGS = [
  "localhost",
  "local",
  "lan",
  "internal",
  "intranet",
  "home",
  "corp",
  "private",
  "home.arpa",
  "onion",
  "test",
  "invalid",
  "ts.net",
  "in-addr.arpa",
  "ip6.arpa",
];
