/** The command line as processes, against a running host with a scripted backend. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodingsOf } from "#sync/testing/testDevice.ts";
import { runCli, startCli, startHostProcess, type CliResult, type HostProcess } from "../testing/cliProcess.ts";
import { fail, say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { tinyGguf } from "../testing/tinyGguf.ts";

const timeout = 120_000;
const canary = "canary-heliotrope-0417";
let folder: string;
/** The host's, and in it the first terminal's. */
let home: string;
/** Another machine's. */
let other: string;
let host: HostProcess;
let backend: ScriptedBackend;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-cli-"));
  home = join(folder, "home");
  other = join(folder, "other");
  backend = await startScriptedBackend({ models: ["small", "large"] });
  host = await startHostProcess(folder, home, backend.url);
}, timeout);
afterAll(async () => {
  await host?.stop();
  await backend?.close();
  rmSync(folder, { recursive: true, force: true });
}, timeout);

const cli = (words: readonly string[], input = ""): Promise<CliResult> => runCli(words, { home, input });
const parsed = <T>(result: CliResult): T => JSON.parse(result.out) as T;
/** Only what a person may be told: sentences, and nothing of our own code. */
function expectSentence(result: CliResult, code: number, pattern: RegExp): void {
  expect(result).toMatchObject({ code, out: "" });
  expect(result.errors).toMatch(pattern);
  expect(result.errors).not.toMatch(/^\s+at |Error:|undefined|ExperimentalWarning/m);
}

interface ChatRow {
  readonly id: string;
  readonly title: string;
}
interface Answer {
  readonly chat: string;
  readonly status: string;
  readonly text: string;
  readonly model: string;
}

describe("what was typed wrongly", () => {
  it("CL0 is named, with what was meant where that is near", { timeout }, async () => {
    for (const [words, says] of [
      [["stauts"], /no command "stauts"\. Did you mean: sovereign status\?/],
      [["xyzzy"], /no command "xyzzy"\. See: sovereign help/],
      [["status", "--jsn"], /no --jsn here\. Did you mean --json\?\nUsage: sovereign status\n/],
      [["status", "extra"], /"extra" is one word too many here\.\nUsage/],
      [["models", "--vram"], /--vram needs something behind it\.\nUsage/],
      [["status", "--json=yes"], /--json takes nothing behind it\.\nUsage/],
      [["backup", "--every", "6"], /--every .*goes with --to: sovereign backup --to FOLDER --every 6/],
      [["backup", "--off", "--to", "x"], /one of the two/],
      [["install", "--systemd", "--launchd"], /One file at a time: give one of --systemd, --launchd or --compose/],
      [["restore"], /Say which backup/],
      [["restore", "."], /is a folder\. Give the name of one backup/],
    ] as const)
      expectSentence(await cli(words), 2, says);
  });
});

describe("before there is a vault", () => {
  it("CL1 every command that needs one says what to do, with its own number", { timeout }, async () => {
    for (const words of [["chats"], ["chat", "hello"], ["devices"], ["pair"], ["export"], ["projects"]])
      expectSentence(await cli(words), 3, /not a device of your vault yet.*sovereign join LINK\n.*join --new/);
    expect(readdirSync(home)).not.toContain("cli");
  });

  it("CL2 what is no link, or of another product, is refused and leaves nothing", { timeout }, async () => {
    for (const link of ["hello", "https://example.com/", "otpauth://totp/x", `${new URL(host.link).origin}/#p=AAAA`])
      expectSentence(await cli(["join", link]), 2, /not a link for adding a device/);
    expectSentence(await cli(["chats"]), 3, /not a device/);
  });

  it("CL3 wrong words and options are answered with the usage, and help is there for each", { timeout }, async () => {
    expectSentence(await cli(["chatt"]), 2, /no command "chatt"/);
    expectSentence(await cli(["status", "--jsno"]), 2, /Usage: sovereign status/);
    expectSentence(await cli(["chats", "x"]), 2, /Usage: sovereign chats/);
    const overview = await cli(["--help"]);
    expect(overview.code).toBe(0);
    const names = [...overview.out.matchAll(/^ {2}(\w+) {3,}/gm)].map(([, name = ""]) => name);
    expect(names).toEqual(
      expect.arrayContaining(["up", "status", "pair", "join", "chats", "chat", "export", "version"]),
    );
    for (const name of names) {
      const help = await cli([name, "--help"]);
      expect(help.code).toBe(0);
      expect(help.out).toMatch(new RegExp(`^Usage: sovereign ${name}\\b`));
    }
    expect((await cli([])).code).toBe(2);
  });
});

