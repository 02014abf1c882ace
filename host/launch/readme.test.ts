import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const codeSpans = [...readme.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);

describe("the README is true", () => {
  it("names files and folders that are there", () => {
    const paths = codeSpans.filter((code) => /^(crypto|sync|host|client|benchmarks)\/\S*$/.test(code));
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("names commands that are there", () => {
    const { scripts } = readPackage();
    const named = codeSpans.flatMap((code) => /^npm (?:run )?([a-z0-9:]+)/.exec(code)?.[1] ?? []);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  });

  it("says why each dependency is there, and names none that is not", () => {
    const { dependencies, devDependencies } = readPackage();
    const chapter = /## Why each dependency\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? "";
    const installed = Object.keys({ ...dependencies, ...devDependencies });
    expect(installed.filter((name) => !chapter.includes(`\`${name}\``))).toEqual([]);
    const named = [...chapter.matchAll(/`((?:@[a-z-]+\/)?[a-z0-9-]+)`/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !installed.includes(name))).toEqual([]);
  });

  it("shows a picture that is small", () => {
    const pictures = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path = ""]) => path);
    expect(pictures).not.toEqual([]);
    for (const path of pictures) expect(statSync(join(root, path)).size).toBeLessThan(200_000);
  });

  it("lists each variable that the host and the launcher read", () => {
    const read = ["host", "host/launch"].flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes(".test."))
        .flatMap((file) => readFileSync(join(root, folder, file), "utf8").match(/\bSOVEREIGN_[A-Z_]+\b/g) ?? []),
    );
    expect(read.length).toBeGreaterThan(5);
    expect([...new Set(read)].filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});

function readPackage(): Record<"scripts" | "dependencies" | "devDependencies", Record<string, string>> {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as ReturnType<typeof readPackage>;
}
