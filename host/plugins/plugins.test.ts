/** Plugins and who would like to be one: what is not exactly what a trusted publisher signed is not installed, not started, not offered. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bytesToHex, utf8ToBytes } from "#crypto/bytes.ts";
import { sign, type SigningKey } from "#crypto/device.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createManualClock } from "#sync/testing/manualClock.ts";
import { approve } from "../mcp/definitions.ts";
import { McpError } from "../mcp/errors.ts";
import { lookEveryMs } from "../mcp/limits.ts";
import { planSandbox, toCommandLine } from "../mcp/sandbox.ts";
import { changeServers, readServers } from "../mcp/settings.ts";
import { createToolServers } from "../mcp/toolServers.ts";
import { checkInstalled, keepFiles, noteSeen, readToInstall, removeFiles, toServer } from "./installed.ts";
import { isNewer, readPlugin } from "./manifest.ts";
import { createPluginRules } from "./rules.ts";
import { attacks } from "./testing/attacks.ts";
import { makePlugin, publisherKey, tinyTools } from "./testing/makePlugin.ts";
import { distrust, isTrusted, readTrusted, trust } from "./trust.ts";

let [ann, mallory]: SigningKey[] = [];
let base: string;
let home: string;
let folder: string;
const hex = (key: SigningKey | undefined): string => bytesToHex(key?.publicKey ?? new Uint8Array());
const keyOf = (key: SigningKey | undefined): SigningKey => key as SigningKey;

beforeAll(async () => {
  await sodiumReady;
  [ann, mallory] = [publisherKey(1), publisherKey(2)];
});

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "plugins-"));
  [home, folder] = [join(base, "home"), join(base, "tiny")];
  mkdirSync(home);
  makePlugin(folder, keyOf(ann));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Why it is not used; `null`: it is. */
function refusal(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof McpError) return error.ownerSentence;
    throw error;
  }
}

function installTiny(): ReturnType<typeof toServer> {
  const plugin = readToInstall(home, folder);
  keepFiles(home, plugin);
  noteSeen(home, plugin.manifest);
  return {
    ...toServer(home, plugin.manifest, { reads: [], writes: [] }, {}),
    approved: plugin.manifest.tools.map(approve),
  };
}

