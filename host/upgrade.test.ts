/**
 * From the version before to this one and back, with a home that is used: N is this program; a home of N-1 is one whose log has the tables of the file version before,
 * and N-1's program is this one with that version's number, which is all that the two say to each other.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readLogState } from "./backup/logState.ts";
import { logFile, logSchemaVersion } from "./relayHome.ts";
import { runCli, startHostProcess, type CliResult, type HostProcess } from "./testing/cliProcess.ts";
import { say, startScriptedBackend, type ScriptedBackend } from "./testing/scriptedBackend.ts";

const root = join(import.meta.dirname, "..");
const timeout = 240_000;
let folder: string;
let home: string;
let backend: ScriptedBackend;
let host: HostProcess | null;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-upgrade-"));
  home = join(folder, "home");
  backend = await startScriptedBackend({ models: ["small"] });
  host = null;
  port = 0;
});
afterEach(async () => {
  await host?.stop();
  await backend.close();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (words: readonly string[]): Promise<CliResult> => runCli(words, { home, cwd: folder });
/** At the same port each time: there the terminal looks for it. */
const begin = async (): Promise<HostProcess> => {
  host = await startHostProcess(folder, home, backend.url, port);
  port = Number(new URL(host.link).port);
  return host;
};
const stop = async (): Promise<void> => {
  await host?.stop();
  host = null;
};
const digest = (): string =>
  createHash("sha256")
    .update(readFileSync(logFile(home)))
    .digest("hex");
const version = (): unknown => {
  const log = new DatabaseSync(logFile(home));
  const { user_version: found } = log.prepare("PRAGMA user_version").get() ?? {};
  log.close();
  return found;
};
async function ask(question: string, answer: string): Promise<void> {
  backend.script(say(answer));
  const asked = await cli(["chat", question]);
  expect(asked, asked.errors).toMatchObject({ code: 0 });
  expect(asked.out).toContain(answer);
}
/** What its owner sees of it, and what is underneath. Looking may add to a doc, as where a title is filed, and never takes one away. */
async function held(): Promise<unknown> {
  const listed = await cli(["chats", "--json"]);
  expect(listed, listed.errors).toMatchObject({ code: 0 });
  return { chats: listed.out, docs: readLogState(logFile(home)).docs };
}

/** The tables of file version 3: marks in a table of their own (relay/logSchema.ts). */
function makeOlder(): void {
  const log = new DatabaseSync(logFile(home));
  log.exec(`INSERT OR IGNORE INTO mark (doc, seq, hash) SELECT doc, seq, mark FROM envelope WHERE mark IS NOT NULL;
    ALTER TABLE envelope DROP COLUMN mark; PRAGMA user_version = 3; PRAGMA wal_checkpoint(TRUNCATE);`);
  log.close();
}

/** The version before, as a folder. */
function makeOlderProgram(): string {
  const program = join(folder, "older");
  for (const part of ["host", "crypto", "sync", "package.json"])
    cpSync(join(root, part), join(program, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(program, "node_modules"));
  const change = (name: string, from: string, to: string): void => {
    const source = readFileSync(join(program, name), "utf8");
    expect(source, name).toContain(from);
    writeFileSync(join(program, name), source.replaceAll(from, to));
  };
  change("host/relayHome.ts", `logSchemaVersion = ${logSchemaVersion}`, `logSchemaVersion = ${logSchemaVersion - 1}`);
  // Its packages lie beside the real program, which a part of this copy could not read.
  change("host/sandbox.ts", 'join(import.meta.dirname, "..")', JSON.stringify(root));
  change(
    "host/sandbox.ts",
    "appDir, relayFolder(home)]",
    'appDir, relayFolder(home), join(import.meta.dirname, "..")]',
  );
  return program;
}

/** What one of its programs says to a home; its own tables are never looked at. */
function runOlder(words: readonly string[], toHome: string): { readonly code: number | null; readonly said: string } {
  const { PATH } = process.env;
  const environment = {
    ...{ PATH, HOME: folder, SOVEREIGN_HOME: toHome, SOVEREIGN_PORT: "0", SOVEREIGN_NO_OPEN: "1" },
    ...{ SOVEREIGN_GATEWAY_PORT: "off", SOVEREIGN_APP_DIR: join(folder, "app"), SOVEREIGN_BACKEND: backend.url },
  };
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    env: environment,
    input: "passphrase of eight\n",
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: status, said: `${stdout}${stderr}`.trim() };
}

it(
  "UP1 a home of the version before is taken up with all it has; this version's is refused by that one in a sentence, unharmed, and goes on here; so is its backup",
  { timeout },
  async () => {
    const { link } = await begin();
    const joined = await cli(["join", "--new", link, "--name", "Desk"]);
    expect(joined, joined.errors).toMatchObject({ code: 0 });
    await ask("What was first?", "The older version.");
    const before = await held();
    await stop();
    makeOlder();
    expect(version()).toBe(logSchemaVersion - 1);

    await begin();
    expect(version()).toBe(logSchemaVersion);
    expect(await held()).toEqual(before);
    await ask("And then?", "This version.");
    const grown = await held();
    await stop();

    const kept = digest();
    const older = makeOlderProgram();
    const { code, said } = runOlder([join(older, "host/main.ts")], home);
    expect(code).toBe(1);
    expect(said).toMatch(
      /^[^\n]*log\.sqlite was written by a newer version of Sovereign\. Update this one, then start it again\.[^\n]*$/m,
    );
    expect(said).not.toMatch(/node:internal|Error:|Open:/);
    expect(digest()).toBe(kept);

    // UP2 This version's backup is refused by that one, wherever to, before anybody types words; and comes back here.
    const file = join(folder, "newest.backup");
    const input = "passphrase of eight\n";
    const made = await runCli(["backup", file, "--passphrase"], { home, input, cwd: folder });
    expect(made, made.errors).toMatchObject({ code: 0 });
    const empty = join(folder, "empty");
    for (const [words, where] of [
      [[], empty],
      [["--force"], home],
    ] as const) {
      const refused = runOlder([join(older, "host/cli/main.ts"), "restore", file, ...words], where);
      expect(refused.code).toBe(1);
      expect(refused.said).toMatch(
        /^\S*newest\.backup was made by a newer version of Sovereign \(\S+\)\. Update this one, then restore it; nothing was changed\.$/,
      );
    }
    expect(existsSync(empty)).toBe(false);
    expect(digest()).toBe(kept);
    const back = await runCli(["restore", file], { home: empty, input, cwd: folder });
    expect(back, back.errors).toMatchObject({ code: 0 });
    expect(readLogState(logFile(empty)).docs).toEqual(readLogState(logFile(home)).docs);

    await begin();
    expect(await held()).toEqual(grown);
  },
);
