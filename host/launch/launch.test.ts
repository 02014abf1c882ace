import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashSources, isBuilt } from "./build.mjs";
import { chromiumCandidates, majorOfVersion } from "./findChromium.mjs";
import { firstDifference, whyInstall } from "./install.mjs";
import {
  addTallies,
  failuresOfPlaywright,
  failuresOfVitest,
  tallyOfLine,
  tallyOfPlaywright,
  tallyOfVitest,
} from "./tally.mjs";
import { canRunHost } from "./tools.mjs";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sovereign-launch-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("install", () => {
  const lock = {
    packages: {
      "": { version: "0.1.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/b": { version: "2.0.0", dev: true },
      "node_modules/only-elsewhere": { version: "1.0.0", optional: true },
    },
  };
  const installed = { packages: { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0" } } };

  it("is due when nothing is there, or when an install was cut off", () => {
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
    expect(whyInstall(folder)).toMatch(/nothing is installed/);
    mkdirSync(join(folder, "node_modules/a"), { recursive: true });
    expect(whyInstall(folder)).toMatch(/nothing is installed/);
    writeFileSync(join(folder, "node_modules/.package-lock.json"), JSON.stringify(installed));
    expect(whyInstall(folder)).toBeNull();
  });

  it("is due when the lockfile moved on, and names the package", () => {
    expect(firstDifference(lock, installed)).toBeNull();
    expect(firstDifference(lock, { packages: {} })).toBe("a");
    const older = { packages: { ...installed.packages, "node_modules/b": { version: "1.9.0" } } };
    expect(firstDifference(lock, older)).toBe("b");
    const otherOptional = { packages: { ...installed.packages, "node_modules/only-elsewhere": { version: "0.9.0" } } };
    expect(firstDifference(lock, otherOptional)).toBe("only-elsewhere");
  });

  it("knows which Node can run the host", () => {
    expect(["20.20.2", "22.22.0", "24.11.1", "24.12.0", "24.21.0", "26.0.0"].map(canRunHost)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
  });
});

describe("build", () => {
  const write = (path: string, content: string): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  };

  beforeEach(() => {
    for (const path of ["client/main.tsx", "crypto/hash.ts", "sync/docs/chat.ts", "package.json", "package-lock.json"])
      write(path, path);
  });

  it("is done again when a source changed, appeared or was renamed; not when it was only touched", () => {
    const before = hashSources(folder);
    utimesSync(join(folder, "client/main.tsx"), 1, 1);
    expect(hashSources(folder)).toBe(before);
    write("sync/docs/chat.ts", "changed");
    const changed = hashSources(folder);
    expect(changed).not.toBe(before);
    write("client/ui/new.css", "");
    expect(hashSources(folder)).not.toBe(changed);
    rmSync(join(folder, "client/ui"), { recursive: true });
    expect(hashSources(folder)).toBe(changed);
    cpSync(join(folder, "crypto/hash.ts"), join(folder, "crypto/hash2.ts"));
    expect(hashSources(folder)).not.toBe(changed);
  });

  it("is not done again for tests and prose", () => {
    const before = hashSources(folder);
    for (const path of ["crypto/hash.test.ts", "client/e2e/first.spec.ts", "sync/README.md", "sync/testing/people.ts"])
      write(path, path);
    expect(hashSources(folder)).toBe(before);
  });

  it("counts as done only with its stamp and its page", () => {
    write("dist/client.stamp", hashSources(folder));
    expect(isBuilt(folder)).toBe(false);
    write("dist/client/index.html", "");
    expect(isBuilt(folder)).toBe(true);
    write("client/main.tsx", "changed");
    expect(isBuilt(folder)).toBe(false);
  });
});

describe("Chromium", () => {
  const exists =
    (...paths: string[]) =>
    (path: string) =>
      paths.includes(path);

  it("is the named one, and then no other", () => {
    expect(chromiumCandidates({ CHROMIUM_PATH: "/opt/chrome", PATH: "/usr/bin" }, exists("/usr/bin/chromium"))).toEqual(
      ["/opt/chrome"],
    );
  });

  it("is searched in PATH, chromium before chrome", () => {
    const found = chromiumCandidates(
      { PATH: "/usr/local/bin:/usr/bin" },
      exists("/usr/bin/google-chrome", "/usr/bin/chromium"),
    );
    expect(found).toEqual(["/usr/bin/chromium", "/usr/bin/google-chrome"]);
    expect(chromiumCandidates({}, exists())).toEqual([]);
  });

  it("is told from a shim that only prints advice", () => {
    expect(majorOfVersion("Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)\n")).toBe(156);
    expect(majorOfVersion("Google Chrome 141.0.7390.37 \n")).toBe(141);
    expect(majorOfVersion("Google Chrome for Testing 141.0.7390.37\n")).toBe(141);
    expect(
      majorOfVersion("Command '/usr/bin/chromium-browser' requires the chromium snap to be installed."),
    ).toBeNull();
  });
});

describe("the last line of npm test", () => {
  it("adds up what was reported", () => {
    expect(
      addTallies([
        { passed: 1, failed: 0 },
        { passed: 2, failed: 3, skipped: 4 },
      ]),
    ).toEqual({ passed: 3, failed: 3, skipped: 4 });
  });

  it("counts a silent or dishonest tool as a failure", () => {
    expect(tallyOfVitest(null, 0).failed).toBe(1);
    expect(tallyOfPlaywright(null, 1).failed).toBe(1);
    expect(tallyOfLine("no such line", 0).failed).toBe(1);
    expect(tallyOfLine("3 passed, 0 failed", 1).failed).toBe(1);
  });

  it("counts a test file that could not be loaded, and a test that passed on a second try", () => {
    const report = {
      numPassedTests: 5,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 0,
      testResults: [
        { status: "failed", assertionResults: [{}] },
        { status: "failed", assertionResults: [] },
      ],
    };
    expect(tallyOfVitest(report, 1)).toEqual({ passed: 5, failed: 2, skipped: 1 });
    expect(tallyOfPlaywright({ stats: { expected: 4, unexpected: 0, flaky: 1, skipped: 0 } }, 0)).toEqual({
      passed: 4,
      failed: 1,
      skipped: 0,
    });
    expect(tallyOfLine("all vectors\n984 passed, 0 failed\n", 0)).toEqual({ passed: 984, failed: 0, skipped: 0 });
  });

  it("is preceded by what failed, and why, in a few lines each", () => {
    const red = `${String.fromCharCode(27)}[31mexpected 1${String.fromCharCode(27)}[39m`;
    const ofVitest = failuresOfVitest({
      testResults: [
        { name: "a.test.ts", status: "failed", message: "cannot be read", assertionResults: [] },
        {
          name: "b.test.ts",
          status: "failed",
          assertionResults: [
            { status: "passed", fullName: "holds", failureMessages: [] },
            { status: "failed", fullName: "breaks", failureMessages: [`${red}\n${"at x\n".repeat(50)}`] },
          ],
        },
      ],
    });
    expect(ofVitest.map((failed: { title: string }) => failed.title)).toEqual(["a.test.ts", "b.test.ts › breaks"]);
    expect(ofVitest[1]?.message.split("\n").slice(0, 2)).toEqual(["expected 1", "at x"]);
    expect(ofVitest[1]?.message.split("\n").length).toBeLessThan(20);
    const spec = (title: string, status: string) => ({
      file: "c.spec.ts",
      line: 7,
      title,
      ok: status !== "unexpected",
      tests: [{ status, results: [{ errors: status === "expected" ? [] : [{ message: "not seen" }] }] }],
    });
    const suites = [
      { specs: [spec("one", "expected")], suites: [{ specs: [spec("two", "unexpected"), spec("three", "flaky")] }] },
    ];
    expect(failuresOfPlaywright({ suites })).toEqual([
      { title: "c.spec.ts:7 › two", message: "not seen" },
      { title: "c.spec.ts:7 › three", message: "not seen" },
    ]);
    expect(failuresOfPlaywright(null)).toEqual([]);
  });
});
