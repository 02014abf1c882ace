import { describe, expect, it } from "vitest";
import { doorwayOf, isLoopbackAddress, isOurHost } from "./doorway.ts";
import {
  createAddressCheck,
  findPlaces,
  TAILNET_NETWORKS,
  type NetworkInterface,
  type TailscaleWord,
} from "./tailnet.ts";
import { parseTailscaleStatus } from "./tailnetSources.ts";

const eth0: NetworkInterface = { name: "eth0", kind: "other", addresses: ["192.168.1.20/24"] };
const tailscale0: NetworkInterface = {
  name: "tailscale0",
  kind: "tun",
  addresses: ["100.101.102.103/32", "fd7a:115c:a1e0::53/128", "fe80::1/64"],
};
const says = (...addresses: string[]): TailscaleWord => ({ kind: "says", addresses, names: ["host.tail.ts.net"] });
const absent: TailscaleWord = { kind: "absent" };

interface Case {
  readonly interfaces: readonly NetworkInterface[];
  readonly word?: TailscaleWord;
  readonly platform?: NodeJS.Platform;
  readonly wireguard?: string;
}
const open = ({ interfaces, word = absent, platform = "linux", wireguard }: Case): readonly string[] =>
  findPlaces({ interfaces, platform, wireguardName: wireguard ?? null }, word).map(({ address }) => address);

describe("T-07 opens", () => {
  const wg0: NetworkInterface = { name: "wg0", kind: "wireguard", addresses: ["10.9.0.1/24", "fd00::1/64"] };
  it.each<[string, Case, readonly string[]]>([
    ["Tailscale's interface on Linux", { interfaces: [eth0, tailscale0] }, ["100.101.102.103", "fd7a:115c:a1e0::53"]],
    [
      "only what tailscaled calls its own",
      { interfaces: [tailscale0], word: says("100.101.102.103") },
      ["100.101.102.103"],
    ],
    [
      "a utun of a Mac that tailscaled knows",
      {
        interfaces: [{ name: "utun4", kind: "other", addresses: ["100.101.102.103/32"] }],
        platform: "darwin",
        word: says("100.101.102.103"),
      },
      ["100.101.102.103"],
    ],
    [
      "a WireGuard interface that the owner named",
      { interfaces: [eth0, wg0], wireguard: "wg0" },
      ["10.9.0.1", "fd00::1"],
    ],
  ])("%s", (_name, given, expected) => {
    expect(open(given)).toEqual(expected);
  });
});

describe("T-07 does not open", () => {
  const wg = (over: Partial<NetworkInterface>): NetworkInterface => ({
    name: "wg0",
    kind: "wireguard",
    addresses: ["10.9.0.1/24"],
    ...over,
  });
  it.each<[string, Case]>([
    ["a carrier's address on a network card", { interfaces: [{ ...eth0, addresses: ["100.64.7.7/10"] }] }],
    ["a card that was named like Tailscale's", { interfaces: [{ ...tailscale0, kind: "other" }] }],
    ["a tunnel of another VPN in the same range", { interfaces: [{ ...tailscale0, name: "tun0" }] }],
    ["a name that only begins like it", { interfaces: [{ ...tailscale0, name: "tailscale0x" }] }],
    ["an address outside the range", { interfaces: [{ ...tailscale0, addresses: ["100.128.0.1/32", "fd7a::1/128"] }] }],
    ["what tailscaled does not call its own", { interfaces: [tailscale0], word: says("100.1.1.1") }],
    ["while tailscaled is stopped", { interfaces: [tailscale0], word: says() }],
    ["while tailscaled does not answer", { interfaces: [tailscale0], word: { kind: "unclear" } }],
    [
      "an address that another interface has too",
      { interfaces: [tailscale0, { ...eth0, addresses: tailscale0.addresses }] },
    ],
    ["a Mac's tunnel that nobody vouches for", { interfaces: [{ ...tailscale0, name: "utun4" }], platform: "darwin" }],
    ["a WireGuard interface that nobody named", { interfaces: [wg({})] }],
    ["a named interface that is no WireGuard", { interfaces: [wg({ kind: "other" })], wireguard: "wg0" }],
    ["a named tunnel that is no WireGuard", { interfaces: [wg({ kind: "tun" })], wireguard: "wg0" }],
    ["a named interface's public address", { interfaces: [wg({ addresses: ["203.0.113.9/24"] })], wireguard: "wg0" }],
    ["the network card, when that is named", { interfaces: [eth0], wireguard: "eth0" }],
    ["a named interface where nobody knows its kind", { interfaces: [wg({})], wireguard: "wg0", platform: "darwin" }],
  ])("%s", (_name, given) => {
    expect(open(given)).toEqual([]);
  });
});

