/**
 * The whole host for minutes or hours, with real devices, while things go wrong: agent and relay are killed (-9) or stopped
 * for a while, devices stop reading or lose their link, the backend comes and goes. Then everything is left in peace, and
 * what is on the devices is held against what was asked, what was seen, and each other.
 *
 *   npm run soak -- --minutes 10 [--seed 1] [--devices 3]
 */
import "fake-indexeddb/auto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { parseClaimLink } from "#crypto/claim.ts";
import type { DocId, RunId } from "#crypto/ids.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { until } from "#sync/testing/testDevice.ts";
import { parseConfig } from "../config.ts";
import { startHost } from "../host.ts";
import type { Host } from "../hostOptions.ts";
import { appLink } from "../link/appLink.ts";
import { countingAnswer, startFlappingBackend } from "./flappingBackend.ts";
import { createPrng } from "./sim/prng.ts";
import { createFirstDevice, pairDevice, type SoakDevice } from "./soakDevices.ts";
import { createSoakHealth } from "./soakHealth.ts";
import { writeTestApp } from "./testRelay.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly devices: number;
  readonly log: (line: string) => void;
}

export interface SoakResult {
  readonly faults: Readonly<Record<string, number>>;
  readonly asked: number;
  readonly ended: Readonly<Record<string, number>>;
  /** Words that a device had from the log and that were gone in the end, and answers or questions that a device lacks. */
  readonly lost: number;
  /** Words that stand twice, or not in their place. */
  readonly misplaced: number;
  /** Runs that do not read the same on all devices. */
  readonly differing: number;
  readonly alarms: readonly string[];
  readonly health: ReturnType<ReturnType<typeof createSoakHealth>["report"]>;
}

const wordsInAnswer = 80;
const wordDelayMs = 15;
/** Between two faults: about as long as a host takes to be whole again, so that they overlap now and then. */
const faultEveryMs = 4_000;
const askEveryMs = 1_500;
const settleMsMax = 90_000;

interface Asked {
  readonly doc: DocId;
  readonly run: RunId;
  readonly name: string;
  /** The longest text that the asking device had of it. */
  seen: string;
}

