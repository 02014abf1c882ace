/**
 * The built app as a closed list. The folder is read once, at start, and only what was found then is ever served, from
 * memory: a request never becomes a path on the disk, so there is nothing to traverse, and a build beneath a running
 * host never mixes two versions of the app. Symbolic links and hidden files are left out.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "../errors.ts";

export interface AppFile {
  readonly content: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
}

/** URL path ("/assets/index-1a2b.js") → file. */
export type AppFiles = ReadonlyMap<string, AppFile>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json; charset=utf-8",
  webp: "image/webp",
  woff2: "font/woff2",
};

export function listAppFiles(folder: string): AppFiles {
  const files = new Map<string, AppFile>();
  collect(folder, "", files);
  if (!files.has("/index.html")) {
    throw new HostError(
      "app",
      `The app is not built (${folder} has no index.html). Start the host with \`npm start\`, which builds it.`,
    );
  }
  return files;
}

function collect(folder: string, path: string, files: Map<string, AppFile>): void {
  for (const entry of readFolder(folder)) {
    if (entry.name.startsWith(".")) continue;
    const file = join(folder, entry.name);
    if (entry.isDirectory()) collect(file, `${path}/${entry.name}`, files);
    if (entry.isFile()) files.set(`${path}/${entry.name}`, describe(file, entry.name));
  }
}

function readFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw new HostError(
      "app",
      `The app is not built (${folder} is missing). Start the host with \`npm start\`, which builds it.`,
      { cause },
    );
  }
}

function describe(file: string, name: string): AppFile {
  const content = readFileSync(file);
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return {
    content,
    contentType: CONTENT_TYPES[extension] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(content).digest("base64url").slice(0, 27)}"`,
  };
}
