/** Two people's vaults at one host, as processes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli, startHostProcess, type CliResult, type HostProcess } from "../testing/cliProcess.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";

const timeout = 120_000;
let folder: string;
let home: string;
let guest: string;
let host: HostProcess;
let backend: ScriptedBackend;
let link: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-invite-"));
  [home, guest] = [join(folder, "home"), join(folder, "guest")];
  backend = await startScriptedBackend({ models: ["small"] });
  host = await startHostProcess(folder, home, backend.url);
  await cli(["join", "--new", host.link, "--name", "Desk"]);
}, timeout);
afterAll(async () => {
  await host?.stop();
  await backend?.close();
  rmSync(folder, { recursive: true, force: true });
}, timeout);

const cli = (words: readonly string[], at = home): Promise<CliResult> => runCli(words, { home: at, cwd: folder });
const parsed = <T>(result: CliResult): T => JSON.parse(result.out) as T;

describe("sovereign invite", () => {
  it(
    "VH10 gives one link for one vault more; its device asks and is answered, and both see only what is theirs",
    { timeout },
    async () => {
      const invited = await cli(["invite", "Robin", "--gb", "1", "--json"]);
      expect(invited, invited.errors).toMatchObject({ code: 0 });
      link = parsed<{ link: string }>(invited).link;
      expect(link).toMatch(/^http:\/\/localhost:\d+\/#c=[\w-]+&h=[\w-]+$/);
      const joined = await cli(["join", link, "--name", "Robin's laptop"], guest);
      expect(joined, joined.errors).toMatchObject({ code: 0 });

      backend.script(say("For Robin."));
      const theirs = await cli(["chat", "Whose is this?", "--json"], guest);
      expect(theirs, theirs.errors).toMatchObject({ code: 0 });
      backend.script(say("For the owner."));
      expect(await cli(["chat", "And whose is this?"])).toMatchObject({ code: 0 });

      const titles = async (at: string): Promise<string> => (await cli(["chats"], at)).out;
      expect(await titles(guest)).toMatch(/Whose is this/);
      expect(await titles(guest)).not.toMatch(/And whose/);
      expect(await titles(home)).toMatch(/And whose is this/);
      expect((await titles(home)).trim().split("\n")).toHaveLength(1);
      const devices = (await cli(["devices"], guest)).out;
      expect(devices).toMatch(/Robin's laptop/);
      expect(devices).not.toMatch(/Desk/);
      expect((await cli(["invite"])).out).toMatch(/Robin +has a vault here +up to 1\.1 GB/);
    },
  );

  it(
    "VH11 a link is used once, and a vault that is taken back is not served any more, while the owner's goes on",
    { timeout },
    async () => {
      const late = await cli(["join", link], join(folder, "late"));
      expect(late.code).not.toBe(0);
      expect(late.errors).toMatch(/\w/);
      expect((await cli(["invite", "Robin"])).errors).toMatch(/an invitation for "Robin" already/);
      expect((await cli(["invite", "--back", "Nobody"])).code).toBe(2);
      expect((await cli(["invite", "--back", "Robin"])).out).toMatch(/not served from now on/);
      backend.script(say("Still here."));
      expect((await cli(["chat", "Still?"])).out).toMatch(/Still here/);
      expect((await cli(["chat", "And I?"], guest)).code).not.toBe(0);
    },
  );
});
