import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";
import { HostError } from "./errors.ts";
import { writeAgentKeys, writeRelayPlace } from "./link/relayLink.ts";

it("needs nothing", () => {
  const config = parseConfig({});
  expect(config).toMatchObject({ port: 4242, backend: null, opensBrowser: true, isDebug: false });
  expect(config.home).toMatch(/\.sovereign$/);
  expect(config.appDir).toMatch(/dist.client$/);
});

it("reads what the owner set", () => {
  const environment = {
    SOVEREIGN_HOME: "/srv/sovereign",
    SOVEREIGN_PORT: "0",
    SOVEREIGN_BACKEND: " http://localhost:11434/v1 ",
    SOVEREIGN_NO_OPEN: "1",
  };
  expect(parseConfig(environment)).toMatchObject({
    home: "/srv/sovereign",
    port: 0,
    backend: "http://localhost:11434/v1",
    opensBrowser: false,
  });
  expect(parseConfig({ SOVEREIGN_NO_OPEN: "0", SOVEREIGN_HOME: "", SOVEREIGN_PORT: " " })).toMatchObject({
    opensBrowser: true,
    port: 4242,
  });
});

it("gives the owner's vault 48 GB, or what the owner says", () => {
  expect(parseConfig({}).vaultBytesMax).toBe(48 * 1024 ** 3);
  expect(parseConfig({ SOVEREIGN_VAULT_GB: "160" }).vaultBytesMax).toBe(160 * 1024 ** 3);
});

it("offers the gateway where tools expect LM Studio, elsewhere, or not at all", () => {
  const portOf = (text?: string): unknown => {
    const { gatewayPort, isGatewayPortSet } = parseConfig({ SOVEREIGN_GATEWAY_PORT: text });
    return [gatewayPort, isGatewayPortSet];
  };
  expect(portOf()).toEqual([1234, false]);
  expect(portOf("5000")).toEqual([5000, true]);
  for (const text of ["off", "0", "no"]) expect(portOf(text)).toEqual([null, true]);
});

it.each([
  ["SOVEREIGN_GATEWAY_PORT", "here"],
  ["SOVEREIGN_GATEWAY_PORT", "70000"],
  ["SOVEREIGN_VAULT_GB", "0"],
  ["SOVEREIGN_VAULT_GB", "161"],
  ["SOVEREIGN_VAULT_GB", "48 GB"],
  ["SOVEREIGN_VAULT_GB", "1.5"],
  ["SOVEREIGN_PORT", "-1"],
  ["SOVEREIGN_PORT", "65536"],
  ["SOVEREIGN_PORT", "4242x"],
  ["SOVEREIGN_PORT", "0x10"],
  ["SOVEREIGN_BACKEND", "localhost:11434"],
  ["SOVEREIGN_BACKEND", "ftp://x"],
])("refuses %s=%s in a sentence", (name, value) => {
  expect(() => parseConfig({ [name]: value })).toThrow(HostError);
  expect(() => parseConfig({ [name]: value })).toThrow(new RegExp(`${name} is "${value}"`));
});

describe("a part by itself", () => {
  const keys = { signKey: new Uint8Array(32).fill(1), boxKey: new Uint8Array(32).fill(2) };
  const place = { relayKey: new Uint8Array(32).fill(3), claimKey: new Uint8Array(32).fill(4) };
  const relayAt = (host: string): string => writeRelayPlace(host, 4242, place);

  it("is asked for by a word", () => {
    expect(parseConfig({}).only).toBeNull();
    expect(parseConfig({ SOVEREIGN_AGENT: writeAgentKeys(keys) }, ["--only", "relay"])).toMatchObject({
      only: "relay",
      agent: keys,
    });
    expect(parseConfig({ SOVEREIGN_RELAY: relayAt("100.64.0.1") }, ["--only=agent"])).toMatchObject({
      only: "agent",
      relay: { ...place, url: "ws://100.64.0.1:4242/link" },
    });
    for (const words of [
      ["--only"],
      ["--only", "gateway"],
      ["relay"],
      ["--only", "relay", "agent"],
      ["--host", "0.0.0.0"],
    ])
      expect(() => parseConfig({}, words)).toThrow(/says nothing to the host/);
  });

  it("trusts no relay without its key, and none outside the tailnet", () => {
    const parse = (text: string, more = {}): unknown =>
      parseConfig({ SOVEREIGN_RELAY: text, ...more }, ["--only", "agent"]).relay?.url;
    expect(parse(relayAt("localhost"))).toBe("ws://localhost:4242/link");
    expect(parse(relayAt("[fd7a:115c:a1e0::1]"))).toBe("ws://[fd7a:115c:a1e0::1]:4242/link");
    expect(parse(relayAt("100.64.0.1").replace("ws://", "http://").replace("/link", "/"))).toBe(
      "ws://100.64.0.1:4242/link",
    );
    const hash = relayAt("x").split("#")[1] ?? "";
    for (const text of [
      "ws://100.64.0.1:4242/link",
      `ws://100.64.0.1:4242/link#${hash.replace("k=", "k=A")}`,
      `ws://100.64.0.1:4242/link#${hash.split("&")[0]}`,
      `ftp://100.64.0.1/#${hash}`,
      `ws://name@100.64.0.1/link#${hash}`,
      `ws://100.64.0.1/other#${hash}`,
      hash,
    ])
      expect(() => parse(text)).toThrow(/not what the relay's machine printed/);
    for (const host of [
      "192.168.1.4",
      "203.0.113.1",
      "relay.example",
      "100.64.0.1.evil.com",
      "127.evil.com",
      "0.0.0.0",
      "[::ffff:100.64.0.1]",
    ])
      expect(() => parse(relayAt(host))).toThrow(/not on your tailnet/);
    expect(() => parse(relayAt("10.9.0.1"))).toThrow(/not on your tailnet/);
    expect(parse(relayAt("10.9.0.1"), { SOVEREIGN_WIREGUARD: "wg0" })).toBe("ws://10.9.0.1:4242/link");
  });

  it("says what a relay by itself lacks", () => {
    expect(() => parseConfig({}, ["--only", "relay"])).toThrow(/has to know its agent/);
    expect(() => parseConfig({ SOVEREIGN_AGENT: "AAAA" }, ["--only", "relay"])).toThrow(
      /Run `npm start -- --only agent` there/,
    );
  });
});