describe("status and version", () => {
  it("CL4 says how the host is, as words and as JSON", { timeout }, async () => {
    const status = parsed<Record<string, unknown>>(await cli(["status", "--json"]));
    expect(status).toMatchObject({
      running: true,
      home,
      pid: host.pid,
      port: Number(new URL(host.link).port),
      claimed: false,
      devicesConnected: 0,
      backend: { kind: "model", models: ["small", "large"] },
      parts: { relay: { state: "running" }, agent: { state: "running" }, gateway: { state: "running" } },
      services: expect.arrayContaining(
        ["relay", "agent", "gateway", "backend"].map((kind) => expect.objectContaining({ kind, state: "well" })),
      ),
      incidents: [],
    });
    expect(JSON.stringify(status)).not.toContain(new URL(host.link).hash.slice(3, 20));
    const words = await cli(["status"]);
    expect(words.out).toMatch(/Running at http:\/\/localhost:\d+\n(.*\n)*answers .*small, large\n/);
    expect(words.out).toMatch(/\nParts\nrelay +well +since .* process \d+\n/);
    expect(words.out).not.toContain("\u001b");
    expect(statSync(join(home, "control.sock")).mode & 0o777).toBe(0o600);
  });

  it("CL5 no host: another number, and the same on the socket of a host that was killed", { timeout }, async () => {
    expectSentence(await runCli(["status"], { home: other, input: "" }), 4, /No host runs on/);
    const json = await runCli(["status", "--json"], { home: other, input: "" });
    expect(json.code).toBe(4);
    expect(parsed(json)).toEqual({ running: false, home: other, lastAlive: null, incidents: [] });
  });

  it("CL6 works through its launcher, from any folder, on the pinned Node", { timeout }, async () => {
    const program = [process.execPath, join(import.meta.dirname, "../launch/sovereign.mjs")];
    const result = await runCli(["version", "--json"], { home, input: "", program, cwd: folder });
    expect(result.code).toBe(0);
    expect(parsed<{ version: string; node: string }>(result)).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      node: expect.stringMatching(/^2[4-9]\./) as string,
    });
    expect((await runCli(["chats"], { home: other, input: "", program })).code).toBe(3);
  });
});

