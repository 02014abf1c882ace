/** Plugins as their owner installs them: the command line, and the plugin as a process in its sandbox. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesToHex } from "#crypto/bytes.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { systemClock } from "#sync/systemClock.ts";
import { findNoSandbox } from "../mcp/sandbox.ts";
import { createToolServers } from "../mcp/toolServers.ts";
import { createPluginRules } from "../plugins/rules.ts";
import { makePlugin, publisherKey, tinyTools } from "../plugins/testing/makePlugin.ts";
import { runCli } from "../testing/cliProcess.ts";

const context = { signal: new AbortController().signal, progress: () => {}, elicit: () => Promise.resolve(null) };
const keep = { name: "keep", description: "Keeps a note.", inputSchema: { type: "object", properties: {} } };

test("PL4 sovereign plugins: nothing without trust; what it may do is read before, and asked; an update shows what is new; what it did not sign is not taken", async () => {
  await sodiumReady;
  mkdirSync(join(import.meta.dirname, "../../test-results"), { recursive: true });
  const base = mkdtempSync(join(import.meta.dirname, "../../test-results/plugins-"));
  const home = join(base, "home");
  const [ann] = [publisherKey(1)];
  const cli = (...words: string[]) => runCli(["plugins", ...words], { home, input: "yes\n" });
  try {
    const first = makePlugin(join(base, "first"), ann);
    expect(await cli("install", first)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/trust no publisher yet/) as unknown,
    });
    expect((await cli("trust", "Ann", bytesToHex(ann.publicKey))).code).toBe(0);
    const noSandbox = await findNoSandbox();
    if (noSandbox !== null) {
      expect(await cli("install", first)).toMatchObject({
        code: 1,
        errors: expect.stringContaining(noSandbox) as unknown,
      });
      return;
    }
    expect(await runCli(["plugins", "install", first], { home, input: "no\n" })).toMatchObject({ code: 6 });
    expect((await cli("list")).out).not.toContain("tiny");
    expect(await cli("install", first, "--write", base)).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/does not ask for folders/) as unknown,
    });
    const done = await cli("install", first, "--set", "unit=celsius");
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/1 tool of tiny can be used/) as unknown });
    expect(done.errors).toMatch(
      /tiny 1\.0\.0 by Ann: A small one\.[^]*it may change {2}nothing[^]*no network[^]*setting unit = "celsius"[^]*tiny_say[^]*Says what it was set to\./,
    );
    // It runs in its sandbox, with its setting, and can keep nothing.
    const servers = createToolServers({ home, clock: systemClock, plugins: createPluginRules(home) });
    const [say] = servers.tools();
    expect(say).toMatchObject({ name: "tiny_say", class: "reads-here" });
    expect(await say?.run({}, context)).toMatchObject({ isError: false, parts: [{ text: "unit celsius, 0 words" }] });
    await servers.close();

    const lying = makePlugin(join(base, "lying"), ann, { version: "1.1.0", served: [...tinyTools, keep] });
    expect(await cli("install", lying)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/says something else of the tool keep than its publisher signed/) as unknown,
    });
    const more = { version: "1.2.0", capabilities: ["storage"], tools: [...tinyTools, keep] };
    const second = makePlugin(join(base, "second"), ann, more);
    const updated = await cli("install", second);
    expect(updated.code).toBe(0);
    expect(updated.errors).toMatch(
      /tiny 1\.2\.0 by Ann \(here is 1\.0\.0\)[^]*files in a folder of its own {3}NEW[^]*tiny_keep[^]*Keeps a note\./,
    );
    expect(updated.errors).not.toContain("Says what it was set to.");
    expect(await cli("install", first)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/not newer than 1\.2\.0/) as unknown,
    });
    const again = createToolServers({ home, clock: systemClock, plugins: createPluginRules(home) });
    const kept = again.tools().find(({ name }) => name === "tiny_keep");
    expect(kept?.class).toBe("writes-here");
    expect(await kept?.run({}, context)).toMatchObject({ isError: false, parts: [{ text: "kept" }] });
    await again.close();
    expect(readFileSync(join(home, "tools/plugins/tiny/data/note"), "utf8")).toBe("kept");
    expect((await cli("list")).out).toMatch(/plugin +tiny 1\.2\.0 +by Ann/);
    expect((await cli("distrust", "Ann")).errors).toContain("Not used any more: tiny");
    expect((await cli("remove", "tiny")).code).toBe(0);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}, 120_000);
