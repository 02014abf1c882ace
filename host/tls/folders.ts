/** Where the https part keeps what it has: HOME/tls, and where a home lies too deep for a socket's path, a folder for that alone. */
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { socketPathBytesMax } from "./limits.ts";

export function tlsFolder(home: string): string {
  return join(home, "tls");
}

export function pairsSocket(home: string): string {
  const path = join(tlsFolder(home), "pairs.sock");
  if (Buffer.byteLength(path) <= socketPathBytesMax) return path;
  const name = createHash("sha256").update(home).digest("hex").slice(0, 32);
  return join(tmpdir(), `sovereign-${name}-pairs`, "pairs.sock");
}

export function pairsFolder(home: string): string {
  return dirname(pairsSocket(home));
}
