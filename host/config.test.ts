import { expect, it } from "vitest";
import { parseConfig } from "./config.ts";
import { HostError } from "./errors.ts";

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