it("lets a named WireGuard's own network speak, and no other", () => {
  const [place] = findPlaces(
    {
      interfaces: [{ name: "wg0", kind: "wireguard", addresses: ["10.9.0.1/24"] }],
      platform: "linux",
      wireguardName: "wg0",
    },
    absent,
  );
  const isPeer = createAddressCheck(place?.peers ?? []);
  expect(["10.9.0.7", "10.9.1.7", "192.168.1.4"].map(isPeer)).toEqual([true, false, false]);
});

describe("T-06 judges addresses by value", () => {
  const isTailnet = createAddressCheck(TAILNET_NETWORKS);
  it.each([
    ["100.64.0.0", true],
    ["100.127.255.255", true],
    ["fd7a:115c:a1e0:ab12::1", true],
    ["FD7A:115C:A1E0::1", true],
    ["100.63.255.255", false],
    ["100.128.0.0", false],
    ["fd7a:115c:a1e1::1", false],
    ["::ffff:100.64.0.1", false],
    ["::ffff:6440:1", false],
    ["100.64.0.1.evil.com", false],
    ["100.64.1", false],
    ["0x64400001", false],
    ["100.064.0.1", false],
    ["", false],
    [" 100.64.0.1", false],
    ["100.64.0.1/10", false],
  ])("%s is on the tailnet: %s", (address, expected) => {
    expect(isTailnet(address)).toBe(expected);
  });

  it.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["127.evil.com", false],
    ["128.0.0.1", false],
    ["0.0.0.0", false],
    ["::", false],
    ["localhost", false],
    ["", false],
  ])("%s is loopback: %s", (address, expected) => {
    expect(isLoopbackAddress(address)).toBe(expected);
  });
});

describe("T-06 a doorway is called", () => {
  const loopback = doorwayOf({ localAddress: "127.0.0.1", localPort: 4242 }, ["host.tail.ts.net"]);
  const tailnet = doorwayOf({ localAddress: "100.64.0.1", localPort: 4242 }, ["host.tail.ts.net", "host"]);
  const tailnet6 = doorwayOf({ localAddress: "fd7a:115c:a1e0::1", localPort: 80 }, []);
  const gone = doorwayOf({}, []);
  it.each([
    ["localhost:4242", loopback, true],
    ["[::1]:4242", loopback, true],
    ["100.64.0.1:4242", loopback, false],
    ["host.tail.ts.net:4242", loopback, false],
    ["0.0.0.0:4242", loopback, false],
    ["[::ffff:127.0.0.1]:4242", loopback, false],
    ["100.64.0.1:4242", tailnet, true],
    ["Host.Tail.ts.net:4242", tailnet, true],
    ["host:4242", tailnet, true],
    ["host.tail.ts.net.:4242", tailnet, false],
    ["host.tail.ts.net.evil.com:4242", tailnet, false],
    ["localhost:4242", tailnet, false],
    ["127.0.0.1:4242", tailnet, false],
    ["100.64.0.2:4242", tailnet, false],
    ["100.64.0.1", tailnet, false],
    ["100.64.0.1:04242", tailnet, false],
    ["100.64.0.1:4242@evil.com", tailnet, false],
    ["[fd7a:115c:a1e0::1]", tailnet6, true],
    ["fd7a:115c:a1e0::1", tailnet6, false],
    ["localhost:0", gone, false],
    ["", gone, false],
  ])("%s", (host, doorway, expected) => {
    expect(isOurHost(host, doorway)).toBe(expected);
  });
});

describe("reads tailscaled's own words", () => {
  const status = (over: object): string =>
    JSON.stringify({
      BackendState: "Running",
      Self: { TailscaleIPs: ["100.64.0.1", "fd7a:115c:a1e0::1"], DNSName: "Host.tail1234.ts.net." },
      ...over,
    });
  it("with its names", () => {
    expect(parseTailscaleStatus(status({}))).toEqual({
      kind: "says",
      addresses: ["100.64.0.1", "fd7a:115c:a1e0::1"],
      names: ["host.tail1234.ts.net", "host"],
    });
  });
  it("which mean nothing while it does not run", () => {
    expect(parseTailscaleStatus(status({ BackendState: "Stopped" }))).toMatchObject({ addresses: [], names: [] });
  });
  it.each(["localhost.", "127.0.0.1", "a b", "a\r\nb", "[::1]", "x:1", "-a", "", "a..b"])("not the name %j", (name) => {
    const word = parseTailscaleStatus(status({ Self: { TailscaleIPs: [], DNSName: name } }));
    expect(
      word.kind === "says" && word.names.filter((each) => each === "localhost" || !/^[a-z0-9.-]+$/.test(each)),
    ).toEqual([]);
    expect(word.kind === "says" && word.names.includes(name)).toBe(false);
  });
  it.each(["", "null", "[]", "no json"])("and from %j nothing", (text) => {
    const word = parseTailscaleStatus(text);
    expect(word.kind === "unclear" || (word.kind === "says" && word.addresses.length === 0)).toBe(true);
  });
});
