import { expect, it } from "vitest";
import { createAnnouncement, type HostInfo } from "#crypto/announcement.ts";
import { boxKeyFromSeed, createDeviceKeys } from "#crypto/device.ts";
import { bootIdFromBytes } from "#crypto/ids.ts";
import { systemRandom as random } from "#crypto/random.ts";
import type { Roster } from "#crypto/roster.ts";
import { sealHealth } from "#crypto/sealedHealth.ts";
import { createHostLives } from "./hostLives.ts";
import { createManualClock } from "./testing/manualClock.ts";

const [host, phone, other] = [createDeviceKeys(random), createDeviceKeys(random), createDeviceKeys(random)];
const boot = bootIdFromBytes(random(16));
const bootBox = boxKeyFromSeed(random(32));
const info: HostInfo = { kind: "model", label: "M", models: ["m"], defaultModel: "m" };
const health = {
  services: [{ kind: "backend", state: "trouble", trouble: "unreachable", since: 5 }],
  incidents: [{ kind: "relay", trouble: "hung", from: 3 }],
} as const;
const member = { role: "host", removedSeq: null, boxKey: host.box.publicKey };
const roster = { members: new Map([[host.id, member]]) } as unknown as Roster;

function heard(sealed: Uint8Array | undefined): HostInfo | null {
  const clock = createManualClock();
  const lives = createHostLives({ keys: phone, clock, roster: () => roster, onClock: () => {} });
  const told = sealed === undefined ? info : { ...info, health: sealed };
  lives.take(host.id, createAnnouncement({ host, boot, bootBox, time: clock.now(), info: told }));
  return lives.infoOf(host.id);
}
const sealFor = (...devices: readonly (typeof phone)[]): Uint8Array =>
  sealHealth({ health, host: host.id, to: devices.map(({ id, box }) => ({ id, boxKey: box.publicKey })), random });

it("HH1 how a host's parts are is read by a device that it was sealed to", () => {
  expect(heard(sealFor(other, phone))).toMatchObject(health);
});

it("HH2 what was sealed to others, or is nonsense, costs a device nothing else that the host says", () => {
  const nonsense = sealFor(phone).fill(7, -20);
  for (const sealed of [undefined, sealFor(other), nonsense, new Uint8Array(0)]) {
    const said = heard(sealed);
    expect(said).toMatchObject(info);
    expect([said?.services, said?.incidents]).toEqual([undefined, undefined]);
  }
});
