import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { FolderError } from "./errors.ts";
import { createFolderTools } from "./folderTools.ts";
import { lendFolder, readFolders, takeFolderBack } from "./settings.ts";
import type { JsonObject } from "../tool.ts";

let base: string;
let home: string;
let notes: string;
let outside: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "folders-")));
  [home, notes, outside] = ["home", "notes", "outside"].map((name) => join(base, name)) as [string, string, string];
  for (const folder of [home, notes, outside, join(notes, "plans")]) mkdirSync(folder);
  writeFileSync(join(notes, "plans", "june.md"), "# June\nPaint the boat.\nAsk Vera.");
  writeFileSync(join(notes, "todo.txt"), "Buy paint.");
  writeFileSync(join(outside, "secret.txt"), "the key is 4711");
});

const sources = () => createFolderTools(home);

async function act(name: string, args: JsonObject, tools = sources()): Promise<string> {
  const tool = tools.tools().find((each) => each.name === name);
  if (tool === undefined) return "no tool";
  const { parts, isError } = await tool.run(args, {
    signal: new AbortController().signal,
    progress: () => {},
    elicit: () => Promise.resolve(null),
  });
  return `${isError ? "no: " : ""}${parts.map((part) => (part.kind === "text" ? part.text : "")).join("")}`;
}

const lend = (isWritable = true) => lendFolder(home, "notes", notes, isWritable);

describe("what is lent", () => {
  test("FO14 nothing on a system that cannot hold on to each part of a path: neither lent, nor used when the list comes from another machine; and what to do instead is said", () => {
    for (const platform of ["darwin", "win32", "freebsd"] as const) {
      expect(() => lendFolder(home, "notes", notes, true, platform), platform).toThrow(
        /only by a host on Linux.*Attach the files/,
      );
      expect(readFolders(home)).toEqual([]);
    }
    lend();
    const said: string[] = [];
    const there = createFolderTools(home, (sentence) => said.push(sentence), "darwin");
    expect([there.tools(), there.tools()]).toEqual([[], []]);
    expect(said).toEqual([expect.stringMatching(/only by a host on Linux/)]);
    expect(createFolderTools(home, () => {}, "linux").tools().length).toBeGreaterThan(0);
  });

  test("FO1 without a lent folder there are no such tools; one for reading brings none that writes", async () => {
    expect(sources().tools()).toEqual([]);
    lend(false);
    expect(
      sources()
        .tools()
        .map(({ name }) => name),
    ).toEqual(["folder_list", "folder_read", "folder_search"]);
    lend(true);
    expect(sources().tools().at(-1)).toMatchObject({ name: "folder_write", class: "writes-here" });
    expect(takeFolderBack(home, "notes")).toBe(true);
    expect(takeFolderBack(home, "notes")).toBe(false);
    expect(sources().tools()).toEqual([]);
  });

  test("FO2 a list that changes counts from the next call on; one that does not read lends nothing", async () => {
    const tools = sources();
    expect(tools.tools()).toEqual([]);
    lend();
    expect(await act("folder_list", {}, tools)).toBe("notes/ (may be written)");
    writeFileSync(join(home, "tools", "folders.json"), "{ half");
    expect(tools.tools()).toEqual([]);
    expect(() => readFolders(home)).toThrow(/no folder is lent/);
  });

  test("FO3 what holds keys, or all of a machine, is not lent", () => {
    const wide = ["/", "/etc", "/proc", "/dev/shm", "/home", homedir(), home, base, join(base, "none")];
    for (const folder of wide) expect(() => lendFolder(home, "wide", folder, false), folder).toThrow(FolderError);
    for (const name of ["", "Notes", "../x", "a/b", "-", "a".repeat(40)])
      expect(() => lendFolder(home, name, notes, false), name).toThrow(FolderError);
    expect(readFolders(home)).toEqual([]);
  });
});

