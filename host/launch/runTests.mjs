/** What `npm test` does: every stage runs, whatever failed before it, and the last line adds them up. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensureBuilt } from "./build.mjs";
import { findChromium } from "./findChromium.mjs";
import { ensureInstalled } from "./install.mjs";
import { runChecks } from "./runChecks.mjs";
import {
  addTallies,
  failuresOfPlaywright,
  failuresOfVitest,
  tallyOfLine,
  tallyOfPlaywright,
  tallyOfVitest,
} from "./tally.mjs";
import { ensureTailnetTools } from "./tailnetTools.mjs";
import { nodeForHost, root, run, runTool, seconds, toolEnv } from "./tools.mjs";

const say = (line) => console.log(line);

export async function runTests() {
  const reports = mkdtempSync(join(tmpdir(), "sovereign-reports-"));
  const tallies = [];
  const startedAt = performance.now();
  const stage = async (name, work) => {
    say(`\n── ${name}`);
    const stageStartedAt = performance.now();
    let tally;
    try {
      tally = await work();
    } catch (error) {
      say(error.message);
      tally = { passed: 0, failed: 1 };
    }
    if (tally === null) return;
    tallies.push({ name, ms: performance.now() - stageStartedAt, skipped: 0, ...tally });
  };

  let isInstalled = false;
  let chromium = null;
  await stage("What is needed", async () => {
    await ensureInstalled(say);
    isInstalled = true;
    chromium = await findChromium(say);
    await ensureTailnetTools(say);
    say(`Node ${await nodeVersion()}, ${chromium}`);
    return null;
  });
  if (isInstalled) {
    const env = toolEnv({ CHROMIUM_PATH: chromium ?? "", SOVEREIGN_NO_OPEN: "1" });
    await stage("Static checks", () => runChecks(say));
    await stage("Unit and property tests, in Node and in Chromium", () => {
      // Chromium runs them among its tests; the stage below runs them in Node.
      return vitest(reports, { ...env, SOVEREIGN_VECTORS: vectorsFolder() ?? "" });
    });
    await stage("Published test vectors", () => vectors(env));
    await stage("Malformed input: 100,000 for each decoder, and the faults planted to be found", async () => {
      const fuzz = join(root, "sync/testing/fuzz/main.ts");
      const [planted, real] = [
        ["--planted", "--inputs", "20000"],
        ["--inputs", "100000"],
      ];
      const runs = [];
      for (const args of [planted, real]) runs.push(await run(nodeForHost(), [fuzz, ...args], { env, show: true }));
      return addTallies(runs.map(({ output, code }) => tallyOfLine(output, code)));
    });
    await stage("Build", async () => {
      await ensureBuilt(say);
      return { passed: 1, failed: 0 };
    });
    await stage("Benchmarks, only to see that they work", async () => {
      const { code, output } = await run(nodeForHost(), [join(root, "benchmarks/run.ts"), "--quick"], {
        env,
        show: true,
      });
      return tallyOfLine(output, code);
    });
    await stage("End-to-end tests in Chromium", () => playwright(reports, env));
  }
  rmSync(reports, { recursive: true, force: true });

  const total = addTallies(tallies);
  for (const { title, message } of tallies.flatMap(({ failures = [] }) => failures)) say(`\n✗ ${title}\n${message}`);
  say(`\n── Summary, after ${seconds(performance.now() - startedAt)}`);
  for (const { name, passed, failed, skipped, ms } of tallies) {
    say(
      `  ${failed === 0 ? "✓" : "✗"} ${name}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}  (${seconds(ms)})`,
    );
  }
  say(
    total.failed === 0
      ? "Everything that was tried holds on this machine."
      : "Something does not hold on this machine: see ✗ above.",
  );
  say(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

async function vitest(reports, env) {
  const file = join(reports, "vitest.json");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const { code } = await runTool("vitest", args, { env, show: true });
  const report = readJson(file);
  return { ...tallyOfVitest(report, code), failures: failuresOfVitest(report) };
}

async function playwright(reports, env) {
  const file = join(reports, "playwright.json");
  const args = ["test", "--reporter=list,json"];
  const { code } = await runTool("@playwright/test", args, {
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: file },
    show: true,
  });
  const report = readJson(file);
  return { ...tallyOfPlaywright(report, code), failures: failuresOfPlaywright(report) };
}

/** Wycheproof is 20 MB and not ours, so it is not in this repository; a copy beside it is used. */
async function vectors(env) {
  const folder = vectorsFolder();
  if (folder === null) {
    say(
      "Not run: no copy of Wycheproof beside this folder. To run them: git clone https://github.com/C2SP/wycheproof ../wycheproof",
    );
    return null;
  }
  const { code, output } = await run(nodeForHost(), [join(root, "crypto/testing/vectors.ts"), folder], {
    env,
    show: true,
  });
  return tallyOfLine(output, code);
}

function vectorsFolder() {
  const named = process.env.SOVEREIGN_VECTORS;
  if (named) return resolve(named);
  const beside = resolve(root, "..");
  const inside = (name) => [join(beside, name, "vectors"), join(beside, name, "testvectors_v1")];
  return (
    readdirSync(beside)
      .flatMap(inside)
      .find((folder) => existsSync(join(folder, "xchacha20_poly1305_test.json"))) ?? null
  );
}

async function nodeVersion() {
  return (await run(nodeForHost(), ["--version"])).output.trim().replace(/^v/, "");
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}
