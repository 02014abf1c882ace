/** `sovereign folders …` as a person types it. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  mkdirSync(join(import.meta.dirname, "../../test-results"), { recursive: true });
  folder = mkdtempSync(join(import.meta.dirname, "../../test-results/folders-"));
  mkdirSync(join(folder, "notes"));
  writeFileSync(join(folder, "file"), "");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function sovereign(...words: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], HOME: folder, SOVEREIGN_HOME: join(folder, "home") };
    const line = [join(import.meta.dirname, "main.ts"), "folders", ...words];
    execFile(process.execPath, line, { env }, (error, out, errors) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, errors }),
    );
  });
}

it(
  "FO13 lent, listed and taken back on the command line; what cannot be lent says why",
  { timeout: 60_000 },
  async () => {
    const notes = join(folder, "notes");
    expect((await sovereign()).errors).toContain("No folder is lent to tools.");
    expect(await sovereign("add", "notes", notes, "--write")).toMatchObject({ code: 0 });
    expect((await sovereign("list")).out).toBe(`notes  ${notes}  may be written\n`);
    for (const path of [folder, join(folder, "file"), join(folder, "none"), "/"]) {
      const refused = await sovereign("add", "other", path);
      expect(refused.code, path).toBe(1);
      expect(refused.errors, path).toMatch(/Name a folder|Make it first/);
    }
    expect(await sovereign("remove", "notes")).toMatchObject({ code: 0 });
    expect((await sovereign("remove", "notes")).code).toBe(2);
    expect((await sovereign("add", "notes")).code).toBe(2);
  },
);