describe("what is done there", () => {
  test("FO4 lists, reads whole or in lines, and searches", async () => {
    lend();
    expect(await act("folder_list", { path: "notes" })).toBe("plans/\ntodo.txt");
    expect(await act("folder_list", { path: "notes/plans/" })).toBe("june.md");
    expect(await act("folder_read", { path: "notes/plans/june.md" })).toBe("# June\nPaint the boat.\nAsk Vera.");
    expect(await act("folder_read", { path: "notes/plans/june.md", from: 2, to: 2 })).toBe("Paint the boat.");
    expect(await act("folder_search", { path: "notes", text: "PAINT" })).toBe(
      "notes/todo.txt:1: Buy paint.\nnotes/plans/june.md:2: Paint the boat.",
    );
    expect(await act("folder_search", { path: "notes/plans", text: "nothing such" })).toMatch(/^Nothing in it/);
    expect(await act("folder_read", { path: "notes/none.md" })).toBe("no: There is no notes/none.md.");
    expect(await act("folder_read", { path: "notes/todo.txt/x" })).toBe("no: There is no notes/todo.txt/x.");
    expect(await act("folder_read", { path: "notes/plans" })).toMatch(/^no: .* is a folder/);
    expect(await act("folder_list", { path: "notes/todo.txt" })).toMatch(/^no: .* is a file/);
  });

  test("FO5 what is no text, or too much of it, is said to be so", async () => {
    lend();
    writeFileSync(join(notes, "picture.png"), Buffer.from([0x89, 0x50, 0, 1]));
    writeFileSync(join(notes, "latin.txt"), Buffer.from([0xe9, 0x74, 0xe9]));
    writeFileSync(join(notes, "large.txt"), Buffer.alloc(4_194_305, "x"));
    for (const name of ["picture.png", "latin.txt"])
      expect(await act("folder_read", { path: `notes/${name}` })).toMatch(/^no: .* is no text/);
    expect(await act("folder_read", { path: "notes/large.txt" })).toMatch(/^no: .* is too large/);
    expect(await act("folder_search", { path: "notes", text: "x" })).not.toMatch(/large/);
  });

  test("FO6 writes a whole file, new or in place of one; nothing else lies there afterwards", async () => {
    lend();
    expect(await act("folder_write", { path: "notes/new.md", text: "Hello" })).toBe("Made, with 5 bytes.");
    expect(await act("folder_write", { path: "notes/new.md", text: "Grüße" })).toBe(
      "Written, with 7 bytes. Before, 5 bytes stood there.",
    );
    expect(readFileSync(join(notes, "new.md"), "utf8")).toBe("Grüße");
    expect(await act("folder_write", { path: "notes/none/new.md", text: "x" })).toMatch(/^no: There is no/);
    expect(await act("folder_write", { path: "notes/plans", text: "x" })).toMatch(/^no: .* is a folder/);
    expect(await act("folder_write", { path: "notes", text: "x" })).toMatch(/^no: .* is a folder/);
    expect(readdirSync(notes).toSorted()).toEqual(["new.md", "plans", "todo.txt"]);
    lend(false);
    const readOnly = sources();
    expect(await act("folder_write", { path: "notes/new.md", text: "x" }, readOnly)).toBe("no tool");
  });
});

