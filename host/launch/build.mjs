/** Builds the app when the content of what it is made from changed; a stamp beside it says what it was made from. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, runTool, seconds } from "./tools.mjs";

const SOURCES = ["client", "crypto", "sync", "package.json", "package-lock.json"];

/** Tests, their helpers and prose are in no build. */
const isOutside = (name) => /^(e2e|testing|vectors|shots)$|\.test\.tsx?$|\.md$|^tsconfig/.test(name);

/** One hash over names and contents: a touched file with the same content changes nothing. */
export function hashSources(folder = root) {
  const hash = createHash("sha256");
  const visit = (path) => {
    const entries = readdirSync(join(folder, path), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (isOutside(entry.name)) continue;
      const inner = `${path}/${entry.name}`;
      if (entry.isDirectory()) visit(inner);
      else add(inner);
    }
  };
  const add = (path) => {
    const content = readFileSync(join(folder, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  };
  for (const source of SOURCES) {
    if (source.includes(".")) add(source);
    else visit(source);
  }
  return hash.digest("hex");
}

export const hasBuild = (folder = root) => existsSync(join(folder, "dist/client/index.html"));

export const isBuilt = (folder = root, sources = hashSources(folder)) =>
  hasBuild(folder) && readStamp(folder) === sources;

/** Throws an Error with a sentence for the person when the build fails. */
export async function ensureBuilt(say) {
  const sources = hashSources();
  if (isBuilt(root, sources)) return;
  say("Building the app …");
  // Without its stamp, a build that is cut off is done again.
  rmSync(stampPath(root), { force: true });
  const { code, output, ms } = await runTool("vite", [
    "build",
    "--config",
    "client/vite.config.ts",
    "--logLevel",
    "warn",
  ]);
  if (code !== 0) throw new Error(`${output}\nThe app could not be built (above).`);
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(stampPath(root), sources);
  say(`Built in ${seconds(ms)}.`);
}

const stampPath = (folder) => join(folder, "dist/client.stamp");

function readStamp(folder) {
  try {
    return readFileSync(stampPath(folder), "utf8");
  } catch {
    return null;
  }
}
