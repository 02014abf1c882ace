import { describe, expect, it } from "vitest";
import { fromAgent, fromRelay, toAgent, toRelay, type ToAgent } from "./ipc.ts";

const key = new Uint8Array(32).fill(7);
const start: ToAgent = {
  type: "start",
  home: "/h",
  relayUrl: "ws://127.0.0.1:1/link",
  relayKey: key,
  claimKey: null,
  backend: null,
  ownPorts: [1],
};

it("gives back what was said, over JSON", () => {
  expect(toAgent.parse(JSON.parse(JSON.stringify(toAgent.encode(start))))).toEqual(start);
  const ready = { type: "ready", relayKey: key, claimed: true, fingerprint: key.slice(0, 16) } as const;
  expect(fromRelay.parse(JSON.parse(JSON.stringify(fromRelay.encode(ready))))).toEqual(ready);
  const reach = { type: "reach", places: [{ address: "100.64.0.1", peers: ["100.64.0.0/10"] }] } as const;
  expect(toRelay.parse(JSON.parse(JSON.stringify(toRelay.encode(reach))))).toEqual(reach);
});

describe("refuses", () => {
  it.each([
    null,
    [],
    "start",
    {},
    { type: "__proto__" },
    { type: "toString" },
    { type: "unknown" },
    { ...toAgent.encode(start), relayKey: "00" },
    { ...toAgent.encode(start), relayKey: key },
    { ...toAgent.encode(start), claimKey: undefined },
    { ...toAgent.encode(start), ownPorts: [70_000] },
    { ...toAgent.encode(start), backend: 1 },
  ])("%j", (value) => {
    expect(() => toAgent.parse(value)).toThrow(TypeError);
  });

  it("what belongs to another direction", () => {
    expect(() => toRelay.parse(fromAgent.encode({ type: "failed", says: "x" }))).toThrow(TypeError);
    for (const places of [null, [null], [{ address: 1, peers: [] }], [{ address: "::1", peers: [1] }], {}])
      expect(() => toRelay.parse({ type: "reach", places })).toThrow(TypeError);
  });
});