describe("what does not lead out", () => {
  /** Tried with each of the four, and none may say, or change, what lies outside. */
  async function expectRefused(path: string): Promise<void> {
    for (const [name, args] of [
      ["folder_list", { path }],
      ["folder_read", { path }],
      ["folder_search", { path, text: "4711" }],
      ["folder_write", { path, text: "taken" }],
    ] as const) {
      const said = await act(name, args);
      expect(said, `${name} ${path}`).toMatch(/^no: /);
      expect(said, `${name} ${path}`).not.toContain("4711");
    }
    expect(readFileSync(join(outside, "secret.txt"), "utf8")).toBe("the key is 4711");
  }

  test("FO7 paths with dots, signs that no path has, other roots, hidden names", async () => {
    lend();
    writeFileSync(join(notes, ".env"), "4711");
    mkdirSync(join(notes, ".git"));
    const paths = [
      ...["notes/../outside/secret.txt", "notes/plans/../../outside/secret.txt", "../outside/secret.txt", ".."],
      ...[
        "/etc/passwd",
        "//etc/passwd",
        `${outside}/secret.txt`,
        "outside/secret.txt",
        "notes//todo.txt",
        "notes/./todo.txt",
      ],
      ...["notes/todo.txt\0.png", "notes/\u001b[2J", "notes/a\nb", "notes/\ud800", `notes/${"a/".repeat(600)}x`],
      ...[`notes/${"a/".repeat(40)}x`, `notes/${"n".repeat(300)}`, "notes/.env", "notes/.git/config", "notes/.git"],
      ...["NOTES/todo.txt", "Notes/../outside/secret.txt", "file:///etc/passwd"],
    ];
    for (const path of paths) await expectRefused(path);
    expect(await act("folder_list", { path: "notes" })).toBe("plans/\ntodo.txt");
    expect(await act("folder_search", { path: "notes", text: "4711" })).toMatch(/^Nothing/);
  });

  test("FO8 links out, to files and to folders, in the middle and at the end; links that stay inside, too", async () => {
    lend();
    symlinkSync(join(outside, "secret.txt"), join(notes, "link.txt"));
    symlinkSync("../outside", join(notes, "away"));
    symlinkSync("todo.txt", join(notes, "alias.txt"));
    symlinkSync("/proc/self/environ", join(notes, "environ"));
    symlinkSync("loop", join(notes, "loop"));
    for (const path of ["link.txt", "away", "away/secret.txt", "alias.txt", "environ", "loop"])
      await expectRefused(`notes/${path}`);
    expect(await act("folder_list", { path: "notes" })).toBe("plans/\ntodo.txt");
    expect(await act("folder_search", { path: "notes", text: "4711" })).toMatch(/^Nothing/);
  });

  test("FO9 hard links, pipes, sockets and devices", async () => {
    lend();
    linkSync(join(outside, "secret.txt"), join(notes, "hard.txt"));
    execFileSync("mkfifo", [join(notes, "pipe")]);
    for (const path of ["hard.txt", "pipe"]) await expectRefused(`notes/${path}`);
    // Nobody waits for a pipe that nobody writes into, and a search passes both by.
    expect(await act("folder_search", { path: "notes", text: "4711" })).toMatch(/^Nothing/);
  });

  test("FO10 a lent folder that is a link now, or was moved with all that leads to it", async () => {
    lend();
    renameSync(notes, join(base, "elsewhere"));
    symlinkSync(outside, notes);
    await expectRefused("notes/secret.txt");
    rmSync(notes);
    await expectRefused("notes/secret.txt");
    renameSync(join(base, "elsewhere"), notes);
    expect(await act("folder_read", { path: "notes/todo.txt" })).toBe("Buy paint.");
    // A folder above it.
    const deep = join(base, "above", "lent");
    mkdirSync(deep, { recursive: true });
    lendFolder(home, "deep", deep, true);
    renameSync(join(base, "above"), join(base, "gone"));
    mkdirSync(join(outside, "lent"));
    writeFileSync(join(outside, "lent", "x.txt"), "4711");
    symlinkSync(outside, join(base, "above"));
    await expectRefused("deep/x.txt");
  });

  test("FO11 names that are changed while they are used: 300 rounds against a program that swaps a folder for a link", async () => {
    lend();
    mkdirSync(join(notes, "swap"));
    writeFileSync(join(notes, "swap", "secret.txt"), "harmless");
    const swap = `
      const fs = require("node:fs");
      const [folder, kept, away] = process.argv.slice(1);
      process.stdout.write("on");
      for (;;) { fs.renameSync(folder, kept); fs.symlinkSync(away, folder); fs.unlinkSync(folder); fs.renameSync(kept, folder); }`;
    const { spawn } = await import("node:child_process");
    const swapper = spawn(process.execPath, ["-e", swap, join(notes, "swap"), join(base, "kept"), outside]);
    const closed = new Promise((resolve) => swapper.once("close", resolve));
    await new Promise((resolve) => swapper.stdout.once("data", resolve));
    const seen = new Set<string>();
    try {
      // Until both states were met: on a machine with one core the other program may wait for its turn.
      for (let round = 0; round < 300 || (seen.size < 2 && round < 20_000); round++) {
        const said = await act("folder_read", { path: "notes/swap/secret.txt" });
        expect(said).not.toContain("4711");
        seen.add(said.slice(0, 12));
        await act("folder_write", { path: "notes/swap/made.txt", text: "mine" });
      }
    } finally {
      swapper.kill("SIGKILL");
    }
    await closed;
    expect(readdirSync(outside)).toEqual(["secret.txt"]);
    // The race was on: sometimes it was there, and sometimes it was not.
    expect(seen.size).toBeGreaterThan(1);
    expect(existsSync(join(outside, "made.txt"))).toBe(false);
  }, 60_000);
});
