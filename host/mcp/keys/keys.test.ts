/** Keys that tool servers want: kept sealed, handed to one server, seen by nobody else. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#sync/systemClock.ts";
import { runCli } from "../../testing/cliProcess.ts";
import type { Connection } from "../connection.ts";
import { McpError } from "../errors.ts";
import { keysBytesMax } from "../limits.ts";
import { openServer } from "../openServer.ts";
import { findNoSandbox } from "../sandbox.ts";
import type { ServerSettings } from "../settings.ts";
import { startHttpServer, type HttpServer, type HttpServerOptions } from "../testing/httpServer.ts";
import { badServer, callOptions } from "../testing/servers.ts";
import { readHeldKeys } from "./heldKeys.ts";
import { hideKeys } from "./hideKeys.ts";
import { listKeys, readKeys, removeKeys, stampOfKeys, writeKeys, type HeaderKey } from "./keyStore.ts";

const KEY = "sk-canary-0123456789abcdef";
let home: string;
let hasSandbox = true;
const open: (Connection | HttpServer)[] = [];
beforeAll(async () => {
  hasSandbox = (await findNoSandbox()) === null;
});
beforeEach(() => {
  mkdirSync(join(import.meta.dirname, "../../../test-results"), { recursive: true });
  home = mkdtempSync(join(import.meta.dirname, "../../../test-results/keys-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
  rmSync(home, { recursive: true, force: true });
});

async function serve(options: HttpServerOptions): Promise<HttpServer> {
  const server = await startHttpServer(options);
  open.push(server);
  return server;
}

async function connect(settings: ServerSettings): Promise<Connection> {
  const connection = await openServer({
    settings,
    clock: systemClock,
    home,
    onToolsChanged: () => {},
    onClosed: () => {},
  });
  open.push(connection);
  return connection;
}

const at = (url: string): ServerSettings => ({ kind: "address", name: "wiki", url, hasResources: false, approved: [] });
const headerKey = (url: string, value = KEY): HeaderKey => ({ kind: "header", url, header: "X-Api-Key", value });
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: unknown) => (error instanceof McpError ? `${error.code}: ${error.message}` : error),
  );
const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));

describe("KY1 at rest", () => {
  it("KY1 what is kept is read again whole, stands nowhere on the disk to be read, and names alone are listed", () => {
    expect([readKeys(home, "wiki"), listKeys(home), stampOfKeys(home, "wiki")]).toEqual([null, [], ""]);
    const long = headerKey("https://wiki.example/mcp", `${KEY}${"é\u{1f511}x".repeat(5_000)}`);
    writeKeys(home, "wiki", long);
    writeKeys(home, "notes", headerKey("https://notes.example/mcp"));
    expect([readKeys(home, "wiki"), listKeys(home)]).toEqual([long, ["notes", "wiki"]]);
    for (const file of filesOf(home)) {
      expect(readFileSync(file).includes(KEY), file).toBe(false);
      expect(readFileSync(file).includes("example"), file).toBe(false);
      expect(statSync(file).mode & 0o077, file).toBe(0);
    }
    expect([removeKeys(home, "wiki"), removeKeys(home, "wiki"), listKeys(home)]).toEqual([true, false, ["notes"]]);
  });

  it("KY1 a file that was changed, cut, moved to another name, or lost its key holds nothing", () => {
    const file = join(home, "tools/keys/wiki.sealed");
    writeKeys(home, "wiki", headerKey("https://wiki.example/mcp"));
    const whole = readFileSync(file);
    for (let byte = 0; byte < whole.length; byte += 7) {
      const changed = Buffer.from(whole);
      changed[byte] = (changed[byte] ?? 0) ^ 1;
      writeFileSync(file, changed);
      expect(readKeys(home, "wiki"), `byte ${byte}`).toBeNull();
    }
    for (const length of [0, 8, 40, 60, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      expect(readKeys(home, "wiki"), `${length} bytes`).toBeNull();
    }
    writeFileSync(file, whole);
    expect(readKeys(home, "wiki")).not.toBeNull();
    renameSync(file, join(home, "tools/keys/bank.sealed"));
    expect(readKeys(home, "bank")).toBeNull();
    renameSync(join(home, "tools/keys/bank.sealed"), file);
    rmSync(join(home, "tools/keys/key"));
    expect(readKeys(home, "wiki")).toBeNull();
  });

  it("KY1 what is larger than keys are is not kept", () => {
    expect(() => writeKeys(home, "wiki", headerKey("https://a.example", "x".repeat(keysBytesMax)))).toThrow(/larger/);
    expect(listKeys(home)).toEqual([]);
  });
});

describe("KY2 handed to one server", { timeout: 60_000 }, () => {
  it("KY2 by a header, with each question, to the address for which it was given and to no other of that name", async () => {
    const [server, other] = [await serve({ header: "X-Api-Key", key: KEY }), await serve({ header: "X-Api-Key" })];
    expect(await codeOf(connect(at(server.url)))).toMatch(
      /^key: [^]*sovereign tools login wiki \(or[^]*tools key wiki/,
    );
    writeKeys(home, "wiki", headerKey(server.url));
    await (await connect(at(server.url))).tools();
    expect(server.brought.slice(1).every((each) => each === KEY)).toBe(true);
    await (await connect(at(other.url))).tools();
    expect(other.brought.filter((each) => each !== undefined)).toEqual([]);
    writeKeys(home, "wiki", headerKey(server.url, "another-key"));
    expect(await codeOf(connect(at(server.url)))).toMatch(
      /^key: wiki does not take the key[^]*sovereign tools key wiki/,
    );
  });

  it("KY2 a server that sends on elsewhere takes it nowhere, and one that says no is told as that", async () => {
    for (const [how, expected] of [
      ["elsewhere", /^strange/],
      ["refuses", /^key: wiki does not take/],
    ] as const) {
      const server = await serve({ header: "X-Api-Key", key: KEY, how });
      writeKeys(home, "wiki", headerKey(server.url));
      const connection = await connect(at(server.url));
      const [tool] = (await connection.tools()).tools;
      expect(await codeOf(connection.call(tool!, {}, callOptions()))).toMatch(expected);
    }
  });

  it("KY2 by its environment, to the program for which it was given, in no command line of this machine", async () => {
    if (!hasSandbox) return;
    const program = { ...badServer("environment"), name: "notes" };
    writeKeys(home, "notes", { kind: "environment", command: program.command, variables: { NOTES_KEY: KEY } });
    const said = async (settings: ServerSettings): Promise<string> => {
      const connection = await connect(settings);
      const [tool] = (await connection.tools()).tools;
      const lines = readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(commandLine);
      expect(lines.some((line) => line.includes("badServer.mjs"))).toBe(true);
      expect(lines.filter((line) => line.includes(KEY))).toEqual([]);
      return JSON.stringify((await connection.call(tool!, { text: "" }, callOptions())).parts);
    };
    // It has it, and what it says of it is covered.
    expect(await said(program)).toMatch(/NOTES_KEY[^]*\[key\]/);
    expect(await said({ ...program, name: "other" })).not.toContain("NOTES_KEY");
    writeKeys(home, "notes", { kind: "environment", command: "/usr/bin/env", variables: { NOTES_KEY: KEY } });
    expect(await said(program)).not.toContain("NOTES_KEY");
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // reason: it has ended.
    return "";
  }
}

describe("KY3 seen by nobody else", { timeout: 60_000 }, () => {
  it("KY3 a server that says its key again, in results, progress, descriptions and errors, is not heard saying it", async () => {
    const server = await serve({ header: "X-Api-Key", key: KEY });
    writeKeys(home, "wiki", headerKey(server.url));
    const connection = await connect(at(server.url));
    const { tools } = await connection.tools();
    const progress: string[] = [];
    const result = await connection.call(tools[0]!, {}, callOptions({ progress: (says) => void progress.push(says) }));
    const prompts = await connection.prompts();
    const failed = await codeOf(connection.resources());
    const all = JSON.stringify([tools, result, progress, prompts, failed]);
    expect(all).not.toContain(KEY);
    expect(all).toContain("Knows you by [key].");
    expect(all).toContain("You are [key].");
    expect(progress).toEqual(["with [key]"]);
  });

  it("KY3 short ones are not looked for, and what has none is the same object", () => {
    const value = { text: "an abc", list: [1, null, true] };
    expect(hideKeys(value, new Set(["abc"]))).toBe(value);
    expect(hideKeys({ [KEY]: [KEY.repeat(2)] }, new Set([KEY]))).toEqual({ "[key]": ["[key][key]"] });
  });

  it("KY3 of a key that begins another nothing is left, and one that was typed with its kind is found without it", async () => {
    expect(hideKeys(`${KEY}-longer`, new Set([KEY, `${KEY}-longer`]))).toBe("[key]");
    const settings = at("https://wiki.example/mcp");
    writeKeys(home, "wiki", headerKey("https://wiki.example/mcp", `Bearer ${KEY}`));
    const { secrets } = await readHeldKeys({ home, settings, clock: systemClock });
    expect(hideKeys(`You came with ${KEY}.`, secrets)).toBe("You came with [key].");
  });

  it(
    "KY3 the command takes a key from what is typed, shows it never again, and says for whom one is kept",
    { timeout: 150_000 },
    async () => {
      const server = await serve({ header: "X-Api-Key", key: KEY });
      const cli = (words: readonly string[], input = "") => runCli(["tools", ...words], { home, input });
      const refused = await cli(["add", "wiki", server.url], "yes\n");
      expect([refused.code, refused.errors]).toEqual([1, expect.stringMatching(/not added[^]*--login[^]*--key/)]);
      const wrong = await cli(["add", "wiki", server.url, "--key", "--header", "X-Api-Key"], "wrong-key\nyes\n");
      expect([wrong.code, listKeys(home)]).toEqual([1, []]);
      const added = await cli(["add", "wiki", server.url, "--key", "--header", "X-Api-Key"], `${KEY}\nyes\n`);
      expect(added).toMatchObject({ code: 0, out: expect.stringContaining("1 tool of wiki") as string });
      const said = [
        added,
        await cli(["keys"]),
        await cli(["keys", "--json"]),
        await cli(["list", "--json"]),
        await cli(["test", "wiki"]),
      ];
      expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
      expect(said[1]?.out).toMatch(/^wiki {2}/);
      expect(JSON.stringify(said)).not.toContain(KEY);
      for (const file of filesOf(home)) expect(readFileSync(file).includes(KEY), file).toBe(false);
      expect((await cli(["key", "wiki", "--env", "X"], `${KEY}\n`)).code).toBe(2);
      expect((await cli(["key", "wiki"], "two\u0007signs\n")).code).toBe(2);
      expect((await cli(["forget", "wiki"])).code).toBe(0);
      expect((await cli(["test", "wiki"])).errors).toContain("sovereign tools login wiki");
      expect((await cli(["key", "wiki", "--header", "X-Api-Key"], `${KEY}\n`)).code).toBe(0);
      expect((await cli(["remove", "wiki"])).code).toBe(0);
      expect(listKeys(home)).toEqual([]);
    },
  );
});