describe("models", () => {
  it("CL22 are listed; one is fetched, checked and named, and a wrong hash leaves nothing", { timeout }, async () => {
    const list = await cli(["models", "--json"]);
    const shown = parsed<{ models: { name: string; source: string; fits: boolean | null }[] }>(list);
    expect(shown).toMatchObject({ kind: "model", defaultModel: "small" });
    expect(shown.models.filter(({ source }) => source === "host")).toMatchObject([
      { name: "small", bytes: null, fits: null, why: expect.stringMatching(/does not say/) },
      { name: "large" },
    ]);
    const model = Buffer.from(tinyGguf());
    const sha256 = createHash("sha256").update(model).digest("hex");
    const server = createServer((_request, response) =>
      response.writeHead(200, { "content-length": model.length }).end(model),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny.gguf`;
    const pull = ["models", "pull", url, "--without-engine", "--json"];
    const target = join(folder, "pulled");
    expectSentence(await runCli([...pull, "--sha256", "0".repeat(64)], { home: target, input: "" }), 1, /SHA-256/);
    const pulled = await runCli([...pull, "--sha256", sha256], { home: target, input: "" });
    expect(pulled).toMatchObject({ code: 0, errors: "" });
    const { path } = parsed<{ path: string }>(pulled);
    expect(readFileSync(path).equals(model)).toBe(true);
    server.close();
  });

  it(
    "CL23 are judged for this machine, or for a card that is asked about, with or without a host",
    { timeout },
    async () => {
      const asked = await runCli(["models", "--vram", "32GB", "--json"], { home: join(folder, "nobody"), input: "" });
      const { models } = parsed<{ models: { name: string; bytes: number; fits: boolean; why: string }[] }>(asked);
      const of = (name: string) => models.find((model) => model.name === name);
      expect(of("gpt-oss-20b")).toMatchObject({ fits: true, bytes: 13e9 });
      expect(of("gpt-oss-120b")).toMatchObject({ fits: false, why: expect.stringMatching(/2 × 32 GB, or 80 GB/) });
      const here = await runCli(["models"], { home: join(folder, "nobody"), input: "" });
      expect([here.code, here.errors]).toEqual([0, expect.stringMatching(/sovereign up/)]);
      expect(here.out).toMatch(/This machine: .*GB of memory/);
      expectSentence(await cli(["models", "--vram", "much"]), 2, /2x24/);
      expectSentence(await cli(["models", "--context", "0"]), 2, /from 1 to/);
    },
  );
});

describe("keys for tools", () => {
  it("CL21 are shown once, open the gateway at once, and are revoked at once", { timeout }, async () => {
    const address = `${new URL(host.link).origin}/v1/models`;
    const made = parsed<{ id: string; name: string; key: string }>(await cli(["keys", "create", "OpenCode", "--json"]));
    expect(made).toMatchObject({ name: "OpenCode", key: expect.stringMatching(/^sov_/) as string });
    const use = async (): Promise<number> =>
      (await fetch(address, { headers: { authorization: `Bearer ${made.key}` } })).status;
    expect(await use()).toBe(200);
    const numbers = (headers: HeadersInit) => fetch(new URL("/metrics", address), { headers });
    expect((await numbers({})).status).toBe(401);
    const text = await (await numbers({ authorization: `Bearer ${made.key}` })).text();
    expect(text).toMatch(/^sovereign_part_running\{part="relay"\} 1$/m);
    expect(text).toMatch(/^sovereign_gateway_requests_total\{status="200",whole="true"\} 1$/m);
    const listed = await cli(["keys", "--json"]);
    expect(parsed(listed)).toMatchObject([{ id: made.id, name: "OpenCode" }]);
    expect(listed.out).not.toContain(made.key.slice(13));
    expectSentence(await cli(["keys", "create", "OpenCode"]), 1, /a key called "OpenCode" already/);
    expect((await cli(["keys", "revoke", "OpenCode"])).out).toBe('The key of "OpenCode" is revoked.\n');
    expect(await use()).toBe(401);
    expectSentence(await cli(["keys", "revoke", "OpenCode"]), 2, /no key "OpenCode"/);
    expect((await cli(["keys"])).errors).toMatch(/No keys yet/);
  });
});

describe("a terminal as a device", () => {
  it("CL7 makes the vault from the host's own link, once", { timeout }, async () => {
    const made = await cli(["join", host.link, "--name", "Desk", "--json"]);
    expect(made).toMatchObject({ code: 0, errors: "" });
    expect(parsed(made)).toMatchObject({ event: "done", chats: 0 });
    expectSentence(await cli(["join", host.link]), 1, /has a vault already/);
    expectSentence(await cli(["join", "--new"]), 6, /host has a vault already/);
    expect(statSync(join(home, "cli")).mode & 0o777).toBe(0o700);
  });

  it("CL8 streams the answer, and a pipe carries nothing else", { timeout }, async () => {
    backend.script(say(`It is ${canary}, in a few words that come one by one.`, { delayMs: 100 }));
    const asked = startCli(["chat", "What", "is", "it?"], { home, input: "" });
    await asked.line(/It is/);
    expect(asked.out()).not.toContain("one by one.");
    expect(await asked.exit).toBe(0);
    expect(asked.out()).toBe(`It is ${canary}, in a few words that come one by one.\n`);
    expect(asked.errors()).toBe("");
  });

  it(
    "CL9 what is piped in follows the question; with --json the answer comes with its figures",
    { timeout },
    async () => {
      backend.script(say("Looks right."));
      const result = await cli(["chat", "--json", "--model", "large", "review this"], `diff --git a b\n+${canary}\n`);
      const answer = parsed<Answer>(result);
      expect(answer).toMatchObject({ status: "done", text: "Looks right.", model: "large" });
      const sent = backend.requests.at(-1)?.body;
      expect(sent?.model).toBe("large");
      expect(sent?.messages?.at(-1)?.content).toBe(`review this\n\ndiff --git a b\n+${canary}`);
      expectSentence(await cli(["chat", "--model", "huge", "x"]), 2, /no model "huge".*small, large/);
      expectSentence(await cli(["chat"]), 2, /Ask something/);
    },
  );

  it("CL10 goes on with the newest chat, or one by the beginning of its id", { timeout }, async () => {
    const before = parsed<readonly ChatRow[]>(await cli(["chats", "--json"]));
    expect(before.map(({ title }) => title)).toEqual(["review this", "What is it?"]);
    backend.script(say("Yes."));
    const last = parsed<Answer>(await cli(["chat", "--json", "--last", "and now?"]));
    expect(last.chat).toBe(before[0]?.id);
    const oldest = before[1]?.id ?? "";
    const named = parsed<Answer>(await cli(["chat", "--json", "--chat", oldest.slice(0, 10), "again"]));
    expect(named.chat).toBe(oldest);
    const messages = backend.requests.at(-1)?.body.messages ?? [];
    expect(messages.map(({ content }) => content)).toEqual(expect.arrayContaining(["What is it?", "again"]));
    expectSentence(await cli(["chat", "--chat", "zz", "x"]), 2, /No chat has an id/);
    expect((await cli(["chats"])).out.split("\n")[0]).toMatch(/^[0-9a-f]{8} {2}now {2}What is it\?$/);
  });

  it("CL11 a backend that fails is a sentence and a number of its own", { timeout }, async () => {
    backend.script(fail(500, "broken"));
    const result = await cli(["chat", "x"]);
    expect(result.code).toBe(5);
    expect(result.errors).toMatch(/\w+ .*\./);
    expect(result.errors).not.toMatch(/^\s+at |Error:/m);
  });

  it("CL12 Ctrl-C stops the answer at the host, keeps what came, and ends with 130", { timeout }, async () => {
    const words = Array.from({ length: 400 }, (_, index) => `word${index}`).join(" ");
    backend.script(say(words, { delayMs: 30 }));
    const asked = startCli(["chat", "tell me much"], { home, input: "" });
    await asked.line(/word3 /);
    asked.child.kill("SIGINT");
    expect(await asked.exit).toBe(130);
    const requests = backend.requests.length;
    expect(backend.requests[requests - 1]?.isGone()).toBe(true);
    backend.script(say("Fine."));
    const went = parsed<Answer>(await cli(["chat", "--json", "--last", "go on"]));
    expect(went.text).toBe("Fine.");
    const kept = backend.requests
      .at(-1)
      ?.body.messages?.map(({ content }) => content)
      .join("\n");
    expect(kept).toContain("word3");
    expect(kept).not.toContain("word399");
  });

  it("CL13 two commands at once take turns: one device has one history", { timeout }, async () => {
    backend.script(say("One."), say("Two."));
    const both = await Promise.all([cli(["chat", "--json", "first"]), cli(["chat", "--json", "second"])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.map((result) => parsed<Answer>(result).status)).toEqual(["done", "done"]);
  });

  it("CL14 is killed in the middle, and goes on from its own chain", { timeout }, async () => {
    backend.script(say("word ".repeat(200), { delayMs: 30 }));
    const asked = startCli(["chat", "cut off"], { home, input: "" });
    await asked.line(/word word/);
    asked.child.kill("SIGKILL");
    await asked.exit;
    backend.script(say("Still here."));
    expect(parsed<Answer>(await cli(["chat", "--json", "after that"])).text).toBe("Still here.");
    const status = parsed<readonly ChatRow[]>(await cli(["chats", "--json"]));
    expect(status.map(({ title }) => title)).toEqual(expect.arrayContaining(["cut off", "after that"]));
  });
});

describe("a second terminal", () => {
  it("CL15 a no on either side adds nothing", { timeout }, async () => {
    const pairing = startCli(["pair", "--json"], { home });
    const link = JSON.parse((await pairing.line(/^\{"event":"offer".*\}$/m))[0]) as { link: string };
    const joining = startCli(["join", link.link, "--json"], { home: other });
    await joining.line(/"event":"compare"/);
    joining.type("y\n");
    await pairing.line(/"event":"compare"/);
    pairing.type("n\n");
    expect(await pairing.exit).toBe(6);
    expect(await joining.exit).toBe(6);
    expect(pairing.errors()).toMatch(/cancelled.*Nothing was changed/);
    expect(joining.errors()).toMatch(/said no/);
    expect((await runCli(["chats"], { home: other, input: "" })).code).toBe(3);
  });

  it("CL16 pairs by the same six digits, and then has every chat", { timeout }, async () => {
    const pairing = startCli(["pair", "--json"], { home });
    const offer = JSON.parse((await pairing.line(/^\{"event":"offer".*\}$/m))[0]) as { link: string };
    // The link by standard input: it is a secret, and a list of processes is not.
    const joining = startCli(["join", "--json", "--name", "Attic"], { home: other });
    joining.type(`${offer.link}\n`);
    const digits = async (from: typeof pairing): Promise<string | undefined> =>
      /"event":"compare","digits":"(\d{6})"/.exec((await from.line(/"event":"compare".*\n/))[0])?.[1] ??
      /"digits":"(\d{6})"/.exec(from.out())?.[1];
    const shown = [await digits(pairing), await digits(joining)];
    expect(shown[0]).toMatch(/^\d{6}$/);
    expect(shown[1]).toBe(shown[0]);
    expect(joining.out()).toContain('"device":"Desk"');
    expect(pairing.out()).toContain('"device":"Attic"');
    pairing.type("y\n");
    joining.type("y\n");
    expect(await pairing.exit).toBe(0);
    expect(await joining.exit).toBe(0);
    const there = parsed<readonly ChatRow[]>(await runCli(["chats", "--json"], { home: other, input: "" }));
    const here = parsed<readonly ChatRow[]>(await cli(["chats", "--json"]));
    expect(there.map(({ id }) => id)).toEqual(here.map(({ id }) => id));
    const late = await runCli(["join", offer.link], { home: join(folder, "third"), input: "" });
    expectSentence(late, 6, /has run out|was used/);
  });

  it("CL17 lists, renames and removes devices", { timeout }, async () => {
    interface Row {
      readonly id: string;
      readonly name: string;
      readonly role: string;
      readonly kind: string | null;
      readonly isThis: boolean;
      readonly lacks: number;
    }
    const listed = parsed<readonly Row[]>(await cli(["devices", "--json"]));
    expect(listed.map(({ name, role, isThis }) => ({ name, role, isThis }))).toEqual([
      { name: "Desk", role: "device", isThis: true },
      { name: "Host", role: "host", isThis: false },
      { name: "Attic", role: "device", isThis: false },
    ]);
    const attic = listed[2]?.id ?? "";
    expect((await cli(["devices", "rename", attic.slice(0, 12), "Loft"])).out).toBe('"Attic" is "Loft" now.\n');
    expect((await runCli(["devices"], { home: other, input: "" })).out).toMatch(/Loft +terminal +this one/);
    expectSentence(await cli(["devices", "remove", attic], "n\n"), 6, /Nothing was changed/);
    expect((await cli(["devices", "remove", attic, "--yes"])).code).toBe(0);
    expectSentence(await runCli(["chat", "x"], { home: other, input: "" }), 4, /removed from the vault/);
    expect((await cli(["devices"])).out).not.toContain("Loft");
  });
});

describe("out and at rest", () => {
  it("CL18 exports every chat, readable, for its owner alone", { timeout }, async () => {
    const target = join(folder, "out");
    const markdown = await cli(["export", target]);
    expect(markdown.out).toMatch(new RegExp(`^\\d+ chats in ${target}\n$`));
    const files = readdirSync(target);
    const first = files.find((file) => file.startsWith("what-is-it-")) ?? "";
    expect(readFileSync(join(target, first), "utf8")).toMatch(
      new RegExp(`^# What is it\\?\n[\\s\\S]*## You\n\nWhat is it\\?\n[\\s\\S]*${canary}`),
    );
    expect(statSync(join(target, first)).mode & 0o077).toBe(0);
    const json = parsed<{ chats: number; format: string }>(await cli(["export", "--format", "json", "--json", target]));
    expect(json).toMatchObject({ format: "json", chats: files.length });
    const data = JSON.parse(readFileSync(join(target, first.replace(/md$/, "json")), "utf8")) as {
      messages: unknown[];
    };
    expect(data.messages.length).toBeGreaterThan(2);
    expectSentence(await cli(["export", "--format", "pdf"]), 2, /md or json/);
  });

  it(
    "CL19 nothing of a chat, no title and no key, lies in the clear in the folder of either device",
    { timeout },
    async () => {
      const held = filesUnder(home).concat(filesUnder(other));
      expect(held.some(({ file }) => file.endsWith("journals.sqlite"))).toBe(true);
      const secrets = [canary, "What is it?", "review this", "Looks right", "Desk"];
      const found = secrets.flatMap((secret) =>
        encodingsOf(secret).flatMap((form) =>
          held.flatMap(({ file, bytes }) => (bytes.includes(form) ? [`${secret}: ${file}`] : [])),
        ),
      );
      expect(found).toEqual([]);
      // The same search finds what is exported, so it would find it here.
      expect(filesUnder(join(folder, "out")).some(({ bytes }) => bytes.includes(canary))).toBe(true);
      for (const { file } of filesUnder(join(home, "cli"))) expect(statSync(file).mode & 0o077).toBe(0);
    },
  );

  it(
    "LG8 the log tells of every chat and tool above, and neither it nor what the host printed holds a word of them",
    { timeout },
    async () => {
      const json = await cli(["logs", "--json"]);
      const lines = json.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const ofEvent = (name: string) => lines.filter(({ event }) => event === name);
      for (const part of ["relay", "agent", "gateway"])
        expect(ofEvent("part-ready").some((line) => line["part"] === part)).toBe(true);
      // Answered, failed and stopped: CL8 to CL14.
      expect(new Set(ofEvent("run-ended").map((line) => line["end"]))).toEqual(new Set(["done", "failed", "stopped"]));
      expect(ofEvent("tool-answered").length).toBeGreaterThan(0);
      expect(ofEvent("line-refused")).toEqual([]);
      const words = await cli(["logs", "--since", "1d"]);
      // The host goes on meanwhile, and may have written more since.
      expect(words.out.trim().split("\n").length).toBeGreaterThanOrEqual(lines.length);
      expect(words.out).toMatch(/The agent is ready, after .*\n(.*\n)*.*A device's question: answered after/);
      const since = await cli(["logs", "--since", "2000-01-01T00:00", "--json"]);
      expect(since.out.startsWith(json.out)).toBe(true);
      expectSentence(await cli(["logs", "--since", "yesterday"]), 2, /"yesterday" is no time/);
      expect((await runCli(["logs"], { home: join(folder, "nowhere") })).out).toBe("");
      const chats = parsed<readonly ChatRow[]>(await cli(["chats", "--json"]));
      const secrets = [canary, "What is it?", "review this", "Looks right", "Desk", ...chats.map(({ id }) => id)];
      const said = [json.out, words.out, host.printed()].map((text) => Buffer.from(text));
      expect(said.every(({ length }) => length > 0)).toBe(true);
      for (const secret of secrets)
        for (const form of encodingsOf(secret))
          expect(said.map((bytes) => bytes.includes(form))).toEqual([false, false, false]);
    },
  );

  it(
    "CL20 without the host, what is here is read, and a question is refused with nothing written",
    { timeout },
    async () => {
      const port = Number(new URL(host.link).port);
      const before = parsed<readonly ChatRow[]>(await cli(["chats", "--json"]));
      await host.stop();
      const away = await cli(["chats", "--json"]);
      expect(parsed<readonly ChatRow[]>(away).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
      expect(away.errors).toMatch(/host does not answer/);
      expectSentence(await cli(["chat", "x"]), 4, /does not answer.*sovereign up/);
      host = await startHostProcess(folder, home, backend.url, port);
      expect(parsed<readonly ChatRow[]>(await cli(["chats", "--json"]))).toHaveLength(before.length);
    },
  );
});

function filesUnder(at: string): { readonly file: string; readonly bytes: Buffer }[] {
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, bytes: readFileSync(file) }));
}
