import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../testing/tinyGguf.ts";
import { fitModel, parseMemory, type Memory } from "./fit.ts";
import { findHardware, parseNvidia, parseRocm } from "./hardware.ts";
import { findKnownModel, KNOWN_MODELS, UNIFIED_MEMORY } from "./knownModels.ts";
import { listModels } from "./listModels.ts";
import { bestModel, recipesFor } from "./recipes.ts";

const GIB = 1_073_741_824;
const cards = (...gib: number[]): Memory => ({ kind: "gpu", bytes: gib.map((each) => each * GIB), ramBytes: 64 * GIB });
const wanted = { contextTokens: 8_192, concurrency: 1 };
const known = (name: string) => {
  const model = findKnownModel(name);
  if (model === null) throw new Error(`${name} is not in the table`);
  return model;
};
const fit = (name: string, memory: Memory, more = wanted) => fitModel(known(name), memory, more);

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-fit-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("whether a model fits", () => {
  it("FT1 a 32 GB card takes gpt-oss-20b, gemma4-31b and qwen3.6-35b-a3b, and not gpt-oss-120b: what would happen, and what adds it", () => {
    for (const name of ["gpt-oss-20b", "gemma4-31b", "qwen3.6-35b-a3b"])
      expect(fit(name, cards(32)), name).toMatchObject({ fits: true, step: null });
    const large = fit("gpt-oss-120b", cards(32));
    expect(large).toMatchObject({ fits: false, step: "2 × 32 GB, or 80 GB" });
    expect(large.offload?.bytes).toBeGreaterThan(25e9);
    expect(large.why).toMatch(
      /does not fit.*60 GB of weights.*system's memory.*an estimate.*What adds it: 2 × 32 GB, or 80 GB/,
    );
    for (const memory of [cards(32, 32), cards(80)]) expect(fit("gpt-oss-120b", memory).fits).toBe(true);
    // Each card carries the program once more.
    expect(fit("gpt-oss-120b", cards(24, 32)).fits).toBe(false);
    expect(fit("gpt-oss-120b", { ...cards(32), ramBytes: 8 * GIB })).toMatchObject({
      offload: null,
      why: expect.stringMatching(/would not load/),
    });
  });

  it("FT2 the cache grows with context and answers at once, but for windows, states, and the longest text that a model knows", () => {
    const bytesOf = (name: string, contextTokens: number, concurrency = 1) =>
      fit(name, cards(80), { contextTokens, concurrency }).cacheBytes ?? 0;
    // 32 layers × 8 heads × 128 × keys and values × 2 bytes.
    expect(bytesOf("llama3.1-8b", 1)).toBe(131_072);
    expect(bytesOf("llama3.1-8b", 8_192, 4)).toBe(131_072 * 8_192 * 4);
    // Half of its layers stop at 128 tokens and a batch.
    expect(bytesOf("gpt-oss-20b", 100_000)).toBe(12 * 1_024 * 2 * (100_000 + 640));
    expect(bytesOf("qwen3.6-35b-a3b", 1)).toBe(20_480);
    // 50 layers with a window, 10 without and of another shape.
    expect(bytesOf("gemma4-31b", 1_000)).toBe((50 * 8_192 + 10 * 4_096) * 2 * 1_000);
    expect(bytesOf("qwen3-8b", 1_000_000)).toBe(bytesOf("qwen3-8b", 40_960));
  });

  it("FT3 shared memory takes what the rule of thumb says, at a short context; without a card it says so", () => {
    const short = { contextTokens: 4_096, concurrency: 1 };
    const unified = (gib: number): Memory => ({
      kind: "unified",
      bytes: [gib * GIB - Math.max(2 * GIB, (gib * GIB) / 8)],
      ramBytes: 0,
    });
    expect(UNIFIED_MEMORY.map(({ gb }) => gb)).toEqual([8, 16, 36]);
    for (const [gib, name] of [
      [8, "llama3.1-8b"],
      [16, "qwen3-14b"],
      [36, "qwen3-32b"],
    ] as const)
      expect(fit(name, unified(gib), short).fits, name).toBe(true);
    for (const [gib, name] of [
      [8, "qwen3-14b"],
      [16, "qwen3-32b"],
      [36, "llama3.3-70b"],
    ] as const)
      expect(fit(name, unified(gib), short).fits, name).toBe(false);
    const bare = fit("gpt-oss-120b", { kind: "ram", bytes: [14 * GIB], ramBytes: 14 * GIB });
    expect(bare.why).toMatch(/without a card.*a machine with \d+ GB of memory, or a card with 80 GB/);
  });

  it("FT4 reads what people write of a card", () => {
    expect(parseMemory("32GB")).toEqual([32 * GIB]);
    expect(parseMemory(" 2 x 24 gib ")).toEqual([24 * GIB, 24 * GIB]);
    expect(parseMemory("11.5")).toEqual([11.5 * GIB]);
    for (const text of ["", "GB", "0", "-4GB", "9x8", "1e9", "32 TB", "32GB;rm"])
      expect(parseMemory(text), text).toBeNull();
  });

  it("FT5 knows a model by the names that servers give it", () => {
    for (const name of ["gpt-oss:120b", "openai/gpt-oss-120b", "GPT-OSS-120B", "gpt-oss:120b:latest"])
      expect(findKnownModel(name)?.name, name).toBe("gpt-oss-120b");
    for (const name of ["", "gpt-oss", "small", "gpt-oss-120b-uncensored"]) expect(findKnownModel(name)).toBeNull();
    expect(new Set(KNOWN_MODELS.map(({ name }) => name)).size).toBe(KNOWN_MODELS.length);
    for (const { cache, bytes } of KNOWN_MODELS) expect([cache === null, bytes > 1e9]).toEqual([false, true]);
  });

  it("FT6 lines to paste bind loopback, name the model that fits, and share it out among the cards", () => {
    const memory = cards(32, 32);
    expect(bestModel(memory, wanted)?.name).toBe("gpt-oss-120b");
    expect(bestModel(cards(2), wanted)).toBeNull();
    const lines = recipesFor(known("gpt-oss-120b"), memory, { contextTokens: 8_192, concurrency: 4 });
    const text = JSON.stringify(lines);
    expect(lines.map(({ server }) => server)).toEqual(["Ollama", "llama.cpp", "LM Studio", "vLLM"]);
    expect(text).toMatch(/--tensor-parallel-size 2/);
    expect(text).toMatch(/-c 32768 -np 4/);
    expect(text).not.toMatch(/0\.0\.0\.0/);
    // No card: nothing is put on one.
    const bare = recipesFor(known("llama3.1-8b"), { kind: "ram", bytes: [8 * GIB], ramBytes: 0 }, wanted);
    expect(bare.map(({ server }) => server)).not.toContain("vLLM");
    expect(JSON.stringify(bare)).toMatch(/-ngl 0/);
  });
});