export async function runSoak({ minutes, seed, devices: deviceCount, log }: SoakOptions): Promise<SoakResult> {
  await sodiumReady;
  // Each y-websocket provider listens for the exit of the process.
  process.setMaxListeners(0);
  const random = createPrng(String(seed));
  const folder = mkdtempSync(join(tmpdir(), "sovereign-soak-"));
  const backend = await startFlappingBackend({ words: wordsInAnswer, wordDelayMs });
  const { host, link } = await startWhole(folder, backend.url, log);
  const port = Number(link.port);
  const claim = parseClaimLink(link.hash);
  if (claim === null) throw new TypeError("The host's link is none.");
  const devices: SoakDevice[] = [await createFirstDevice(port, claim)];
  const [first] = devices;
  while (first !== undefined && devices.length < deviceCount)
    devices.push(await pairDevice(first, port, `Device ${devices.length + 1}`));
  const health = createSoakHealth();
  const asked: Asked[] = [];
  const faults: Record<string, number> = {};
  const endsAt = performance.now() + minutes * 60_000;
  const isOn = (): boolean => performance.now() < endsAt;
  const looking = setInterval(() => health.look({ "devices and supervisor": process.pid, ...host.pids() }), 2_000);

  const kinds: Readonly<Record<string, () => Promise<void> | void>> = {
    "agent killed": () => kill(host.pids().agent),
    "relay killed": () => kill(host.pids().relay),
    "agent stopped": () => stop(host.pids().agent, 2_500),
    "relay stopped": () => stop(host.pids().relay, 2_500),
    "slow reader": () => pickDevice().stopReading(6_000),
    "link cut": () => pickDevice().cutLink(),
    "backend away": () => mood("away", 3_000),
    "backend erring": () => mood("erring", 3_000),
    "backend dropping": () => mood("dropping", 3_000),
  };
  const pickDevice = (): SoakDevice => random.pick(devices);
  const mood = async (next: typeof backend.mood, forMs: number): Promise<void> => {
    backend.mood = next;
    await pause(forMs);
    backend.mood = "well";
  };
  const doFaults = async (): Promise<void> => {
    const running = new Set<Promise<void>>();
    for (await pause(faultEveryMs); isOn(); await pause(faultEveryMs / 2 + random.below(faultEveryMs))) {
      const [name = "", fault] = random.pick(Object.entries(kinds));
      faults[name] = (faults[name] ?? 0) + 1;
      log(`${((endsAt - performance.now()) / 1_000).toFixed(0)} s left: ${name}`);
      const under = Promise.resolve(fault?.());
      running.add(under);
      void under.then(() => running.delete(under));
    }
    await Promise.all(running);
  };

  const askOn = async (device: SoakDevice, at: number): Promise<void> => {
    const doc = await device.vault.createChat();
    const { value: chat } = await device.vault.openChat(doc);
    for (let count = 0; isOn(); count++) {
      const name = `d${at}q${count}`;
      const { run } = await device.vault.ask(doc, { text: name, parent: null });
      const each: Asked = { doc, run, name, seen: "" };
      asked.push(each);
      while (isOn() && !isEnded(chat, run)) {
        const { text } = chat.run(run);
        if (text.length > each.seen.length) each.seen = text;
        await pause(50);
      }
      await pause(askEveryMs);
    }
  };

  try {
    await Promise.all([doFaults(), ...devices.map(askOn)]);
    log("In peace: waiting until all have all of it.");
    const read = await readAll(devices, asked);
    await settle(read, asked, log);
    const result = judge(read, asked);
    const alarms = devices.flatMap(({ name, vault }) => vault.status().alarms.map(({ code }) => `${name}: ${code}`));
    return { faults, asked: asked.length, ...result, alarms, health: health.report() };
  } finally {
    clearInterval(looking);
    await Promise.all(devices.map(({ vault }) => vault.close()));
    await host.stop();
    backend.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startWhole(
  folder: string,
  backend: string,
  log: SoakOptions["log"],
): Promise<{ host: Host; link: URL }> {
  const home = join(folder, "home");
  const appDir = writeTestApp(join(folder, "app"));
  let host: Host | null = null;
  const link = await new Promise<string>((resolve, reject) => {
    host = startHost({
      config: parseConfig({
        SOVEREIGN_HOME: home,
        SOVEREIGN_PORT: "0",
        SOVEREIGN_GATEWAY_PORT: "off",
        SOVEREIGN_BACKEND: backend,
        SOVEREIGN_APP_DIR: appDir,
      }),
      relayEntry: join(import.meta.dirname, "../relay/main.ts"),
      agentEntry: join(import.meta.dirname, "../agent/main.ts"),
      gatewayEntry: join(import.meta.dirname, "../gateway/main.ts"),
      onReady: (port, seed, fingerprint) => resolve(appLink(port, seed, fingerprint)),
      onFatal: reject,
      notify: log,
    });
  });
  if (host === null) throw new TypeError("A host that is ready was started.");
  return { host, link: new URL(link) };
}

function kill(pid: number | undefined): void {
  if (pid !== undefined) process.kill(pid, "SIGKILL");
}

async function stop(pid: number | undefined, forMs: number): Promise<void> {
  if (pid === undefined) return;
  process.kill(pid, "SIGSTOP");
  await pause(forMs);
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // reason: it was killed meanwhile, which is another fault's work.
  }
}

const endedStates = ["done", "failed", "interrupted", "stopped", "withdrawn"];
const isEnded = (chat: Chat, run: RunId): boolean => endedStates.includes(chat.run(run).status);

/** Each device's chats, each opened there. */
type Read = readonly (ReadonlyMap<DocId, Chat> & { readonly size: number })[];

async function readAll(devices: readonly SoakDevice[], asked: readonly Asked[]): Promise<Read> {
  const docs = [...new Set(asked.map(({ doc }) => doc))];
  return Promise.all(
    devices.map(
      async ({ vault }) =>
        new Map(await Promise.all(docs.map(async (doc) => [doc, (await vault.openChat(doc)).value] as const))),
    ),
  );
}

/** How a run reads: what it says, and how it ended. */
function reading(chat: Chat | undefined, run: RunId): string {
  if (chat === undefined || !chat.runs().includes(run)) return "not there";
  const { text, status } = chat.run(run);
  return `${status}: ${text}`;
}

async function settle(read: Read, asked: readonly Asked[], log: SoakOptions["log"]): Promise<void> {
  const isSettled = (): boolean =>
    asked.every(({ doc, run }) => {
      const readings = new Set(read.map((chats) => reading(chats.get(doc), run)));
      return readings.size === 1 && endedStates.some((state) => [...readings][0]?.startsWith(state));
    });
  await until(isSettled, "all devices have all answers", settleMsMax).catch((error: unknown) => log(String(error)));
}

function judge(read: Read, asked: readonly Asked[]): Pick<SoakResult, "ended" | "lost" | "misplaced" | "differing"> {
  const ended: Record<string, number> = {};
  let [lost, misplaced, differing] = [0, 0, 0];
  for (const { doc, run, name, seen } of asked) {
    const expected = countingAnswer(name, wordsInAnswer);
    const [chat] = read.map((chats) => chats.get(doc));
    const status = chat?.run(run).status ?? "not there";
    const text = chat?.run(run).text ?? "";
    ended[status] = (ended[status] ?? 0) + 1;
    if (new Set(read.map((chats) => reading(chats.get(doc), run))).size > 1) differing += 1;
    if (!text.startsWith(seen)) lost += seen.split(" ").filter((word) => !text.split(" ").includes(word)).length;
    if (!endedStates.includes(status) || (status === "done" && text.length < expected.length)) lost += 1;
    if (!expected.startsWith(text)) misplaced += 1;
  }
  return { ended, lost, misplaced, differing };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      devices: { type: "string", default: "3" },
    },
  });
  const result = await runSoak({
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    devices: Number(values.devices),
    log: (line) => console.log(line),
  });
  console.log(JSON.stringify(result, null, 2));
  const isWell = result.lost + result.misplaced + result.differing + result.alarms.length === 0;
  console.log(isWell ? "Lost: nothing." : "Something is not as it should be: see above.");
  process.exit(isWell ? 0 : 1);
}
