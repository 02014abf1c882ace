/** Wycheproof's files of the primitives we use, from a folder beside the project: for the command and, through Vitest, for Chromium. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WycheproofFile } from "./wycheproof.ts";

export const VECTOR_FILES = ["xchacha20_poly1305_test.json", "x25519_test.json", "ed25519_test.json"] as const;

export function readVectorFile(folder: string, name: string): WycheproofFile {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as WycheproofFile;
}

/** `null` when no folder was named; throws when one of the files is missing from it. */
export function readNamedVectors(): readonly WycheproofFile[] | null {
  const folder = process.env["SOVEREIGN_VECTORS"];
  return folder ? VECTOR_FILES.map((name) => readVectorFile(folder, name)) : null;
}
