/** Is what package-lock.json names installed? If not, `npm ci`. Deciding needs no network and no stamp: npm keeps its own record. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeForHost, pinnedNode, root, run, runNpm, seconds } from "./tools.mjs";

/**
 * The first package that the lockfile names and npm's record of node_modules lacks or has in another version; null when
 * all is there. Optional packages may be missing: most are for other machines.
 */
export function firstDifference(lock, installed) {
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === "" || wanted.optional || wanted.devOptional || wanted.peer) continue;
    if (installed.packages?.[path]?.version !== wanted.version) return path.replace(/^.*node_modules\//, "");
  }
  for (const [path, found] of Object.entries(installed.packages ?? {})) {
    const wanted = lock.packages[path];
    if (wanted !== undefined && wanted.version !== found.version) return path.replace(/^.*node_modules\//, "");
  }
  return null;
}

/** Why an install is due, or null. npm writes its record last, so an install that was cut off shows as none. */
export function whyInstall(folder = root) {
  const record = readJson(join(folder, "node_modules/.package-lock.json"));
  if (record === null) return "nothing is installed yet";
  const difference = firstDifference(readJson(join(folder, "package-lock.json")), record);
  return difference === null ? null : `${difference} is not the version that package-lock.json names`;
}

/** Throws an Error with a sentence for the person when it cannot be done. */
export async function ensureInstalled(say) {
  const why = whyInstall();
  if (why !== null) {
    say(`Installing packages: ${why} …`);
    // --include=dev: the tools that build the app are needed wherever it is built, also under NODE_ENV=production.
    const args = ["ci", "--include=dev", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
    const { code, output, ms } = await runNpm(args);
    if (code !== 0) {
      throw new Error(
        `${output}\nInstalling failed (\`npm ci\`, above). The first start needs the network; check it, then run the same command again.`,
      );
    }
    say(`Installed in ${seconds(ms)}.`);
  }
  await ensurePinnedNode(say);
}

/** The package `node` fetches its binary in an install script, which some machines switch off; then it is run here. */
async function ensurePinnedNode(say) {
  if (existsSync(pinnedNode)) return;
  say("Fetching the pinned Node …");
  const { code, output } = await run(process.execPath, ["installArchSpecificPackage.js"], {
    cwd: join(root, "node_modules/node"),
    env: process.env,
  });
  if (existsSync(pinnedNode)) return;
  if (nodeForHost() !== null) return say(`The pinned Node could not be fetched; Node ${process.versions.node} will do.`);
  throw new Error(
    `${output}\nThe pinned Node could not be fetched (exit code ${code}), and this Node ${process.versions.node} is older than 24.12. ` +
      "Connect to the network and run the same command again, or install Node 24.12 or newer.",
  );
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}
