import { describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { buildRuntime } from "../build/previewRuntimes.ts";
import { runtimeNames, runtimesIn } from "./runtimes.ts";

describe("runtimes of small apps", () => {
  test("PR1 are those that the page names, each once, and nothing that only looks like one", () => {
    expect(runtimesIn('<script src="runtime:ui"></script><p><script defer src=runtime:chart></script>')).toEqual([
      "ui",
      "chart",
    ]);
    expect(runtimesIn("<SCRIPT SRC='runtime:UI'></SCRIPT><script src=\"runtime:ui\"></script>")).toEqual(["ui"]);
    for (const html of [
      '<script src="runtime:jquery"></script>',
      '<script src="https://cdn.example/runtime:ui"></script>',
      "<p>src=runtime:ui</p>",
      "<script>const src = 1</script>",
    ])
      expect(runtimesIn(html)).toEqual([]);
  });

  test.each(runtimeNames)("PR2 %s is one script that fetches nothing, and small", async (name) => {
    const code = await buildRuntime(name);
    expect(gzipSync(code).length).toBeLessThan(40_000);
    expect(code).not.toMatch(/\bimport\s*\(|\bfetch\s*\(|XMLHttpRequest|WebSocket|https?:\/\/(?!www\.w3\.org\/)/);
  });

  test("PR4 are the ones that models are told of", () => {
    const told = readFileSync(new URL("../../host/agent/artifactPrompt.ts", import.meta.url), "utf8");
    const names = [...told.matchAll(/runtime:([a-z]+)/g)].map(([, name]) => name);
    expect([...new Set(names)]).toEqual([...runtimeNames]);
  });
});