describe("what is there", () => {
  it("FT12 lists what the host answers with, what lies in its home, and the table, each once", () => {
    mkdirSync(join(home, "models"));
    writeTinyGguf(join(home, "models/tiny.gguf"));
    writeTinyGguf(join(home, "models/spare.gguf"));
    writeFileSync(join(home, "models/broken.gguf"), "GG");
    const listed = listModels({ home, hostModels: ["tiny", "gpt-oss:20b", "secret"], memory: cards(32), wanted });
    const of = (name: string) => listed.find((each) => each.name === name);
    expect(of("tiny")).toMatchObject({ source: "host", fits: true });
    expect(of("gpt-oss:20b")).toMatchObject({ source: "host", fits: true, bytes: 13e9 });
    expect(of("secret")).toMatchObject({ source: "host", fits: null, why: expect.stringMatching(/does not say/) });
    expect(of("spare")).toMatchObject({ source: "file", fits: true });
    expect(of("broken")).toMatchObject({ source: "file", fits: null, why: expect.stringMatching(/cut off/) });
    expect(of("gpt-oss-20b")).toBeUndefined();
    expect(listed.filter(({ source }) => source === "known")).toHaveLength(KNOWN_MODELS.length - 1);
  });
});

describe("the machine", () => {
  const at = (outputs: Readonly<Record<string, string>>, platform: NodeJS.Platform = "linux", arch = "x64") =>
    findHardware({ platform, arch, ramBytes: 64 * GIB, run: async (command) => outputs[command] ?? null });

  it("FT20 cards by their makers' tools, memory that is shared, or memory alone", async () => {
    const two = await at({
      "nvidia-smi": "NVIDIA GeForce RTX 5090, 32607, 31500\nNVIDIA GeForce RTX 5090, 32607, 4000\n",
    });
    expect(two.memory).toMatchObject({ kind: "gpu", bytes: [32_607 * 1_048_576, 32_607 * 1_048_576] });
    expect(two.says).toMatch(/^NVIDIA GeForce RTX 5090, 32 GB; NVIDIA/);
    const amd = {
      card0: {
        "Card Series": "Radeon RX 7900 XTX",
        "VRAM Total Memory (B)": String(24 * GIB),
        "VRAM Total Used Memory (B)": String(GIB),
      },
    };
    expect((await at({ "rocm-smi": JSON.stringify(amd) })).cards).toEqual([
      { name: "Radeon RX 7900 XTX", bytes: 24 * GIB, freeBytes: 23 * GIB },
    ]);
    expect((await at({}, "darwin", "arm64")).memory).toEqual({
      kind: "unified",
      bytes: [56 * GIB],
      ramBytes: 56 * GIB,
    });
    expect((await at({})).memory.kind).toBe("ram");
  });

  it("FT21 a tool that talks nonsense is no card, and no crash", async () => {
    const nonsense = [
      "",
      "No devices were found",
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
      "a, b, c\n,,,\nx,-1,0\ny,1e30,0",
      "\u0000\u0007, NaN",
      "{}",
      "[]",
      "null",
      '{"card0": 7, "card1": {"VRAM Total Memory (B)": "lots"}}',
    ];
    for (const text of nonsense) {
      expect(parseNvidia(text), text).toEqual([]);
      expect(parseRocm(text), text).toEqual([]);
      expect((await at({ "nvidia-smi": text, "rocm-smi": text })).memory.kind).toBe("ram");
    }
    expect(parseNvidia("Card\u0007 X, 1000, 99999")).toEqual([
      { name: "Card X", bytes: 1_000 * 1_048_576, freeBytes: null },
    ]);
  });
});
