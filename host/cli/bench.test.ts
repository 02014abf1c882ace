/** `sovereign bench` against a server that answers at a pace of its own, and where its figures are then shown. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { factsWithin } from "../agent/announcedFacts.ts";
import { unknownModel } from "../backends/backend.ts";
import { followMeasured, keepMeasured, readMeasured } from "../fit/measured.ts";
import { measureModel } from "../fit/measureModel.ts";
import { runCli, type CliResult } from "../testing/cliProcess.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";

let home: string;
let server: ScriptedBackend;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "sovereign-bench-"));
  server = await startScriptedBackend({ models: ["small", "large"] });
});
afterEach(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

const bench = (words: readonly string[]): Promise<CliResult> =>
  runCli(["bench", ...words], { home, input: "", environment: { SOVEREIGN_BACKEND: server.url } });

describe("one measurement", () => {
  it("BN1 is what a clock says: until the first token, and tokens a second from then on, by the server's own count", async () => {
    let now = 0;
    const backend = {
      async *answer() {
        now += 800;
        yield { kind: "thinking", text: "hm" } as const;
        for (let at = 0; at < 10; at += 1) {
          now += 100;
          yield { kind: "text", text: "one two " } as const;
        }
        yield { kind: "usage", promptTokens: 300, completionTokens: 41 } as const;
      },
    };
    const signal = new AbortController().signal;
    const asked = { backend, model: "m", promptTokens: 256, mark: "x", nowMs: () => now, signal };
    expect(await measureModel(asked)).toEqual({ promptTokens: 300, firstTokenMs: 800, tokensPerSecond: 40 });
  });

  it("BN2 none comes of an answer of one piece, and one that never ends is ended", async () => {
    let now = 0;
    let pieces = 0;
    const of = (most: number) => ({
      async *answer(_question: unknown, signal: AbortSignal) {
        for (let at = 0; at < most && !signal.aborted; at += 1) {
          now += 10;
          pieces += 1;
          yield { kind: "text", text: "a" } as const;
        }
      },
    });
    const ask = { model: "m", promptTokens: 16, mark: "x", nowMs: () => now, signal: new AbortController().signal };
    expect(await measureModel({ ...ask, backend: of(1) })).toBeNull();
    pieces = 0;
    expect(await measureModel({ ...ask, backend: of(1e9) })).toMatchObject({ tokensPerSecond: 100 });
    expect(pieces).toBe(512);
  });
});

describe("what was measured", () => {
  const row = { promptTokens: 256, firstTokenMs: 420, tokensPerSecond: 77.7 };

  it("BN3 is kept for a model at its place, takes the place of the one before, and nonsense in the file is nothing", () => {
    keepMeasured(home, { model: "small", where: "here", at: 1, rows: [row] });
    keepMeasured(home, { model: "large", where: "here", at: 2, rows: [row] });
    const follow = followMeasured(home);
    expect(follow("small", "here")).toEqual(row);
    expect(follow("small", "there"), "another machine is another speed").toBeNull();
    keepMeasured(home, { model: "small", where: "here", at: 3, rows: [{ ...row, tokensPerSecond: 50.5 }] });
    expect(follow("small", "here")?.tokensPerSecond).toBe(50.5);
    expect(readMeasured(home).map(({ model }) => model)).toEqual(["small", "large"]);
    for (const nonsense of [
      "",
      "[]",
      '{"models":[{"model":1}]}',
      '{"models":[{"model":"m","where":"w","at":1,"rows":[{"promptTokens":"x"}]}]}',
    ]) {
      writeFileSync(join(home, "measured.json"), nonsense);
      expect(
        readMeasured(home).flatMap(({ rows }) => rows),
        nonsense,
      ).toEqual([]);
    }
  });

  it("BN4 is what devices are told of the model, in whole tokens", () => {
    const backend = { kind: "model", where: "here", describe: unknownModel } as const;
    expect(
      factsWithin(backend, ["small", "large"], 3_072, (model) =>
        model === "small" ? row : { ...row, tokensPerSecond: 0.4 },
      ),
    ).toEqual({
      servers: ["here"],
      facts: [{ server: 0, tokensPerSecond: 78, firstTokenMs: 420 }, { server: 0 }],
    });
  });
});

describe("sovereign bench", () => {
  it(
    "BN5 measures the model that is named, shows it in `models`, and refuses one that is not there",
    { timeout: 60_000 },
    async () => {
      for (let at = 0; at < 3; at += 1) server.script(say("one, two, three, four, five", { delayMs: 5 }));
      const done = await bench(["large", "--prompts", "64,128", "--json"]);
      expect(done, done.errors).toMatchObject({ code: 0 });
      expect(JSON.parse(done.out)).toMatchObject({ model: "large", rows: [expect.anything(), expect.anything()] });
      const listed = await runCli(["models", "--vram", "32GB", "--json"], { home, input: "", environment: {} });
      expect(listed).toMatchObject({ code: 0 });
      expect(JSON.parse(readFileSync(join(home, "measured.json"), "utf8"))).toMatchObject({
        models: [{ model: "large" }],
      });
      const unknown = await bench(["huge"]);
      expect(unknown.code).toBe(2);
      expect(unknown.errors).toMatch(/no model "huge" here. There is: small, large/);
      expect((await bench(["--prompts", "many"])).code).toBe(2);
    },
  );
});
