/**
 * Source text that the simulator changes while it is loaded, so that the product holds nothing for it: cheap signatures, small limits, and one
 * planted bug when a mutant is run. Each change names a snippet that must stand in its file exactly once: when the code moves on, the change
 * is stale and says so.
 */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

export interface SourceChange {
  /** From the repository's root. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export const repositoryRoot = resolve(import.meta.dirname, "../../..");

/** Signatures that cost nothing: signatures.ts. */
export const fastSignatures: readonly SourceChange[] = [
  {
    file: "crypto/sodium.ts",
    find: "return sodium.crypto_sign_detached(message, secretKey);",
    put: "return signFast(message, secretKey) ?? sodium.crypto_sign_detached(message, secretKey);",
  },
  {
    file: "crypto/sodium.ts",
    find: "return sodium.crypto_sign_verify_detached(signature, message, publicKey);",
    put: "return verifyFast(signature, message, publicKey) ?? sodium.crypto_sign_verify_detached(signature, message, publicKey);",
  },
  {
    file: "crypto/sodium.ts",
    find: 'import sodium from "libsodium-wrappers";',
    put: 'import sodium from "libsodium-wrappers"; import { signFast, verifyFast } from "../host/testing/sim/signatures.ts";',
  },
];

/** Throws when a snippet does not stand in `source` exactly once. */
export function applyChanges(source: string, changes: readonly SourceChange[]): string {
  return changes.reduce((text, { file, find, put }) => {
    // However its lines are broken.
    const parts = find.split(/\s+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pattern = new RegExp(parts.join("\\s+"), "g");
    const count = text.match(pattern)?.length ?? 0;
    if (count !== 1) throw new Error(`stale: ${file} holds ${count} times: ${find}`);
    return text.replace(pattern, () => put);
  }, source);
}

/** Before anything of the product is imported. */
export function changeSources(changes: readonly SourceChange[]): void {
  const byUrl = new Map<string, SourceChange[]>();
  for (const change of changes) {
    const url = pathToFileURL(resolve(repositoryRoot, change.file)).href;
    byUrl.set(url, [...(byUrl.get(url) ?? []), change]);
  }
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const wanted = byUrl.get(url);
      if (wanted === undefined || loaded.source === undefined || loaded.source === null) return loaded;
      const source =
        typeof loaded.source === "string" ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString("utf8");
      return { ...loaded, source: applyChanges(source, wanted) };
    },
  });
}
