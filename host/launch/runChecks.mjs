/** The static checks: types folder by folder, lint with the layering rule, format, unused code. */
import { availableParallelism } from "node:os";
import { ensureInstalled } from "./install.mjs";
import { runTool, seconds } from "./tools.mjs";

const CHECKS = [
  { name: "types of crypto", tool: "typescript", args: ["--project", "crypto"] },
  { name: "types of sync", tool: "typescript", args: ["--project", "sync"] },
  { name: "types of host", tool: "typescript", args: ["--project", "host"] },
  { name: "types of client", tool: "typescript", args: ["--project", "client"] },
  { name: "types of the service worker", tool: "typescript", args: ["--project", "client/tsconfig.worker.json"] },
  { name: "types of tests and tools", tool: "typescript", args: ["--project", "."] },
  { name: "lint and layers", tool: "oxlint", args: ["--deny-warnings"] },
  { name: "format (`npm run format` mends it)", tool: "oxfmt", args: ["--check"] },
  { name: "unused files, exports and packages", tool: "knip", args: ["--no-progress"] },
];

/** Runs all, whatever fails, and prints one line each, with the tool's own words where it failed. */
export async function runChecks(say = console.log) {
  const tally = { passed: 0, failed: 0 };
  const waiting = [...CHECKS];
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const { code, output, ms } = await runTool(check.tool, check.args);
      say(`  ${code === 0 ? "✓" : "✗"} ${check.name}  ${seconds(ms)}`);
      if (code === 0) tally.passed += 1;
      else {
        tally.failed += 1;
        say(output.trimEnd().replace(/^/gm, "    "));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
  return tally;
}

export async function main() {
  try {
    await ensureInstalled(console.log);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
    return;
  }
  const { passed, failed } = await runChecks();
  console.log(failed === 0 ? `All ${passed} checks passed.` : `${passed} checks passed, ${failed} failed.`);
  process.exitCode = failed === 0 ? 0 : 1;
}
