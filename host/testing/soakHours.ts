/**
 * Hours of the machinery that runs for months, on a clock that is turned: the board and its history, the pool of backends, the door that follows the tailnet, the certificate's keeper,
 * backups, the log, the ledger, metrics, slots and messages to push services, in one process, while servers hang and fall, the tailnet goes, backups fail and parts crash. What it holds is
 * counted each hour after the garbage is gone: it has to stay as it is.
 *
 *   npm run soak:hours -- [--hours 16] [--seed 1]
 */
import { readdirSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { X509Certificate } from "node:crypto";
import { unknownModel } from "../backends/backend.ts";
import { awayError, silentError } from "../backends/backendErrors.ts";
import { backendLimits } from "../backends/limits.ts";
import { openPool, type Pool } from "../backends/pool.ts";
import {
  keepSchedule,
  noteBackup,
  noteFailure,
  readLastBackup,
  readSchedule,
  writeSchedule,
} from "../backup/schedule.ts";
import { openTailnetDoor } from "../door/tailnetDoor.ts";
import { openLedger } from "../egress/ledger.ts";
import type { HostStatus } from "../hostStatus.ts";
import { openHostLog } from "../log/hostLog.ts";
import { createMetrics } from "../metrics/metrics.ts";
import { createSender } from "../push/sender.ts";
import { createSlotLender } from "../slotLender.ts";
import { createCertificateKeeper } from "../tls/certificateKeeper.ts";
import { createServiceWorld } from "../watch/testing/serviceWorld.ts";

export interface SoakHour {
  readonly hour: number;
  readonly heapKb: number;
  /** Open files and sockets of the process; 0 where the system does not say. */
  readonly handles: number;
  readonly timers: number;
}

export interface SoakHours {
  readonly hours: readonly SoakHour[];
  readonly counts: {
    readonly asked: number;
    readonly answered: number;
    readonly faults: number;
    readonly backups: number;
  };
  /** All is well again a while after the last fault. */
  readonly isWell: boolean;
}

const hourMs = 3_600_000;
const address = "100.101.102.103";
const leaf = { checkHost: (host: string) => host, checkIP: (ip: string) => ip } as unknown as X509Certificate;
const status: Pick<HostStatus, "upSeconds" | "devicesConnected" | "parts" | "backend"> = {
  ...{ upSeconds: 1, devicesConnected: 3, backend: null },
  parts: { relay: null, agent: null, gateway: null, https: null, push: null },
};

export async function soakHours(
  hours: number,
  seed: number,
  log: (line: string) => void = () => {},
): Promise<SoakHours> {
  let home = "";
  const world = createServiceWorld("soak", "flap", seed, () => ({
    schedule: readSchedule(home),
    last: readLastBackup(home),
  }));
  ({ home } = world);
  const { random, board } = world;
  const counts = { asked: 0, answered: 0, faults: 0, backups: 0 };
  const every = (leastMs: number, mostMs: number, work: () => void): void => {
    world.after(random.between(leastMs, mostMs), () => {
      every(leastMs, mostMs, work);
      if (!isPeace) work();
    });
  };
  let isPeace = false;

  const wrong = new Map<string, "down" | "hung">();
  const names = ["one", "two", "three"];
  const opening = openPool({
    ...{ clock: world, ownPorts: [], limits: backendLimits },
    settings: {
      backends: names.map((name, at) => ({
        ...{ name, keyFile: null, place: "local" as const, maxConcurrent: 2 },
        baseUrl: `http://10.0.0.${at + 2}:8000/v1`,
      })),
      ...{ files: [], routes: new Map(), onChange: "warn" },
    },
    probe: async ({ baseUrl }, timeoutMs) => {
      const how = wrong.get(new URL(baseUrl).hostname);
      await world.sleep(how === "hung" ? timeoutMs : random.between(5, 60));
      if (how === "hung") throw silentError(baseUrl, timeoutMs);
      if (how === "down") throw awayError(baseUrl);
      return { product: "vLLM", isSovereign: false, models: [unknownModel("m"), unknownModel(baseUrl)] };
    },
    onChange: ({ members }) => tell(members),
  });
  const tell = (members: Pool["members"]): void =>
    board.setBackends(members.map(({ where, isUp, isMissed, says }) => ({ name: where, isUp, isMissed, says })));
  await world.pass(1_000);
  const pool = await opening;
  tell(pool.members);

  let hasTailnet = true;
  const door = openTailnetDoor({
    ...{ port: 4242, socketsMax: 8, wireguardName: null, clock: world, onSocket: () => {}, notify: () => {} },
    sources: {
      platform: "linux",
      interfaces: () => (hasTailnet ? [{ name: "tailscale0", kind: "tun", addresses: [`${address}/32`] }] : []),
      askTailscale: async () => ({ kind: "says", addresses: [address], names: ["host.tail.ts.net"] }),
    },
    onPlaces: (places) => board.setTailnet(places.length),
    listen: async () => ({ close: () => {} }) as unknown as Server,
  });
  const keeper = createCertificateKeeper({
    ...{ home, port: 4242, files: null, now: world.now, clock: world, onPair: () => {}, notify: () => {} },
    onState: (state) => board.setCertificate(state),
    askTailscale: async () => {
      const [notBefore, notAfter] = [world.now(), world.now() + 90 * 24 * hourMs];
      const pair = {
        key: "",
        chain: `${notBefore}`,
        leaf,
        notBefore,
        notAfter,
        names: ["host.tail.ts.net"],
        addresses: [],
      };
      return random.chance(0.8) ? { kind: "pair", pair } : { kind: "none", says: "Not now." };
    },
    openLocal: async () => Promise.reject(new Error("not here")),
  });
  keeper.setPlaces([{ address, names: ["host.tail.ts.net"] }]);

  writeSchedule(home, { folder: join(home, "to"), everyHours: 1, keep: 3, weeks: 0, months: 0 });
  const backups = keepSchedule({
    ...{ home, clock: world, notify: () => {} },
    run: async () => {
      await world.sleep(random.between(2_000, 60_000));
      const isMade = isPeace || random.chance(0.8);
      counts.backups += 1;
      if (isMade) noteBackup(home, { madeMs: world.now(), file: join(home, "to", "x"), bytes: 1 });
      else noteFailure(home, world.now(), "The disk is full.");
      return isMade ? null : "The disk is full.";
    },
  });

  const hostLog = openHostLog(home, world.now);
  const ledger = openLedger(home, world.now);
  const metrics = createMetrics(world.now);
  const lender = createSlotLender();
  const push = createSender({
    ...{ after: world.after, nowMs: world.now, onGone: () => {}, onSent: () => {} },
    post: async () => {
      await world.sleep(random.between(20, 2_000));
      return random.chance(0.8) ? { kind: "sent" } : { kind: "later", afterMs: null };
    },
  });

  const ask = async (): Promise<void> => {
    counts.asked += 1;
    const beganMs = world.now();
    const picked = await pool
      .pickBackend("m", "/v1/chat/completions", { owner: `tool${random.below(40)}` })
      .catch(() => null);
    if (picked === null) return;
    lender.want("agent", picked.backend, 2);
    await world.sleep(random.between(200, 20_000));
    const isGood = !wrong.has(new URL(picked.baseUrl).hostname);
    picked.release(isGood);
    lender.giveBack("agent", picked.backend);
    if (!isGood) return;
    counts.answered += 1;
    const totalMs = world.now() - beganMs;
    const event = {
      ...{ type: "run-ended" as const, end: "done" as const, queueMs: 0, firstTokenMs: 200, totalMs },
      ...{ promptTokens: 100, completionTokens: 300 },
    };
    metrics.take(event);
    hostLog.write(event);
    ledger.add("agent", [
      { why: "backend", to: new URL(picked.baseUrl).host, calls: 1, bytesOut: 900, bytesIn: 4_000 },
    ]);
    const endpoint = `https://push.example/${random.below(6)}`;
    push.send({ endpoint, words: "", publicKey: new Uint8Array(65), secret: new Uint8Array(16) });
  };
  every(2_000, 30_000, () => void ask());
  every(60_000, 60_000, () => {
    metrics.prometheus({ ...status, services: board.services() });
    metrics.otlp({ ...status, services: board.services() });
  });
  const part = { relay: board.entry("relay"), agent: board.entry("agent"), gateway: board.entry("gateway") };
  for (const entry of Object.values(part)) {
    let progress = 0;
    entry.set("well");
    every(5_000, 5_000, () =>
      entry.beat({ progress: (progress += 1), waiting: random.below(3), oldestMs: random.below(4_000) }),
    );
    every(hourMs / 6, hourMs / 2, () => {
      counts.faults += 1;
      entry.trouble("crashed", "It stopped.");
      entry.set("starting");
      world.after(800, () => entry.set("well"));
    });
  }
  for (const at of names.keys())
    every(hourMs / 6, hourMs / 2, () => {
      counts.faults += 1;
      const host = `10.0.0.${at + 2}`;
      wrong.set(host, random.chance(0.5) ? "down" : "hung");
      world.after(random.between(5_000, 240_000), () => wrong.delete(host));
    });
  every(hourMs / 3, hourMs, () => {
    counts.faults += 1;
    hasTailnet = false;
    world.after(random.between(1_000, 120_000), () => (hasTailnet = true));
  });

  const found: SoakHour[] = [];
  for (let hour = 1; hour <= hours; hour += 1) {
    await world.pass(hourMs);
    found.push({ hour, ...measure(), timers: world.timers() });
    log(JSON.stringify(found.at(-1)));
  }
  isPeace = true;
  await world.pass(2 * hourMs);
  const isWell = board.services().every(({ state }) => state === "well" || state === "off");
  for (const each of [door, keeper, backups, hostLog, ledger, push]) each.close();
  await pool.close();
  world.close();
  return { hours: found, counts, isWell };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function measure(): Pick<SoakHour, "heapKb" | "handles"> {
  for (let time = 0; time < 3; time += 1) collect();
  let handles = 0;
  try {
    handles = readdirSync("/proc/self/fd").length;
  } catch {
    // reason: a system that does not say.
  }
  return { heapKb: Math.round(process.memoryUsage().heapUsed / 1_024), handles };
}

/** By how much each hour adds to the heap: least squares, over the second half. In the first one everything is still met for the first time, and compiled. */
export function heapSlopeKb(hours: readonly SoakHour[]): number {
  const later = hours.slice(hours.length / 2);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(later.map(({ hour }) => hour)), mean(later.map(({ heapKb }) => heapKb))];
  const spread = later.reduce((sum, { hour }) => sum + (hour - x) ** 2, 0);
  return later.reduce((sum, { hour, heapKb }) => sum + (hour - x) * (heapKb - y), 0) / spread;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { hours: { type: "string", default: "16" }, seed: { type: "string", default: "1" } },
  });
  const { hours, counts, isWell } = await soakHours(Number(values.hours), Number(values.seed), (line) =>
    console.log(line),
  );
  console.log(JSON.stringify({ counts, isWell, heapKbAnHour: Math.round(heapSlopeKb(hours)) }, null, 2));
  process.exit(isWell ? 0 : 1);
}
