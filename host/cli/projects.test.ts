/** Projects on the command line, against a running host. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import type { Vault } from "#sync/vault.ts";
import { runCli, startHostProcess, type CliResult, type HostProcess } from "../testing/cliProcess.ts";
import { startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { openDevice } from "./device.ts";
import { createTerminal } from "./terminal.ts";

const timeout = 120_000;
let folder: string;
let home: string;
let host: HostProcess;
let backend: ScriptedBackend;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-projects-"));
  home = join(folder, "home");
  backend = await startScriptedBackend({ models: ["small"] });
  host = await startHostProcess(folder, home, backend.url);
  expect(await cli(["join", "--new", host.link, "--name", "Desk"])).toMatchObject({ code: 0 });
}, timeout);
afterAll(async () => {
  await host?.stop();
  await backend?.close();
  rmSync(folder, { recursive: true, force: true });
}, timeout);

const cli = (words: readonly string[], input = ""): Promise<CliResult> => runCli(words, { home, input, cwd: folder });
const listed = async (): Promise<readonly Record<string, unknown>[]> =>
  JSON.parse((await cli(["projects", "--json"])).out) as readonly Record<string, unknown>[];

/** As this terminal's own device, in between two commands. */
async function inVault<T>(act: (vault: Vault) => Promise<T>): Promise<T> {
  const device = await openDevice(home, createTerminal({ isJson: true }));
  try {
    return await act(device.vault);
  } finally {
    await device.close();
  }
}
const addProject = (name: string): Promise<unknown> =>
  inVault(async (vault) => {
    const project = await vault.createProject(name, "moss");
    await vault.moveChat(await vault.createChat(), project);
  });

it("CL24 are listed with their chats and how long they keep them, which is set in days", { timeout }, async () => {
  expect((await cli(["projects"])).errors).toContain("No projects yet.");
  await addProject("Taxes 2026");
  expect((await cli(["projects"])).out).toMatch(/^[0-9a-f]{8} {2}now {2}1 chat {2}kept for ever {2}Taxes 2026\n$/);

  const kept = await cli(["projects", "keep", "taxes 2026", "90d"]);
  expect(kept, kept.errors).toMatchObject({
    code: 0,
    out: '"Taxes 2026" keeps a chat for 90 days after its last message.\n',
  });
  expect(await listed()).toMatchObject([{ name: "Taxes 2026", keepDays: 90, chats: 1 }]);
  for (const wrong of ["0d", "36501d", "soon", "-1", "1.5d"]) {
    const refused = await cli(["projects", "keep", "Taxes 2026", wrong]);
    expect(refused.code, wrong).toBe(2);
    expect(refused.errors, wrong).toMatch(/no time to keep chats for\. Give days, such as 90d, or: ever|Usage/);
  }
  expect((await listed())[0]).toMatchObject({ keepDays: 90 });
  expect(await cli(["projects", "keep", "Taxes 2026", "ever"])).toMatchObject({ code: 0 });
  expect((await listed())[0]).toMatchObject({ keepDays: null });
  expect((await cli(["projects", "keep", "Taxes", "90d"])).errors).toContain("There are: Taxes 2026");
});

it("CL25 one is destroyed when its name was typed once more, and not otherwise", { timeout }, async () => {
  await addProject("Diary");
  const before = await listed();
  for (const [words, input] of [
    [["destroy", "Diary"], ""],
    [["destroy", "Diary"], "diary\n"],
    [["destroy", "Diary"], "y\n"],
    [["destroy", "Diary", "--yes", "Taxes 2026"], ""],
  ] as const) {
    const refused = await cli(["projects", ...words], input);
    expect(refused.code, input).toBe(6);
    expect(refused.errors).toContain("Nothing was changed.");
  }
  expect(await cli(["projects", "destroy", "Nothing", "--yes", "Nothing"])).toMatchObject({ code: 2 });
  expect(await listed()).toEqual(before);

  const done = await cli(["projects", "destroy", "diary"], "Diary\n");
  expect(done, done.errors).toMatchObject({ code: 0 });
  expect(done.errors).toContain('"Diary" goes for good, with 1 chat');
  expect(done.out).toContain('"Diary" is destroyed');
  expect((await listed()).map(({ name }) => name)).toEqual(["Taxes 2026"]);
  const said = await inVault(async (vault) => vault.catalog.value.destroyed.projects());
  expect(said).toMatchObject([{ docs: 2 }]);

  const json = await cli(["projects", "destroy", "Taxes 2026", "--yes", "Taxes 2026", "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({ name: "Taxes 2026", destroyed: true, docs: 2, waitsFor: [] });
  expect(await listed()).toEqual([]);
});

it("CL26 status and doctor say how full the vault is", { timeout }, async () => {
  await expect
    .poll(async () => (await cli(["status"])).out, { timeout: 90_000 })
    .toMatch(/\nroom {2,}under 0\.1 of 48 GB that your vault may take here\n/);
  const { share } = JSON.parse((await cli(["status", "--json"])).out) as { share: { bytes: number; bytesMax: number } };
  expect(share).toMatchObject({ bytesMax: 51_539_607_552 });
  expect(share.bytes).toBeGreaterThan(0);
  const { findings } = JSON.parse((await cli(["doctor", "--json"])).out) as { findings: readonly unknown[] };
  expect(findings).toContainEqual(expect.objectContaining({ id: "share", level: "ok" }));
});

it("CL27 without the host nothing is destroyed, and what is kept how long waits here for it", { timeout }, async () => {
  await addProject("Letters");
  await inVault(async ({ catalog }) => {
    const old = docIdFromBytes(systemRandom(16));
    catalog.value.addChat(old, Date.now() - 40 * 86_400_000);
    catalog.value.setProject(old, catalog.value.projects.all()[0]?.id ?? null);
  });
  await host.stop();
  const refused = await cli(["projects", "destroy", "Letters", "--yes", "Letters"]);
  expect(refused.code).toBe(4);
  const kept = await cli(["projects", "keep", "Letters", "30d"]);
  expect(kept.code).toBe(0);
  expect(kept.errors).toMatch(
    /1 chat is older than that\. Your devices show it for a week, then it goes; what you pin stays\./,
  );
  expect(kept.errors).toContain("The host does not answer");
  expect(await listed()).toMatchObject([{ name: "Letters", keepDays: 30 }]);
});
