/** The files that make a service of the host, judged by the tools of the systems that they are for, where this machine has them. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../testing/cliProcess.ts";
import { composeName, makeComposeFile } from "./composeFile.ts";
import { makeLaunchdPlist, plistName } from "./launchdPlist.ts";
import { checkInstalled, settingsOf, type Installed } from "./place.ts";
import { makeSystemdUnit, unitName } from "./systemdUnit.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-install-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (): Installed => ({
  node: process.execPath,
  entry: join(import.meta.dirname, "../main.ts"),
  root: join(import.meta.dirname, "../.."),
  home: '/srv/my 100% "own" $HOME & <more>',
  user: "owner",
  settings: { SOVEREIGN_BACKEND: 'http://gpu:8000/v1?a=%20&b="c"', SOVEREIGN_PORT: "4242" },
});
const plain = { usesGpu: false, isTailnetOnly: false };

/** `null`: this machine has no such tool, which is said loudly: then only the text was looked at. */
function judgedBy(command: string, args: readonly string[]): string | null {
  try {
    return execFileSync(command, [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    console.error(`!!! ${command} IS NOT ON THIS MACHINE, SO IT HAS NOT JUDGED THE FILE !!!`);
    return null;
  }
}

describe("a systemd unit", () => {
  it("IN1 is one that systemd takes, whatever stands in paths and settings, and scores at most 2.0 of 10 in exposure", () => {
    for (const wish of [plain, { usesGpu: true, isTailnetOnly: true }]) {
      const file = join(folder, unitName);
      writeFileSync(file, makeSystemdUnit({ ...place(), user: "daemon" }, wish));
      // Either ends with a number of its own where it finds anything.
      for (const judge of [
        ["verify", "--recursive-errors=no"],
        ["security", "--offline=true", "--threshold=20"],
      ])
        expect(() => judgedBy("systemd-analyze", [...judge, file])).not.toThrow();
    }
  });

  it("IN2 writes its home alone, keeps memory off the disk, and opens devices or closes the net as it is asked to", () => {
    const unit = makeSystemdUnit({ ...place(), home: "/srv/own" }, plain);
    for (const line of [
      "ReadWritePaths=/srv/own",
      "ProtectSystem=strict",
      "LimitCORE=0",
      "MemorySwapMax=0",
      "CapabilityBoundingSet=",
      "PrivateDevices=yes",
      "NotifyAccess=all",
    ])
      expect(unit.split("\n")).toContain(line);
    expect(unit).not.toMatch(/IPAddress/);
    const tight = makeSystemdUnit(place(), { usesGpu: true, isTailnetOnly: true });
    expect(tight).not.toMatch(/PrivateDevices/);
    expect(tight.match(/^IPAddress.*$/gm)).toEqual([
      "IPAddressDeny=any",
      "IPAddressAllow=localhost",
      "IPAddressAllow=100.64.0.0/10",
      "IPAddressAllow=fd7a:115c:a1e0::/48",
    ]);
  });

  it("IN3 says what systemd would take for its own signs as it was meant", () => {
    const unit = makeSystemdUnit({ ...place(), entry: "/a $b/%h.ts" }, plain);
    expect(unit).toContain('"/a $$b/%%h.ts"');
    expect(unit).toContain('Environment="SOVEREIGN_BACKEND=http://gpu:8000/v1?a=%%20&b=\\"c\\""');
  });
});

describe("a launchd agent", () => {
  it("IN4 is a property list that says what was meant", () => {
    const file = join(folder, plistName);
    writeFileSync(file, makeLaunchdPlist(place()));
    judgedBy("plutil", ["-lint", file]);
    const read = judgedBy("python3", [
      "-c",
      "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))",
      file,
    ]);
    const { settings, home, node, entry } = place();
    const meant = {
      ProgramArguments: [node, entry],
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      Umask: 0o77,
      EnvironmentVariables: { SOVEREIGN_HOME: home, SOVEREIGN_NO_OPEN: "1", ...settings },
    };
    if (read !== null) expect(JSON.parse(read)).toMatchObject(meant);
    expect(readFileSync(file, "utf8")).toContain("&amp; &lt;more&gt;");
  });
});

describe("containers", () => {
  it("IN7 are such as Docker takes: no root in the host, nothing written but its home, no port on the machine, a model server without a way out", () => {
    const file = join(folder, composeName);
    writeFileSync(file, makeComposeFile({ settings: { SOVEREIGN_PORT: "4343" } }));
    const text = readFileSync(file, "utf8");
    judgedBy("docker-compose", ["-f", file, "config", "-q"]);
    const host = /\n {2}host:\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? "";
    for (const line of [
      'user: "1000:1000"',
      "read_only: true",
      'cap_drop: ["ALL"]',
      "network_mode: service:tailnet",
      "healthcheck:",
      'SOVEREIGN_PORT: "4343"',
    ])
      expect(host).toContain(line);
    expect(text).not.toMatch(/ports:|privileged/);
    expect(/\n {2}backend:\n([\s\S]*?)\n\n/.exec(text)?.[1]).toMatch(/networks: \[inside\]/);
    expect(text).toMatch(/inside:\n {4}internal: true/);
  });
});

describe("what is not made into a service", () => {
  it("IN5 one that would run as root, or hold a line break; other variables than the host's stay out", () => {
    expect(() => checkInstalled({ ...place(), user: "root" })).toThrow(
      expect.objectContaining({ ownerSentence: expect.stringMatching(/--user NAME/) }),
    );
    for (const change of [{ home: "/a\nExecStart=/bin/sh" }, { settings: { SOVEREIGN_PORT: "1\u0000" } }])
      expect(() => checkInstalled({ ...place(), ...change })).toThrow(
        expect.objectContaining({ ownerSentence: expect.stringMatching(/control character/) }),
      );
    expect(checkInstalled(place())).toEqual(place());
    expect(settingsOf({ SOVEREIGN_PORT: "1", SOVEREIGN_BACKEND: "", SOVEREIGN_DEBUG: "1", PATH: "/bin" })).toEqual({
      SOVEREIGN_PORT: "1",
    });
  });

  it(
    "IN6 sovereign install asks for what, never runs anything, and writes over nothing",
    { timeout: 90_000 },
    async () => {
      const run = (...words: readonly string[]) =>
        runCli(["install", ...words], { home: join(folder, "home"), cwd: folder });
      for (const words of [[], ["--systemd", "--launchd"]])
        expect(await run(...words)).toMatchObject({
          code: 2,
          out: "",
          errors: expect.stringMatching(/--systemd, --launchd or --compose/),
        });
      const file = join(folder, "host.service");
      const made = await run("--systemd", "--user", "somebody", "--to", file);
      expect(made).toMatchObject({ code: 0, out: "", errors: expect.stringMatching(/systemctl enable --now/) });
      expect(readFileSync(file, "utf8")).toMatch(/^User=somebody$/m);
      expect(await run("--compose", "--to", file)).toMatchObject({
        code: 1,
        errors: expect.stringMatching(/there already/),
      });
      expect(await run("--systemd", "--user", "root")).toMatchObject({
        code: 1,
        errors: expect.stringMatching(/--user NAME/),
      });
      expect((await run("--compose")).out).toMatch(/^services:$/m);
      expect(existsSync(join(folder, "home"))).toBe(false);
    },
  );
});