describe("a plugin", () => {
  test("PL1 of nobody whom the owner trusts is not used, whatever it says of itself; with its publisher trusted it is", () => {
    expect(refusal(() => readToInstall(home, folder))).toMatch(/trust no publisher yet/);
    trust(home, "Mallory", hex(mallory));
    expect(refusal(() => readToInstall(home, folder))).toMatch(/whom you do not trust/);
    trust(home, "Ann", hex(ann));
    expect(readToInstall(home, folder).manifest).toMatchObject({ name: "tiny", version: "1.0.0", publisher: hex(ann) });
    expect(distrust(home, "Ann")).toMatchObject({ name: "Ann" });
    expect(refusal(() => readToInstall(home, folder))).toMatch(/whom you do not trust/);
    // A list that does not read trusts nobody.
    trust(home, "Ann", hex(ann));
    writeFileSync(join(home, "tools", "trust.json"), readFileSync(join(home, "tools", "trust.json")).subarray(0, -9));
    expect([readTrusted(home), isTrusted(home, hex(ann))]).toEqual([[], false]);
  });

  test("PL2 with any byte of any of its files another is not used, nor cut off anywhere, nor longer", () => {
    const trusts = (key: string): boolean => key === hex(ann);
    const paths = ["plugin.json", "plugin.sig", "server.mjs", "tools.json", "lib/words.txt"];
    const whole = new Map(paths.map((path) => [path, readFileSync(join(folder, path))]));
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.constantFrom("flip", "cut", "add"),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (path, way, at, by) => {
          const bytes = whole.get(path) ?? Buffer.alloc(0);
          const place = at % bytes.length;
          const changed = Buffer.from(way === "cut" ? bytes.subarray(0, place) : bytes);
          if (way === "flip") changed[place] = (changed[place] ?? 0) ^ by;
          const next =
            way === "add" ? Buffer.concat([bytes.subarray(0, place), Buffer.of(by), bytes.subarray(place)]) : changed;
          writeFileSync(join(folder, path), next);
          const why = refusal(() => readPlugin(folder, trusts));
          writeFileSync(join(folder, path), bytes);
          seen.add(`${path} ${way}`);
          // White space around the signature is no part of it.
          const isSame = path === "plugin.sig" && next.toString("latin1").trim() === bytes.toString("latin1").trim();
          expect(why === null, `${path}, ${way} at ${place}`).toBe(isSame);
        },
      ),
      { numRuns: 1_500 },
    );
    expect(seen.size).toBe(15);
    expect(refusal(() => readPlugin(folder, trusts))).toBeNull();
  });

  test.each(attacks)("PL2 %s: not used", (_what, attack) => {
    trust(home, "Ann", hex(ann));
    attack(folder);
    expect(refusal(() => readToInstall(home, folder))).toMatch(/^This plugin is not used\. /);
    expect(existsSync(join(home, "tools", "plugins"))).toBe(false);
  });

  const odd: readonly (readonly [string, Record<string, unknown>])[] = [
    ["a name that is a path", { name: "../tiny" }],
    ["our own tools' name", { name: "artifact" }],
    ["a version that is a word", { version: "latest" }],
    ["a version with more behind it", { version: "1.0.0-../../x" }],
    ["a capability that there is not", { capabilities: ["network"] }],
    ["something that is not known here", { postinstall: "sh run.sh" }],
    ["nothing to run", { run: "missing.mjs" }],
    ["what it runs elsewhere", { run: "/usr/bin/env" }],
    ["no tools", { tools: [] }],
    ["a tool named twice", { tools: [...tinyTools, ...tinyTools] }],
    ["a setting that is no word", { settings: [{ name: "--eval", says: "" }] }],
  ];
  test.each(odd)("PL6 with %s cannot even be signed, and is not read", (_what, more) => {
    expect(refusal(() => makePlugin(join(base, "odd"), keyOf(ann), more))).not.toBeNull();
    // Nor by who signs whatever they like.
    const manifest = utf8ToBytes(
      JSON.stringify({ ...(JSON.parse(readFileSync(join(folder, "plugin.json"), "utf8")) as object), ...more }),
    );
    writeFileSync(join(folder, "plugin.json"), manifest);
    writeFileSync(join(folder, "plugin.sig"), bytesToHex(sign("sovereign/plugin/v1", manifest, keyOf(ann))));
    expect(refusal(() => readPlugin(folder, () => true))).not.toBeNull();
  });

  test("PL3 an older version, or the same again, is not taken, also after it was removed; a newer one is", () => {
    trust(home, "Ann", hex(ann));
    trust(home, "Mallory", hex(mallory));
    const at = (version: string, key = ann): string =>
      makePlugin(join(base, `at-${version}-${hex(key).slice(0, 4)}`), keyOf(key), { version });
    for (const version of ["1.2.0", "1.10.0"]) {
      const plugin = readToInstall(home, at(version));
      keepFiles(home, plugin);
      noteSeen(home, plugin.manifest);
    }
    for (const old of ["1.10.0", "1.9.9", "1.2.0", "0.99.0"])
      expect(
        refusal(() => readToInstall(home, at(old))),
        old,
      ).toMatch(/not newer than 1\.10\.0/);
    expect(refusal(() => readToInstall(home, at("3.0.0", mallory)))).toMatch(/from another publisher/);
    removeFiles(home, "tiny");
    expect(refusal(() => readToInstall(home, at("1.2.0")))).toMatch(/not newer/);
    expect(readToInstall(home, at("1.10.1")).manifest.version).toBe("1.10.1");
    // Nor by breaking the list of what was here.
    writeFileSync(join(home, "tools", "plugins.json"), "{");
    expect(refusal(() => readToInstall(home, at("1.10.1")))).toMatch(/Nothing was installed/);
    expect([isNewer("1.0.0", "1.0.0"), isNewer("2.0.0", "10.0.0"), isNewer("1.0.1", "1.0.0")]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("PL2 one that is here and was changed since is not started, in whatever way", () => {
    trust(home, "Ann", hex(ann));
    const server = installTiny();
    const own = server.plugin?.folder ?? "";
    expect(refusal(() => checkInstalled(home, server))).toBeNull();
    for (const path of readdirSync(own, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())) {
      const file = join(path.parentPath, path.name);
      const whole = readFileSync(file);
      const changed = Buffer.from(whole);
      changed[5] = (changed[5] ?? 0) ^ 1;
      writeFileSync(file, changed);
      expect(
        refusal(() => checkInstalled(home, server)),
        path.name,
      ).not.toBeNull();
      writeFileSync(file, whole);
    }
    // Another plugin of the same publisher's put in its place.
    makePlugin(join(base, "other"), keyOf(ann), { version: "1.0.0", name: "other" });
    rmSync(own, { recursive: true });
    cpSync(join(base, "other"), own, { recursive: true });
    expect(refusal(() => checkInstalled(home, server))).toMatch(/not the one that was installed/);
  });

  test("PL8 written down with more than its manifest asks for, or from elsewhere, is not started; its program is the host's own Node", () => {
    trust(home, "Ann", hex(ann));
    const server = installTiny();
    const part = server.plugin as NonNullable<typeof server.plugin>;
    cpSync(part.folder, join(base, "elsewhere"), { recursive: true });
    const others: readonly (readonly [string, Partial<typeof server>])[] = [
      ["another file", { args: [join(part.folder, "lib/words.txt")] }],
      ["another file elsewhere", { args: ["/tmp/other.mjs"] }],
      ["a word more", { args: [...server.args, "--eval"] }],
      ["no words", { args: [] }],
      ["a word for Node before it", { args: ["--import=/tmp/other.mjs", ...server.args] }],
      ["another program", { command: "/bin/sh" }],
      ["a folder to read", { reads: [base] }],
      ["a folder to write", { writes: [base] }],
      ["a folder to keep things in", { plugin: { ...part, data: base } }],
      ["a setting that it does not have", { plugin: { ...part, settings: { other: "1" } } }],
      [
        "its files elsewhere",
        { plugin: { ...part, folder: join(base, "elsewhere") }, args: [join(base, "elsewhere", "server.mjs")] },
      ],
      ["another version", { plugin: { ...part, version: "1.0.1" } }],
      ["another publisher", { plugin: { ...part, publisher: hex(mallory) } }],
      ["another name", { name: "small" }],
    ];
    for (const [what, more] of others)
      expect(
        refusal(() => checkInstalled(home, { ...server, ...more })),
        what,
      ).toMatch(/not the one that was installed|is not there/);
    // Node was installed anew, elsewhere: what runs is the one that runs the host.
    const moved = checkInstalled(home, { ...server, command: `/opt/old/${basename(process.execPath)}` });
    expect(moved.command).toBe(process.execPath);
    expect(
      refusal(() => checkInstalled(home, { ...server, plugin: { ...part, settings: { unit: "kelvin" } } })),
    ).toBeNull();
    // A link to the very same place is that place.
    symlinkSync(home, join(base, "link"));
    expect(refusal(() => checkInstalled(join(base, "link"), server))).toBeNull();
  });

  test("PL7 what it is set to stands in no command line", () => {
    trust(home, "Ann", hex(ann));
    const { manifest } = readToInstall(home, folder);
    keepFiles(home, readToInstall(home, folder));
    const server = toServer(home, manifest, { reads: [], writes: [] }, { unit: "known-to-its-owner-alone" });
    changeServers(home, () => [server]);
    const [read] = readServers(home);
    expect(read).toMatchObject({ plugin: { settings: { unit: "known-to-its-owner-alone" } } });
    const line = toCommandLine(planSandbox(checkInstalled(home, read as typeof server))).join(" ");
    expect(line).toContain("server.mjs");
    expect(line).not.toContain("known-to-its-owner-alone");
  });

  test("PL5 of a publisher who is trusted no more is not offered from then on, nor started", async () => {
    trust(home, "Ann", hex(ann));
    const server = installTiny();
    changeServers(home, () => [server]);
    const clock = createManualClock();
    const started: string[] = [];
    const connect = (): never => {
      started.push("tiny");
      throw new McpError("gone", "It ended.");
    };
    const servers = createToolServers({ home, clock, connect, plugins: createPluginRules(home) });
    const names = (): string[] => servers.tools().map(({ name }) => name);
    const run = () =>
      servers
        .tools()[0]
        ?.run({}, { signal: new AbortController().signal, progress: () => {}, elicit: () => Promise.resolve(null) });
    expect(names()).toEqual(["tiny_say"]);
    await run();
    expect(started).toEqual(["tiny"]);
    writeFileSync(join(server.plugin?.folder ?? "", "more.mjs"), "1");
    expect(await run()).toMatchObject({ isError: true });
    expect(started).toEqual(["tiny"]);
    distrust(home, "Ann");
    await clock.advance(lookEveryMs + 1);
    expect(names()).toEqual([]);
    // Where nobody looks after plugins, there are none.
    trust(home, "Ann", hex(ann));
    expect(createToolServers({ home, clock, connect }).tools()).toEqual([]);
    await servers.close();
  });
});
