/** tailscaled that hangs, is busy, falls with its interface or keeps falling, and the door that follows it (door/tailnetDoor.ts). */
import type { Server } from "node:net";
import { doorLimits, silencesMax, tailscaleAnswerMsMax } from "../../door/limits.ts";
import type { NetworkInterface, TailscaleWord } from "../../door/tailnet.ts";
import { openTailnetDoor } from "../../door/tailnetDoor.ts";
import { createServiceWorld, type ServiceOutcome } from "./serviceWorld.ts";
import type { Fault } from "./simulateFaults.ts";

const address = "100.101.102.103";
const loopback: NetworkInterface = { name: "lo", kind: "other", addresses: ["127.0.0.1/8"] };
const tailscale0: NetworkInterface = { name: "tailscale0", kind: "tun", addresses: [`${address}/32`] };

export async function simulateTailnet(fault: Fault, seed: number): Promise<ServiceOutcome> {
  const world = createServiceWorld("tailnet", fault, seed);
  const { random, board } = world;
  let [isAlive, isHung, answerMs] = [true, false, 5];
  let freed = Promise.withResolvers<void>();
  /** Another program may hold the port for a moment after the address came back. */
  let portFreeAtMs = 0;
  let [opened, closed] = [0, 0];
  const isOpen = (): boolean => opened > closed;

  const askTailscale = async (): Promise<TailscaleWord> => {
    if (!isAlive) return { kind: "absent" };
    const late = world.sleep(tailscaleAnswerMsMax).then(() => "late" as const);
    const answered = isHung ? freed.promise : world.sleep(answerMs);
    if ((await Promise.race([late, answered])) === "late") return { kind: "unclear" };
    return { kind: "says", addresses: [address], names: ["host.tail.ts.net"] };
  };
  const door = openTailnetDoor({
    ...{ port: 4242, socketsMax: 8, wireguardName: null, clock: world, onSocket: () => {}, notify: () => {} },
    sources: {
      platform: "linux",
      interfaces: () => (isAlive ? [loopback, tailscale0] : [loopback]),
      askTailscale,
    },
    onPlaces: (places) => board.setTailnet(places.length),
    listen: async () => {
      if (world.now() < portFreeAtMs) throw Object.assign(new Error("in use"), { code: "EADDRINUSE" });
      opened += 1;
      return { close: () => (closed += 1) } as unknown as Server;
    },
  });

  const recoveredMs: number[] = [];
  let [due, missed] = [0, 0];
  const isShown = (): boolean => !isOpen() && world.line("tailnet")?.state === "trouble";
  const revive = (): void => {
    [isAlive, isHung, answerMs] = [true, false, 5];
    portFreeAtMs = random.chance(0.3) ? world.now() + random.between(100, 3_000) : world.now();
    freed.resolve();
    freed = Promise.withResolvers();
  };
  const recover = async (): Promise<void> => {
    await world.pass(Math.max(0, portFreeAtMs - world.now()));
    const ms = await world.until(isOpen, 30_000);
    if (ms === null) missed += 1;
    else recoveredMs.push(ms);
  };

  await world.pass(random.between(5_000, 150_000));
  if (!isOpen()) missed += 1;
  if (fault === "hang") {
    isHung = true;
    due = 1;
    // It is asked once a minute, and from its first silence on at each look.
    const noticedMsMax =
      doorLimits.tailscaleAskEveryMs + silencesMax * (tailscaleAnswerMsMax + doorLimits.tailnetLookEveryMs) + 1_000;
    if ((await world.until(isShown, noticedMsMax)) === null) missed += 1;
    await world.pass(random.between(1_000, 300_000));
    revive();
    await recover();
  } else if (fault === "slow") {
    // Slow to answer for long, or silent for as long as two answers.
    const isSilent = random.chance(0.5);
    if (isSilent) {
      const silentMs = random.between(500, (silencesMax - 1) * (tailscaleAnswerMsMax + doorLimits.tailnetLookEveryMs));
      await world.pass(random.below(61_000));
      isHung = true;
      await world.pass(silentMs);
      revive();
      portFreeAtMs = 0;
    } else {
      answerMs = random.between(100, tailscaleAnswerMsMax - 10);
      await world.pass(random.between(60_000, 600_000));
    }
    await world.pass(130_000);
  } else {
    due = fault === "flap" ? random.between(5, 12) : 1;
    for (let fall = 0; fall < due; fall += 1) {
      isAlive = false;
      if ((await world.until(isShown, doorLimits.tailnetLookEveryMs + 100)) === null) missed += 1;
      await world.pass(random.between(100, fault === "flap" ? 10_000 : 600_000));
      revive();
      await recover();
      if (fault === "flap") await world.pass(random.between(100, 10_000));
    }
  }
  const needless = Math.max(0, closed - due);
  await world.pass(130_000);
  const isWell = isOpen() && world.line("tailnet")?.state === "well";
  const incidents = world.incidentsOf("tailnet");
  door.close();
  world.close();
  return { needless, missed, recoveredMs, isWell, incidents };
}
