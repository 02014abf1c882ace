import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HostError } from "../../errors.ts";
import { checkModelFile, forgetModelFile, hashFile, type FileVerdict } from "./integrity.ts";

let home: string;
let file: string;
let hashed: number;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-pins-"));
  file = join(home, "model.gguf");
  writeFileSync(file, "the model as it was");
  hashed = 0;
});
afterEach(() => rmSync(home, { recursive: true }));

const check = (onChange: "warn" | "block" = "warn"): Promise<FileVerdict> =>
  checkModelFile(file, { home, onChange, today: () => "2026-05-04T00:00:00.000Z", onHashing: () => (hashed += 1) });

describe("a model file", () => {
  test("is pinned at its first use, and read through only once", async () => {
    const sha256 = await hashFile(file, 0);
    expect(await check()).toEqual({ kind: "good", sha256 });
    expect(JSON.parse(readFileSync(join(home, "models.json"), "utf8"))).toMatchObject({
      files: { [file]: { sha256, pinnedAt: "2026-05-04T00:00:00.000Z" } },
    });
    expect(await check()).toEqual({ kind: "good", sha256 });
    expect(hashed).toBe(1);
  });

  test("that was only touched is read through again, and is the same", async () => {
    await check();
    utimesSync(file, 1, 1);
    expect((await check()).kind).toBe("good");
    expect(hashed).toBe(2);
    await check();
    expect(hashed).toBe(2);
  });

  test("that was changed warns at each use, without being read through each time", async () => {
    await check();
    writeFileSync(file, "the model as it is now");
    for (let at = 0; at < 3; at++) {
      const verdict = await check();
      expect(verdict.kind).toBe("changed");
      expect(verdict.kind === "changed" && verdict.says).toContain("is not the one that was pinned on 2026-05-04");
    }
    expect(hashed).toBe(2);
  });

  test("that was changed is refused when changes block, and used again when it is put back", async () => {
    await check("block");
    const before = readFileSync(file);
    writeFileSync(file, "something else");
    expect(await check("block")).toMatchObject({ kind: "refused", code: "backend-changed" });
    writeFileSync(file, before);
    expect((await check("block")).kind).toBe("good");
  });

  test("put in another's place, with the same length and the same date, is found out", async () => {
    utimesSync(file, 1_000, 1_000);
    await check();
    const other = join(home, "other");
    writeFileSync(other, "the model as it WAS");
    utimesSync(other, 1_000, 1_000);
    renameSync(other, file);
    expect((await check("block")).kind).toBe("refused");
  });

  test("that its owner forgot is pinned anew", async () => {
    await check();
    writeFileSync(file, "the owner's own change");
    expect((await check("block")).kind).toBe("refused");
    forgetModelFile(home, file);
    expect((await check("block")).kind).toBe("good");
  });

  test("that is not there says so", async () => {
    rmSync(file);
    expect(await check()).toMatchObject({ kind: "refused", code: "backend-engine" });
  });
});

test.each(["{", "[]x", '{"files":{"a":{}}}', '{"files":{"a":{"sha256":7}}}', '{"files":7,"sources":{"a":1}}'])(
  "models.json that holds %s is not taken for an empty one",
  async (text) => {
    writeFileSync(join(home, "models.json"), text);
    await expect(check()).rejects.toThrow(HostError);
    expect(readFileSync(join(home, "models.json"), "utf8")).toBe(text);
  },
);
