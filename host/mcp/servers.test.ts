/** The client against the real reference servers from npm, each in its sandbox, and against one that misbehaves. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#sync/systemClock.ts";
import type { ElicitForm } from "../tools/tool.ts";
import type { Connection, ConnectionLimits } from "./connection.ts";
import { McpError } from "./errors.ts";
import { messageBytesMax, processTasksMax, resultCharsMax, toolsMax } from "./limits.ts";
import { openServer } from "./openServer.ts";
import { weigh } from "./processWatch.ts";
import { findNoSandbox, planSandbox, toCommandLine } from "./sandbox.ts";
import type { ProgramServer } from "./settings.ts";
import { startHttpServer, type HttpServerOptions } from "./testing/httpServer.ts";
import { badServer, callOptions, referenceServer } from "./testing/servers.ts";

let folder: string;
const open: Connection[] = [];
let hasSandbox = true;
beforeAll(async () => {
  hasSandbox = (await findNoSandbox()) === null;
  if (!hasSandbox) process.stderr.write("bubblewrap cannot be had here: tool servers are only shown to be refused.\n");
});
beforeEach(() => {
  // Not in the temporary folder, which a server has one of its own of.
  mkdirSync(join(import.meta.dirname, "../../test-results"), { recursive: true });
  folder = mkdtempSync(join(import.meta.dirname, "../../test-results/mcp-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(settings: ProgramServer, limits: Partial<ConnectionLimits> = {}): Promise<Connection> {
  const connection = await openServer({
    settings,
    clock: systemClock,
    onToolsChanged: () => {},
    onClosed: () => {},
    limits,
  });
  open.push(connection);
  return connection;
}

async function callBad(
  how: string,
  args: readonly string[] = [],
  lent: Partial<ProgramServer> = {},
  options = callOptions(),
  limits = {},
) {
  const connection = await start(badServer(how, args, lent), limits);
  const { tools } = await connection.tools();
  return connection.call(tools[0]!, { text: "hello" }, options);
}

const said = (result: { readonly parts: readonly unknown[] }): string =>
  (result.parts as { text?: string }[]).map(({ text = "" }) => text).join("\n");
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "no error",
    (error: unknown) => (error instanceof McpError ? error.code : error),
  );

describe("MC1 without a sandbox nothing is started", { timeout: 60_000 }, () => {
  it("MC1 on another system, and the sentence says what works instead", async () => {
    expect(await findNoSandbox("darwin")).toContain("Nothing was started");
    expect(await findNoSandbox("win32")).toContain("https://");
  });

  it("MC1 where bubblewrap is missing, and the sentence says how to get it", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = folder;
    try {
      expect(await findNoSandbox()).toContain("sudo apt install bubblewrap");
      expect(
        await codeOf(
          openServer({ settings: badServer("good"), clock: systemClock, onToolsChanged: () => {}, onClosed: () => {} }),
        ),
      ).toBe("sandbox");
    } finally {
      process.env["PATH"] = path;
    }
  });

  it("MC1 no shell reads a command line, and folders that hold keys or everything are not lent", () => {
    const plan = planSandbox({
      command: process.execPath,
      args: ["; touch /tmp/x", "$(id)"],
      reads: [folder],
      writes: [],
    });
    expect(toCommandLine(plan).slice(-2)).toEqual(["; touch /tmp/x", "$(id)"]);
    for (const reads of ["/", "/etc", "/root", "/proc/self", "/dev"])
      expect(() => planSandbox({ command: process.execPath, args: [], reads: [reads], writes: [] }), reads).toThrow(
        McpError,
      );
    // A folder that was lent, and that a server which may write beside it has put a link in place of.
    const [lent, other] = [join(folder, "lent"), join(folder, "other")];
    mkdirSync(other);
    symlinkSync(other, lent);
    expect(() => planSandbox({ command: process.execPath, args: [], reads: [], writes: [lent] })).toThrow(/a link/);
    expect(() => planSandbox({ command: "no-such-program-here", args: [], reads: [], writes: [] })).toThrow(
      /Install it first/,
    );
    expect(() =>
      planSandbox({ command: process.execPath, args: [], reads: [join(folder, "none")], writes: [] }),
    ).toThrow(/is not there/);
  });
});

it("MC2 the reference server: tools, resources, prompts, progress, a form", { timeout: 60_000 }, async () => {
  if (!hasSandbox) return;
  const connection = await start(referenceServer("everything", ["stdio"]));
  const { tools, refused } = await connection.tools();
  const tool = (name: string) => tools.find((each) => each.name === name)!;
  expect(refused).toEqual([]);
  expect(said(await connection.call(tool("echo"), { message: "hi" }, callOptions()))).toBe("Echo: hi");
  expect(said(await connection.call(tool("get-sum"), { a: 2, b: 40 }, callOptions()))).toContain("42");
  const image = await connection.call(tool("get-tiny-image"), {}, callOptions());
  expect(image.parts.find(({ kind }) => kind === "bytes")).toMatchObject({ mediaType: "image/png" });
  // The environment that it sees is ours and not the owner's.
  const environment = said(await connection.call(tool("get-env"), {}, callOptions()));
  expect(Object.keys(JSON.parse(environment) as object).toSorted()).toEqual(["HOME", "PATH", "PWD"]);

  const resources = await connection.resources();
  expect(resources.length).toBeGreaterThan(3);
  expect(said(await connection.readResource(resources[0]!.name, callOptions().signal)).length).toBeGreaterThan(100);
  expect(await connection.prompts()).toContainEqual(
    expect.objectContaining({
      name: "args-prompt",
      takes: [
        { name: "city", says: expect.any(String), isRequired: true },
        { name: "state", says: expect.any(String), isRequired: false },
      ],
    }),
  );
  expect(said(await connection.prompt("args-prompt", { city: "Bern" }))).toContain("Bern");

  const shares: (number | undefined)[] = [];
  await connection.call(
    tool("trigger-long-running-operation"),
    { duration: 1, steps: 4 },
    callOptions({ progress: (_says, share) => void shares.push(share) }),
  );
  // It does not wait for each to be sent, so the last ones may come with the result, when nobody hears them any more.
  expect(shares).toEqual([0.25, 0.5, 0.75, 1].slice(0, shares.length));
  expect(shares.length).toBeGreaterThan(0);

  const forms: ElicitForm[] = [];
  const asked = await connection.call(
    tool("trigger-elicitation-request"),
    {},
    callOptions({
      elicit: async (form) => {
        forms.push(form);
        return null;
      },
    }),
  );
  expect(forms[0]?.says).toContain('The tool server "everything" asks:');
  expect(said(asked)).toMatch(/declined/i);
});

it(
  "MC2 the file server sees the folders it was lent and no other, and writes only where it may",
  { timeout: 60_000 },
  async () => {
    if (!hasSandbox) return;
    for (const each of ["lent", "kept"]) mkdirSync(join(folder, each));
    writeFileSync(join(folder, "lent/a.txt"), "hello");
    writeFileSync(join(folder, "kept/b.txt"), "secret");
    const lent = join(folder, "lent");
    const reading = await start(referenceServer("filesystem", [lent], { reads: [lent] }));
    const { tools } = await reading.tools();
    const tool = (name: string) => tools.find((each) => each.name === name)!;
    expect(said(await reading.call(tool("read_text_file"), { path: join(lent, "a.txt") }, callOptions()))).toContain(
      "hello",
    );
    expect(
      (await reading.call(tool("read_text_file"), { path: join(folder, "kept/b.txt") }, callOptions())).isError,
    ).toBe(true);
    expect(
      (await reading.call(tool("write_file"), { path: join(lent, "c.txt"), content: "x" }, callOptions())).isError,
    ).toBe(true);

    const writing = await start(referenceServer("filesystem", [lent], { writes: [lent] }));
    await writing.call(tool("write_file"), { path: join(lent, "c.txt"), content: "written" }, callOptions());
    expect(readFileSync(join(lent, "c.txt"), "utf8")).toBe("written");
  },
);

it("MC2 the memory server, its file in a folder that it was lent", { timeout: 60_000 }, async () => {
  if (!hasSandbox) return;
  const plain = referenceServer("memory");
  const modules = plain.command.slice(0, plain.command.indexOf("node_modules") + "node_modules".length);
  const args = [`MEMORY_FILE_PATH=${join(folder, "memory.jsonl")}`, plain.command];
  const connection = await start({ ...plain, command: "/usr/bin/env", args, reads: [modules], writes: [folder] });
  const { tools } = await connection.tools();
  const entity = { name: "Ada", entityType: "person", observations: ["likes engines"] };
  await connection.call(
    tools.find(({ name }) => name === "create_entities")!,
    { entities: [entity] },
    callOptions(),
  );
  expect(
    said(
      await connection.call(
        tools.find(({ name }) => name === "read_graph")!,
        {},
        callOptions(),
      ),
    ),
  ).toContain("likes engines");
  expect(readFileSync(join(folder, "memory.jsonl"), "utf8")).toContain("Ada");
});

describe("MC3 what the sandbox keeps from a server", { timeout: 60_000 }, () => {
  it.each([
    ["environment", [], /^\{"(PATH|HOME|PWD)":[^]*\}$/],
    ["processes", [], /^\d+(,\d+){0,3}$/],
    // No user namespace within its own: that is where it would look for a hole.
    ["namespace", [], /^[1-9]/],
    ["home", ["/root"], /^ENOENT$/],
    ["home", ["/home"], /^ENOENT$/],
    ["read", ["/etc/passwd"], /^ENOENT$/],
    ["write", ["/usr/bin/x"], /^EROFS$/],
    ["write", ["/x"], /^EROFS$/],
    // A folder in memory of its own, which nothing bounds.
    ["write", ["/dev/x"], /^EROFS$/],
  ])("MC3 %s %j", { timeout: 60_000 }, async (how, args, expected) => {
    if (!hasSandbox) return;
    process.env["CANARY_KEY"] = "canary";
    const words = said(await callBad(how, args));
    delete process.env["CANARY_KEY"];
    expect(words).toMatch(expected);
    expect(words).not.toContain("canary");
  });

  it(
    "MC3 no network: a listener on this machine is not reached, and is reached without the sandbox",
    { timeout: 60_000 },
    async () => {
      if (!hasSandbox) return;
      let came = 0;
      const listener = createServer((socket) => {
        came += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
      const port = String((listener.address() as AddressInfo).port);
      expect(said(await callBad("reach", [port]))).toBe("ECONNREFUSED");
      expect(came).toBe(0);
      // The attempt is real: without the sandbox it gets through.
      const script = `require("node:net").connect(${port}, "127.0.0.1").on("connect", () => process.exit())`;
      await promisify(execFile)(process.execPath, ["-e", script]);
      expect(came).toBe(1);
      listener.close();
    },
  );
});

describe("MC4 a server that misbehaves has a defined end", { timeout: 60_000 }, () => {
  it.each([
    ["huge", "flood"],
    ["flood", "flood"],
    ["heavy", "flood"],
    ["die", "gone"],
    ["lie", "strange"],
    ["pattern", "no error"],
    ["nonsense", "strange"],
    ["chatter", "no error"],
    ["wrong-id", "no error"],
  ])("MC4 %s: %s", { timeout: 60_000 }, async (how, code) => {
    if (!hasSandbox) return;
    expect(await codeOf(callBad(how))).toBe(code);
  });

  it("MC4 one that hangs is ended, and one that is mute is not taken for a server", { timeout: 60_000 }, async () => {
    if (!hasSandbox) return;
    const connection = await start(badServer("hang"), { callMs: 300 });
    const { tools } = await connection.tools();
    expect(await codeOf(connection.call(tools[0]!, { text: "x" }, callOptions()))).toBe("silent");
    expect(connection.isOpen).toBe(false);
    expect(await codeOf(start(badServer("mute"), { startMs: 300 }))).toBe("silent");
  });

  it("MC4 a call that is stopped ends at once", { timeout: 60_000 }, async () => {
    if (!hasSandbox) return;
    const stop = new AbortController();
    const calling = callBad("hang", [], {}, callOptions({ signal: stop.signal }));
    setTimeout(() => stop.abort(), 1_000);
    expect(await codeOf(calling)).toBe("stopped");
  });

  it("MC4 lists without end, with a name twice, or with too many", { timeout: 60_000 }, async () => {
    if (!hasSandbox) return;
    expect(await codeOf(start(badServer("endless")).then((connection) => connection.tools()))).toBe("strange");
    expect((await (await start(badServer("twice"))).tools()).tools).toEqual([]);
    expect((await (await start(badServer("many"))).tools()).tools.length).toBe(toolsMax);
    expect((await (await start(badServer("bare"))).tools()).tools).toEqual([]);
  });

  it(
    "MC4 it may not ask our model, learns no roots, and its links are followed by nobody",
    { timeout: 60_000 },
    async () => {
      if (!hasSandbox) return;
      expect(said(await callBad("sample"))).toContain("error");
      expect(said(await callBad("other"))).toBe("[It names a resource: file:///etc/passwd]");
    },
  );

  it("MC4 one that takes all memory dies of it, alone", { timeout: 60_000 }, async () => {
    if (!hasSandbox) return;
    expect(await codeOf(callBad("memory"))).toBe("gone");
  });

  it("MC4 one that multiplies is ended, or cannot: no more of it than a tool may be", { timeout: 60_000 }, async () => {
    if (!hasSandbox) return;
    const outcome = await callBad("multiply").then(said, (error: unknown) =>
      error instanceof McpError ? error.code : String(error),
    );
    // As root the kernel bounds nobody, and it is seen and ended; else it is told that it can start no more.
    if (outcome !== "flood") expect(Number(outcome)).toBeLessThan(processTasksMax);
    else expect(outcome).toBe("flood");
  });

  it("MC4 all that it started weighs with it", { timeout: 60_000 }, async () => {
    if (!hasSandbox) return;
    const script =
      'const { spawn } = require("node:child_process"); for (let at = 0; at < 3; at++) spawn("/bin/sh", ["-c", "sleep 30; true"]); console.log("on")';
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "ignore"], detached: true });
    try {
      await once(child.stdout, "data");
      await expect.poll(() => weigh(child.pid ?? 0, 100).tasks - readdirSync(`/proc/${child.pid}/task`).length).toBe(6);
      expect(weigh(child.pid ?? 0, 100).bytes).toBeGreaterThan(10_000_000);
      expect(weigh(child.pid ?? 0, 4).tasks).toBeGreaterThan(4);
    } finally {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    }
    await expect.poll(() => weigh(child.pid ?? 0, 100)).toEqual({ tasks: 0, bytes: 0 });
  });

  it("MC4 what 100 MB cost us is less than two of its messages", { timeout: 60_000 }, async () => {
    if (!hasSandbox) return;
    const before = process.memoryUsage().arrayBuffers;
    await codeOf(callBad("huge"));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * messageBytesMax);
    expect(resultCharsMax).toBeLessThan(messageBytesMax);
  });
});

it.each<[HttpServerOptions["how"], string]>([
  ["good", "no error"],
  ["huge", "flood"],
  ["flood", "flood"],
  ["endless-line", "flood"],
  ["hang", "silent"],
  ["elsewhere", "strange"],
  ["refuses", "key"],
])("MC4 over HTTP, too: %s: %s", { timeout: 60_000 }, async (how, code) => {
  const server = await startHttpServer({ how: how ?? "good" });
  try {
    const settings = { kind: "address", name: "bad", url: server.url, hasResources: false, approved: [] } as const;
    const events = { onToolsChanged: () => {}, onClosed: () => {} };
    const connection = await openServer({ settings, clock: systemClock, ...events, limits: { callMs: 5_000 } });
    open.push(connection);
    const { tools } = await connection.tools();
    expect(await codeOf(connection.call(tools[0]!, {}, callOptions()))).toBe(code);
  } finally {
    await server.close();
  }
});

it("MC5 a form's answer reaches the server only if it fits the form", { timeout: 60_000 }, async () => {
  if (!hasSandbox) return;
  const answer = (given: Record<string, string> | null) =>
    callBad("ask", [], {}, callOptions({ elicit: async () => given }));
  expect(said(await answer({ size: "large" }))).toContain('"accept"');
  expect(said(await answer({ size: "huge" }))).toContain('"decline"');
  expect(said(await answer({ size: "large", password: "x" }))).toContain('"decline"');
  expect(said(await answer(null))).toContain('"decline"');
});

it(
  "MC5 with two calls under way nobody is asked: a form does not say in whose chat it belongs",
  { timeout: 60_000 },
  async () => {
    if (!hasSandbox) return;
    const connection = await start(badServer("ask"));
    const { tools } = await connection.tools();
    const asked: string[] = [];
    const call = (chat: string) =>
      connection.call(
        tools[0]!,
        { text: chat },
        callOptions({ elicit: async () => (asked.push(chat), { size: "large" }) }),
      );
    const both = await Promise.all([call("this chat"), call("another")]);
    expect(both.map(said).join()).not.toContain('"accept"');
    expect(asked).toEqual([]);
  },
);
