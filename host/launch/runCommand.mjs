/** What `sovereign` does, once this Node is known to be new enough. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { runHost } from "./runHost.mjs";
import { nodeForHost, root, toolEnv } from "./tools.mjs";

export async function runCommand(words) {
  const isHelp = words.some((word) => word === "--help" || word === "-h");
  if (words[0] === "up" && words.length === 1 && !isHelp) return runHost({ rebuilds: false, words: [] });
  const node = nodeForHost();
  if (node === null) {
    console.error("Sovereign is not installed in this folder yet. Run npm start once, then try again.");
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [join(root, "host/cli/main.ts"), ...words], {
    // The folder is the caller's: `sovereign export` writes there.
    env: toolEnv({ NODE_COMPILE_CACHE: join(root, "node_modules/.cache/sovereign") }),
    stdio: "inherit",
  });
  // A terminal's Ctrl-C reaches the command by itself; a signal sent to this process alone is passed on. It ends when the command does.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`The command could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
