import { describe, expect, test } from "vitest";
import { concatBytes } from "./bytes.ts";
import { createDeviceKeys } from "./device.ts";
import { paddedBodyLength } from "./padding.ts";
import { openHealth, sealedHealthChars, sealHealth, type HostHealth } from "./sealedHealth.ts";
import { createTestVault, flipped, refusalOf } from "./testing/fixtures.ts";

const { random, laptop, host } = createTestVault(37);
const phone = createDeviceKeys(random);
const to = [laptop, phone].map(({ id, box }) => ({ id, boxKey: box.publicKey }));
const health: HostHealth = {
  services: [
    { kind: "relay", state: "well", since: 5 },
    { kind: "backend", name: "vLLM at 10.0.0.2:8000", state: "trouble", trouble: "unreachable", since: 9 },
  ],
  incidents: [{ kind: "host", trouble: "gone", from: 3, to: 4 }],
};
const sealed = sealHealth({ health, host: host.id, to, random });

describe("how a host is, sealed", () => {
  test("SH5 how full the vault is goes with it; nonsense in its place is refused", () => {
    const open = (share: HostHealth["share"]): unknown => {
      const told = share === undefined ? health : { ...health, share };
      return openHealth(sealHealth({ health: told, host: host.id, to, random }), host.id, phone)?.share;
    };
    expect(open({ bytes: 5, bytesMax: 9 })).toEqual({ bytes: 5, bytesMax: 9 });
    expect(open(undefined)).toBe(undefined);
    for (const bytes of [-1, 0.5, Number.NaN, 2 ** 60])
      expect(refusalOf(() => open({ bytes, bytesMax: 9 }))).toBe("malformed");
  });

  test("SH1 each device that it is for reads it as it was", () => {
    for (const device of [laptop, phone]) expect(openHealth(sealed, host.id, device)).toEqual(health);
  });

  test("SH2 another device reads nothing, and neither does the host that made it, nor who looks at its bytes", () => {
    expect(openHealth(sealed, host.id, createDeviceKeys(random))).toBe(null);
    expect(openHealth(sealed, host.id, host)).toBe(null);
    expect(new TextDecoder("latin1").decode(sealed)).not.toMatch(/vLLM|unreachable|relay/);
  });

  test("SH3 any changed, missing or added byte is refused, and so is what another host sealed", () => {
    for (let at = 0; at < sealed.length; at += 1) {
      // Another name in the list of readers is a box for somebody else; all of it is bound together, so nobody else reads it either.
      const read = [laptop, phone].map((device) => refusalOf(() => openHealth(flipped(sealed, at), host.id, device)));
      expect(read, `byte ${at}`).not.toEqual(["none", "none"]);
    }
    expect(refusalOf(() => openHealth(sealed.subarray(0, -1), host.id, laptop))).toBe("key");
    expect(refusalOf(() => openHealth(concatBytes(sealed, Uint8Array.of(0)), host.id, laptop))).toBe("key");
    expect(refusalOf(() => openHealth(sealed, phone.id, laptop))).toBe("key");
  });

  test("SH4 its length says how many devices there are, and of what it says no more than a class of sizes", () => {
    const long = (count: number): HostHealth => ({
      services: health.services,
      incidents: Array.from({ length: count }, (_, from) => ({ kind: "relay", trouble: "hung", from })),
    });
    for (const count of [0, 1, 9, 16]) {
      const each = long(count);
      const bytes = JSON.stringify(each).length;
      const { length } = sealHealth({ health: each, host: host.id, to, random });
      expect(length).toBe(2 + 2 * 96 + 24 + 16 + paddedBodyLength(bytes));
      expect(sealedHealthChars(bytes, 2)).toBeGreaterThanOrEqual(Math.ceil((length * 4) / 3));
    }
  });
});
