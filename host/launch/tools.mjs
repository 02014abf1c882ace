/** Where things are, and how the launcher runs other programs. Node's own modules only: nothing is installed yet. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The Node that the host, the build and the tests run on, from the npm package `node`. */
export const pinnedNode = join(root, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");

/** The host runs TypeScript as it is and uses node:sqlite: 24.12 is the first version in which both are settled. */
export const canRunHost = (version) => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 12);
};

/** The pinned Node, or this one where the pinned one could not be had and this one will do. */
export function nodeForHost() {
  if (existsSync(pinnedNode)) return pinnedNode;
  return canRunHost(process.versions.node) ? process.execPath : null;
}

/** Tools' own `#!/usr/bin/env node` finds the pinned Node first, as it does under `npm run`. */
export const toolEnv = (extra = {}) => ({
  ...process.env,
  PATH: [join(root, "node_modules/.bin"), dirname(pinnedNode), process.env.PATH ?? ""].join(delimiter),
  ...extra,
});

/**
 * Runs a program to its end. Output is collected, and shown as it comes where `show` says so; stdin is closed.
 * @returns {Promise<{ code: number, output: string, ms: number }>}
 */
export function run(command, args, { env = toolEnv(), cwd = root, show = false, shell = false } = {}) {
  const startedAt = performance.now();
  return new Promise((done) => {
    const child = spawn(command, args, { cwd, env, shell, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (show) to.write(text);
      });
    }
    const finish = (code, note = "") => done({ code, output: output + note, ms: performance.now() - startedAt });
    child.on("error", (error) => finish(127, `${error.message}\n`));
    child.on("close", (code) => finish(code ?? 1));
  });
}

/** Runs a tool of node_modules by its package's name, on the pinned Node. */
export function runTool(name, args, options) {
  const folder = join(root, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const script = typeof bin === "string" ? bin : (bin[name] ?? Object.values(bin)[0]);
  return run(nodeForHost() ?? process.execPath, [join(folder, script), ...args], options);
}

/** The npm that started us, else the one in PATH. */
export function runNpm(args, options) {
  const script = process.env.npm_execpath ?? "";
  if (/npm-cli\.c?js$/.test(script) && existsSync(script)) {
    return run(process.execPath, [script, ...args], { env: process.env, ...options });
  }
  return run("npm", args, { env: process.env, shell: process.platform === "win32", ...options });
}

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
