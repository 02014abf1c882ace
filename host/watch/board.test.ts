/** SB: how each part is, and what went wrong. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deviceKeysFromSeeds } from "#crypto/device.ts";
import { systemRandom } from "#crypto/random.ts";
import { openHealth, sealHealth } from "#crypto/sealedHealth.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { IncidentFacts } from "#crypto/serviceFacts.ts";
import { createBoard, type Board } from "./board.ts";
import { lastAliveMs, openIncidents, readIncidents } from "./incidents.ts";
import { createHostBoard } from "./hostBoard.ts";
import { mergeMs, recentMax, shareStepBytes, stalledMs, toldEveryMs } from "./limits.ts";
import { sayIncident, sayShare, sayState } from "./say.ts";

let now: number;
let told: IncidentFacts[];
let changes: number;
const start = (before: readonly IncidentFacts[] = []): Board =>
  createBoard({ nowMs: () => now, onIncident: (each) => told.push(each), onChange: () => (changes += 1), before });
beforeEach(() => {
  [now, told, changes] = [1_000_000, [], 0];
});

describe("a line", () => {
  it("SB1 says how the part is, since when, when it was heard, what waits and what went wrong last", () => {
    const board = start();
    const agent = board.entry("agent");
    agent.set("starting");
    now += 800;
    agent.set("well");
    now += 5_000;
    agent.beat({ progress: 3, waiting: 2, oldestMs: 700 });
    expect(board.services()).toEqual([
      {
        ...{ kind: "agent", state: "well", since: 1_000_800, heard: 1_005_800, waiting: 2, oldestMs: 700 },
        ...{ restarts: 0, lastError: null },
      },
    ]);
    agent.trouble("crashed", "The agent stopped.");
    agent.set("starting");
    now += 300;
    agent.set("well");
    const [line] = board.services();
    expect(line).toMatchObject({
      state: "well",
      restarts: 1,
      waiting: 0,
      lastError: { at: 1_005_800, says: "The agent stopped." },
    });
    expect(line === undefined ? "" : sayState(line)).toBe("well, started again once");
  });

  it("SB2 that beats, has something waiting and gets nothing done stands still; it is said, and is over with the first progress", () => {
    const board = start();
    const agent = board.entry("agent");
    agent.set("well");
    for (let beats = 0; beats < stalledMs / 5_000 + 2; beats += 1) {
      now += 5_000;
      agent.beat({ progress: 7, waiting: 1, oldestMs: beats * 5_000 });
    }
    expect(board.services()[0]).toMatchObject({ state: "trouble", trouble: "stalled" });
    agent.beat({ progress: 8, waiting: 1, oldestMs: stalledMs + 60_000 });
    expect(board.services()[0]).toMatchObject({ state: "well" });
  });

  it("SB3 one that waits long and goes on all the time does not", () => {
    const board = start();
    const agent = board.entry("agent");
    agent.set("well");
    for (let beats = 0; beats < 800; beats += 1) {
      now += 5_000;
      agent.beat({ progress: beats, waiting: 9, oldestMs: beats * 5_000 });
    }
    expect(board.services()[0]).toMatchObject({ state: "well" });
    expect(told).toEqual([]);
  });

  it("SB4 backends have a line each, by name, and lose it with their entry in the settings", () => {
    const board = start();
    board.entry("backend", "vLLM at 10.0.0.2:8000").trouble("unreachable", "It does not answer.");
    board.entry("backend", "Ollama at 127.0.0.1:11434").set("well");
    expect(board.services().map(({ name, state }) => [name, state])).toEqual([
      ["Ollama at 127.0.0.1:11434", "well"],
      ["vLLM at 10.0.0.2:8000", "trouble"],
    ]);
    board.remove("backend", "vLLM at 10.0.0.2:8000");
    expect(board.services()).toHaveLength(1);
    expect(board.incidents()[0]).toMatchObject({ kind: "backend", trouble: "unreachable", to: now });
  });
});

describe("incidents", () => {
  it("SB5 a part that falls again and again is one incident, which ends when it has held for a minute", () => {
    const board = start();
    const relay = board.entry("relay");
    relay.set("well");
    for (let falls = 0; falls < 20; falls += 1) {
      relay.trouble("crashed", "It stopped.");
      now += 1_000;
      relay.set("starting");
      now += 500;
      relay.set("well");
      now += 10_000;
      board.tick();
    }
    const wellAt = now - 10_000;
    expect(board.incidents()).toEqual([{ kind: "relay", trouble: "crashed", from: 1_000_000, to: wellAt, times: 20 }]);
    expect(told, "one line, while it lasts").toHaveLength(1);
    now += mergeMs;
    board.tick();
    expect(told.at(-1)).toEqual({ kind: "relay", trouble: "crashed", from: 1_000_000, to: wellAt, times: 20 });
    expect(told).toHaveLength(2);
    relay.trouble("hung", "It hung.");
    expect(board.incidents()).toHaveLength(2);
  });

  it("SB6 no more are kept than a person reads, the newest ones", () => {
    const board = start(
      Array.from({ length: 40 }, (_, at) => ({ kind: "host", trouble: "gone", from: at, to: at + 1 })),
    );
    const relay = board.entry("relay");
    for (let at = 0; at < 40; at += 1) {
      relay.trouble("crashed", "");
      relay.set("well");
      now += 2 * mergeMs;
      board.tick();
    }
    expect(board.incidents()).toHaveLength(recentMax);
    expect(board.incidents().every(({ kind }) => kind === "relay")).toBe(true);
  });

  it("SB7 what devices are told has no sentence in it, and fits however many backends there are", async () => {
    await sodiumReady;
    const board = start();
    for (let at = 0; at < 100; at += 1)
      board.entry("backend", `${"x".repeat(300)}${at}`).trouble("unreachable", "canary sentence");
    const facts = board.facts();
    expect(JSON.stringify(facts)).not.toContain("canary");
    const seed = new Uint8Array(32).fill(3);
    const host = deviceKeysFromSeeds(seed, seed);
    const phone = deviceKeysFromSeeds(seed.fill(4), seed);
    const to = [{ id: phone.id, boxKey: phone.box.publicKey }];
    const sealed = sealHealth({ health: facts, host: host.id, to, random: systemRandom });
    expect(openHealth(sealed, host.id, phone)?.services).toHaveLength(40);
  });

  it("SB12 a clock that jumps, either way, makes nothing stand still and ends nothing before it began", () => {
    const board = start();
    const relay = board.entry("relay");
    relay.set("well");
    relay.trouble("crashed", "");
    now -= 7_200_000;
    relay.set("well");
    now += 2 * mergeMs;
    board.tick();
    expect(board.incidents()).toEqual([{ kind: "relay", trouble: "crashed", from: 1_000_000, to: 1_000_000 }]);
    now += 30 * 86_400_000;
    relay.beat({ progress: 0, waiting: 0, oldestMs: 0 });
    expect(board.services()[0]).toMatchObject({ state: "well" });
  });

  it("SB8 in words: since when, until when, how often", () => {
    const at = (ms: number): string => `t${ms}`;
    expect(sayIncident({ kind: "agent", trouble: "hung", from: 5 }, at)).toBe(
      "since t5, still: the agent did not respond",
    );
    expect(sayIncident({ kind: "relay", trouble: "crashed", from: 5, to: 9_000, times: 3 }, at)).toBe(
      "t5 to t9000: the relay stopped by itself, 3 times",
    );
  });
});

describe("the history in the home", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "sovereign-incidents-"));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it("SB9 is there after a restart, sealed, each incident once, with its end", () => {
    const first = openIncidents(home, () => now);
    first.write({ kind: "relay", trouble: "crashed", from: 5 });
    first.write({ kind: "relay", trouble: "crashed", from: 5, to: 9, times: 2 });
    first.write({ kind: "agent", trouble: "hung", from: 7 });
    first.close();
    expect(openIncidents(home, () => now).before).toEqual([
      { kind: "relay", trouble: "crashed", from: 5, to: 9, times: 2 },
      // Nobody wrote down when it ended.
      { kind: "agent", trouble: "hung", from: 7, to: 7 },
    ]);
    const bytes = readdirSync(join(home, "incidents")).map((name) =>
      readFileSync(join(home, "incidents", name), "latin1"),
    );
    expect(bytes.join()).not.toContain("crashed");
  });

  it("SB10 a host that nobody stopped has been gone from its last sign of life to its next start; one that was stopped has not", () => {
    const first = openIncidents(home, () => now);
    first.touch();
    expect(statSync(join(home, "alive")).mode & 0o777).toBe(0o600);
    expect(lastAliveMs(home)).toBe(now);
    utimesSync(join(home, "alive"), 900, 900);
    const second = openIncidents(home, () => now);
    expect(second.before).toEqual([{ kind: "host", trouble: "gone", from: 900_000, to: 1_000_000 }]);
    second.touch();
    second.close();
    expect(lastAliveMs(home)).toBeNull();
    expect(openIncidents(home, () => now).before).toHaveLength(1);
  });

  it("SB11 a clock that was set back invents nothing, and a file of nonsense is none", () => {
    const first = openIncidents(home, () => now);
    first.touch();
    expect(openIncidents(home, () => now - 60_000).before).toEqual([]);
    expect(readIncidents(join(home, "nowhere"))).toEqual([]);
  });
});

it("SB14 how full the vault is: to the byte for its owner here, by tenths of a GB for devices, told when that changes", () => {
  const home = mkdtempSync(join(tmpdir(), "sovereign-board-"));
  const [shares, due]: [unknown[], Map<number, () => void>] = [[], new Map()];
  const board = createHostBoard({
    home,
    clock: {
      now: () => now,
      after: (ms, callback) => {
        if (ms === toldEveryMs) due.set(ms, callback);
        return () => due.delete(ms);
      },
    },
    onFacts: ({ share }) => shares.push(share),
  });
  const set = (bytes: number): void => {
    board.setShare({ bytes, bytesMax: 5 * shareStepBytes });
    for (const [ms, callback] of due) {
      due.delete(ms);
      callback();
    }
  };
  expect(board.share).toBeNull();
  for (const bytes of [7, 9, shareStepBytes - 1, 2 * shareStepBytes + 5, 2 * shareStepBytes + 6, 0]) set(bytes);
  expect(shares).toEqual([0, 2 * shareStepBytes, 0].map((bytes) => ({ bytes, bytesMax: 5 * shareStepBytes })));
  set(8);
  expect(board.share).toEqual({ bytes: 8, bytesMax: 5 * shareStepBytes });
  board.close();
  rmSync(home, { recursive: true });
  expect(
    [0, shareStepBytes - 5, 13 * shareStepBytes, 480 * shareStepBytes].map((bytes) =>
      sayShare({ bytes, bytesMax: 48 * 1024 ** 3 }),
    ),
  ).toEqual(["under 0.1 of 48 GB", "under 0.1 of 48 GB", "1.3 of 48 GB", "48.0 of 48 GB"]);
});
