/** A Chromium to test with: the one named, else an installed one, else Debian's package, else Playwright's own download. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { nodeForHost, run, runTool } from "./tools.mjs";

/** The app asks for what Chromium has since this version; client/vite.config.ts builds for it. */
const MAJOR_MIN = 120;

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome.exe"];
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * Paths to try, best first. A browser that the person named is the only one tried.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {(path: string) => boolean} exists
 */
export function chromiumCandidates(env, exists = existsSync) {
  const named = env.CHROMIUM_PATH ?? env.PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH;
  if (named) return [named];
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...PLACES].filter((path) =>
    exists(path),
  );
}

/** "Chromium 156.0.8078.79 built on …" → 156; null for anything else, such as a shim that only prints advice. */
export function majorOfVersion(output) {
  const version = /\b(?:Chromium|Chrome|Chrome for Testing)\s+(\d+)\./.exec(output);
  return version === null ? null : Number(version[1]);
}

const isUsable = (path) => {
  const { stdout, status } = spawnSync(path, ["--version"], {
    encoding: "utf8",
    timeout: 20_000,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 && (majorOfVersion(stdout) ?? 0) >= MAJOR_MIN;
};

/** The path of a Chromium that starts. Throws an Error with a sentence for the person when none can be had. */
export async function findChromium(say) {
  const installed = chromiumCandidates(process.env).find(isUsable);
  if (installed !== undefined) return installed;
  if (isRootOnDebian()) {
    say("No Chromium found: installing Debian's package …");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-qq"], { env });
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
    const packaged = chromiumCandidates(process.env).find(isUsable);
    if (packaged !== undefined) return packaged;
  }
  const downloaded = await playwrightsOwn();
  if (existsSync(downloaded)) return downloaded;
  say("No Chromium found: downloading Playwright's …");
  const { output } = await runTool("playwright", ["install", "chromium"], { show: true });
  if (existsSync(downloaded)) return downloaded;
  throw new Error(
    `${output}\nNo Chromium ${MAJOR_MIN} or newer could be found or installed. Install Chromium or Chrome, or set CHROMIUM_PATH to one, then run \`npm test\` again.`,
  );
}

async function playwrightsOwn() {
  const ask = 'process.stdout.write(require("playwright").chromium.executablePath())';
  return (await run(nodeForHost(), ["--eval", ask])).output.trim();
}

export function isRootOnDebian() {
  if (process.getuid?.() !== 0 || !existsSync("/etc/os-release")) return false;
  return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}
