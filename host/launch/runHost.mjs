/** What `npm start` does, once this Node is known to be new enough. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { ensureBuilt, hasBuild } from "./build.mjs";
import { ensureInstalled } from "./install.mjs";
import { nodeForHost, root, toolEnv } from "./tools.mjs";

/** `rebuilds: false` serves the app as it was built last, whatever its sources say now. */
export async function runHost({ rebuilds = true, words = process.argv.slice(2) } = {}) {
  try {
    await ensureInstalled(console.log);
    if (rebuilds || !hasBuild()) await ensureBuilt(console.log);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
    return;
  }
  const child = spawn(nodeForHost(), [join(root, "host/main.ts"), ...words], {
    cwd: root,
    // Types are stripped once, not in each process of each start: 20 MB and a quarter of a second a process.
    env: toolEnv({ NODE_COMPILE_CACHE: join(root, "node_modules/.cache/sovereign") }),
    stdio: "inherit",
  });
  // A terminal's Ctrl-C reaches the host by itself, being in the same group; a signal sent to this process alone is passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  stopWithNpm(() => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`The host could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

/** npm ends on SIGTERM without telling the script it runs, which would leave the host behind with nobody to stop it. */
function stopWithNpm(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 500).unref();
}
