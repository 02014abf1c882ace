/** `sovereign backup` and `restore` as processes, with a host that runs. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLogState } from "../backup/logState.ts";
import { logFile } from "../relayHome.ts";
import { runCli, startHostProcess, type CliResult, type HostProcess } from "../testing/cliProcess.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";

const timeout = 120_000;
const passphrase = "nine kettles on the quay";
let folder: string;
let home: string;
let host: HostProcess;
let backend: ScriptedBackend;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-keep-"));
  home = join(folder, "home");
  mkdirSync(join(folder, "tmp"));
  backend = await startScriptedBackend({ models: ["small"] });
  host = await startHostProcess(folder, home, backend.url);
  await cli(["join", "--new", host.link, "--name", "Desk"]);
  backend.script(say("It is kept."));
  await cli(["chat", "Where is it kept?"]);
}, timeout);
afterAll(async () => {
  await host?.stop();
  await backend?.close();
  rmSync(folder, { recursive: true, force: true });
}, timeout);

const environment = (): Record<string, string> => ({
  SOVEREIGN_APP_DIR: join(folder, "app"),
  HOME: folder,
  TMPDIR: join(folder, "tmp"),
});
const cli = (words: readonly string[], input = "", at = home): Promise<CliResult> =>
  runCli(words, { home: at, input, cwd: folder, environment: environment() });

describe("sovereign backup", () => {
  it(
    "BK20 is made while the host answers, drilled, and comes back as a host with the same log",
    { timeout },
    async () => {
      const made = await cli(["backup", "one.backup", "--passphrase", "--drill"], `${passphrase}\n`);
      expect(made, made.errors).toMatchObject({ code: 0 });
      expect(made.out).toMatch(/one\.backup/);
      expect(made.out).toMatch(/✓ .*byte for byte/);
      // One way of counting: what was made is what came back.
      expect(/and (\d+) files/.exec(made.errors)?.[1]).toBe(/✓ (\d+) files came back/.exec(made.out)?.[1] ?? "none");
      expect(made.out).toMatch(/✓ The log came back equal/);
      expect(made.out).toMatch(/✓ \d+ envelopes were followed/);
      expect(made.out).toMatch(/✓ A host started on it.*claimed.*the ones that your devices know/);
      expect(made.errors).toMatch(/opens with your passphrase alone/);

      const before = readLogState(logFile(home));
      const wrong = await cli(["restore", "one.backup"], "another passphrase\n", join(folder, "back"));
      expect(wrong.code).toBe(1);
      expect(wrong.errors).toMatch(/does not open this backup/);
      expect(existsSync(join(folder, "back"))).toBe(false);
      const restored = await cli(["restore", "one.backup"], `${passphrase}\n`, join(folder, "back"));
      expect(restored, restored.errors).toMatchObject({ code: 0 });
      expect(readLogState(logFile(join(folder, "back")))).toEqual(before);
      const taken = await cli(["restore", "one.backup"], `${passphrase}\n`, home);
      expect(taken.errors).toMatch(/is not empty/);
      const running = await cli(["restore", "one.backup", "--force"], `${passphrase}\n`, home);
      expect(running.errors).toMatch(/already running/);
    },
  );

  it(
    "BK22 a place that cannot be written is refused in a sentence, at once, and so is a restore that nobody opens",
    { timeout },
    async () => {
      // Where Node's own way of making folders never ends.
      const nowhere = "/proc/sovereign/a";
      for (const words of [
        ["export", nowhere],
        ["backup", join(nowhere, "two.backup"), "--passphrase"],
        ["backup", "--to", nowhere],
        ["backup", "--to", join(folder, "one.backup", "below")],
      ]) {
        const said = await cli(words, `${passphrase}\n`);
        expect(said, words.join(" ")).toMatchObject({ code: 1, out: "" });
        expect(said.errors).toMatch(
          /(no folders can be made there|a part of its path is a file).*Choose another folder/s,
        );
      }
      const lost = await cli(["restore", "one.backup"], `${passphrase}\n`, "/proc/sovereign/home");
      expect(lost).toMatchObject({ code: 1, out: "" });
      expect(lost.errors).toMatch(/no folders can be made there.*SOVEREIGN_HOME/);
      const silent = await cli(["restore", "one.backup"], "", join(folder, "silent"));
      expect(silent.code).toBe(2);
      expect(silent.errors).toMatch(
        /Its passphrase opens this backup: run this again in a terminal and type it when asked/,
      );
      expect(existsSync(join(folder, "silent"))).toBe(false);
      expect(readdirSync(folder).filter((name) => name.includes("restoring"))).toEqual([]);
    },
  );

  it(
    "BK21 a drill of a backup that lies there asks for what opens it, and leaves nothing behind",
    { timeout },
    async () => {
      const drilled = await cli(["backup", "--drill", "one.backup", "--json"], `${passphrase}\n`);
      expect(drilled, drilled.errors).toMatchObject({ code: 0 });
      expect((JSON.parse(drilled.out) as { proved: string[] }).proved).toHaveLength(5);
      writeFileSync(join(folder, "bad.backup"), "nothing of ours");
      const bad = await cli(["backup", "--drill", "bad.backup"], `${passphrase}\n`);
      expect(bad.code).toBe(1);
      expect(bad.errors).toMatch(/no backup of Sovereign/);
      expect(readdirSync(join(folder, "tmp")).filter((name) => name.startsWith("sovereign-"))).toEqual([]);
    },
  );

  it(
    "BK22 without words or a passphrase it says what to do, and status says how old the last one is",
    { timeout },
    async () => {
      const none = await cli(["backup", "two.backup"]);
      expect(none.code).toBe(1);
      expect(none.errors).toMatch(/no 24 words yet.*--passphrase/);
      expect(none.errors).not.toMatch(/^\s+at |Error:/m);
      const planned = await cli(["backup", "--to", join(folder, "kept"), "--every", "12", "--keep", "2"]);
      expect(planned).toMatchObject({ code: 0 });
      const status = await cli(["status", "--json"]);
      const { backup } = JSON.parse(status.out) as {
        backup: { schedule: unknown; last: { madeMs: number; says: string } };
      };
      expect(backup.schedule).toEqual({ folder: join(folder, "kept"), everyHours: 12, keep: 2, weeks: 8, months: 12 });
      expect(backup.last.madeMs).toBeGreaterThan(0);
      expect(backup.last.says).toMatch(/no 24 words yet/);
      expect((await cli(["backup", "--every", "x", "--to", "y"])).code).toBe(2);
      expect(await cli(["backup", "--off"])).toMatchObject({ code: 0 });
      expect((await cli(["status"])).out).toMatch(/backup +(now|.* ago); the newest try failed/);
    },
  );
});
