import { describe, expect, test } from "vitest";
import { concatBytes, utf8ToBytes } from "./bytes.ts";
import { createWriter } from "./codec.ts";
import { createDeviceKeys } from "./device.ts";
import { idToBytes } from "./ids.ts";
import { membersMax } from "./limits.ts";
import { padBody, paddedBodyLength } from "./padding.ts";
import { openHealth, sealedHealthChars, sealHealth, type HostHealth } from "./sealedHealth.ts";
import { aeadSeal, boxSeal } from "./sodium.ts";
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
      // Another's wrap is nothing to this device; all of it is bound together, so nobody else reads it either.
      for (const device of [laptop, phone]) {
        let read: HostHealth | null = null;
        const refusal = refusalOf(() => (read = openHealth(flipped(sealed, at), host.id, device)));
        expect(refusal !== "none" || read === null, `byte ${at}`).toBe(true);
      }
    }
    expect(refusalOf(() => openHealth(sealed.subarray(0, -1), host.id, laptop))).toBe("key");
    expect(refusalOf(() => openHealth(concatBytes(sealed, Uint8Array.of(0)), host.id, laptop))).toBe("key");
    expect(refusalOf(() => openHealth(sealed, phone.id, laptop))).toBe("key");
  });

  test("SH6 as many devices as a vault may have read it, of half the length it had; what an older host sealed opens as before", () => {
    const many = Array.from({ length: membersMax }, () => createDeviceKeys(random));
    const toAll = many.map(({ id, box }) => ({ id, boxKey: box.publicKey }));
    const forAll = sealHealth({ health, host: host.id, to: toAll, random });
    for (const device of many) expect(openHealth(forAll, host.id, device)).toEqual(health);
    expect(forAll.length).toBeLessThan(2 + membersMax * 96);

    const key = random(32);
    const head = createWriter().u8(1).u8(toAll.length);
    for (const { id, boxKey } of toAll) head.fixed(idToBytes(id)).fixed(boxSeal(key, boxKey));
    const nonce = random(24);
    const before = head.fixed(nonce).finish();
    const data = concatBytes(utf8ToBytes("sovereign/health/v1"), idToBytes(host.id), before);
    const body = padBody(utf8ToBytes(JSON.stringify(health)));
    const older = concatBytes(before, aeadSeal(body, data, nonce, key));
    expect(openHealth(older, host.id, many[7] ?? phone)).toEqual(health);
    expect(openHealth(older, host.id, phone)).toBe(null);
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
      expect(length).toBe(2 + 32 + 2 * 48 + 24 + 16 + paddedBodyLength(bytes));
      expect(sealedHealthChars(bytes, 2)).toBeGreaterThanOrEqual(Math.ceil((length * 4) / 3));
    }
  });
});
