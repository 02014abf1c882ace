/** `sovereign tools …` as a person types it, with the real command line and a real server. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { findNoSandbox } from "../mcp/sandbox.ts";
import { badServer } from "../mcp/testing/servers.ts";
import { sayPlainly } from "./plainly.ts";

let folder: string;
let hasSandbox = true;
beforeAll(async () => {
  hasSandbox = (await findNoSandbox()) === null;
});
beforeEach(() => {
  mkdirSync(join(import.meta.dirname, "../../test-results"), { recursive: true });
  folder = mkdtempSync(join(import.meta.dirname, "../../test-results/tools-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sovereign(words: readonly string[], typed = ""): Promise<{ code: number; out: string; errors: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], HOME: folder, SOVEREIGN_HOME: join(folder, "home") };
    const child = execFile(
      process.execPath,
      [join(import.meta.dirname, "main.ts"), ...words],
      { env },
      (error, out, errors) => resolve({ code: error === null ? 0 : Number(error.code), out, errors }),
    );
    child.stdin?.end(typed);
  });
}

it("TA1 added, listed, tested, changed, approved again, removed", { timeout: 60_000 }, async () => {
  if (!hasSandbox) return;
  const { command, args, reads } = badServer("good");
  const lent = join(folder, "lent");
  mkdirSync(lent);
  const add = ["tools", "add", "echoes", "--read", [...reads, lent].join(","), "--", command, ...args];
  const declined = await sovereign(add, "no\n");
  expect([declined.code, (await sovereign(["tools"])).out]).toEqual([6, ""]);
  expect(declined.errors).toMatch(/may change {2}nothing/);
  expect(declined.errors).toContain(lent);
  expect(declined.errors).toContain("no network, an empty environment");
  expect(declined.errors).toContain("Says it again.");

  expect(await sovereign(add, "yes\n")).toMatchObject({
    code: 0,
    out: expect.stringContaining("1 tool of echoes") as string,
  });
  expect((await sovereign(["tools", "list"])).out).toContain("echoes_echo");
  expect(await sovereign(["tools", "test", "echoes"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("approved") as string,
  });
  expect((await sovereign(add, "yes\n")).code).toBe(2);

  // The program is another one now: it says something else of its tool.
  const file = join(folder, "home/tools/servers.json");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll('"good"', '"changes-now"'));
  const tested = await sovereign(["tools", "test", "echoes"]);
  expect([tested.code, tested.out]).toEqual([1, expect.stringContaining("CHANGED")]);
  const approved = await sovereign(["tools", "approve", "echoes"], "yes\n");
  expect(approved.errors).toMatch(/it said:\nSays it again\.\n[^]*it says now:\nSays it again, and to others\./);
  expect((await sovereign(["tools", "test", "echoes"])).code).toBe(0);

  expect((await sovereign(["tools", "remove", "echoes"])).code).toBe(0);
  expect((await sovereign(["tools", "remove", "echoes"])).code).toBe(2);
});

it.each([
  ["a program that is not there", ["x", "--", "no-such-program"], "Install it first"],
  ["everything lent", ["x", "--write", "/", "--", process.execPath], "far more than one tool needs"],
  ["an address inside", ["x", "http://10.0.0.1.nip.io/mcp"], "https://"],
  ["a name for this machine", ["x", "https://printer.local/mcp"], "not on the public internet"],
  ["no TLS", ["x", "http://example.org/mcp"], "https://"],
  ["a name that is no word", ["X_1", "https://example.org/mcp"], "small letters"],
  ["nothing to add", ["x"], "sovereign tools add"],
])("TA2 %s is refused in plain words, and nothing is kept", { timeout: 90_000 }, async (_name, words, says) => {
  const refused = await sovereign(["tools", "add", ...words], "yes\n");
  expect(refused.code).toBe(2);
  expect(refused.errors).toContain(says);
  expect((await sovereign(["tools", "list"])).errors).toContain("No tool servers yet");
});

it("TA3 what is not seen is shown as its number", () => {
  expect(sayPlainly("a\u202eb\u200b\u001b[8m\u00a0\u{e0041}e\u0301\r")).toBe(
    "a<U+202E>b<U+200B><U+001B>[8m<U+00A0><U+E0041>e<U+0301><U+000D>",
  );
  expect(sayPlainly("Plain words, é and 日本,\non two lines.")).toBe("Plain words, é and 日本,\non two lines.");
});
