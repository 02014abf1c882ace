/** What a page loads before it shows anything: read from the sources, by following every import that is not `import()` or a type. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** The page, and what it fetches by import() as soon as it starts: its vault, and the view of chats. */
const FIRST = ["client/main.tsx", "client/app/engine.ts", "client/app/MainView.tsx"];

/** Files and packages that come with `entries`, by paths from the repository's root. */
function loadedWith(...entries: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const path = join(root, file);
    if (!/\.(ts|tsx)$/.test(file)) continue;
    const code = readFileSync(path, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    const imports = code.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;"]*?\bfrom\s+)?"([^"]+)"/gm);
    for (const [, specifier = ""] of imports) waiting.push(toFile(file, specifier));
  }
  return found;
}

function toFile(from: string, specifier: string): string {
  if (specifier.startsWith("#")) return specifier.slice(1);
  return specifier.startsWith(".") ? join(dirname(from), specifier) : specifier;
}

const LATER = /automerge|libsodium-wrappers-sumo|sync\/artifacts\/(?!answerParts)/;
const laterOf = (loaded: ReadonlySet<string>): string[] => [...loaded].filter((file) => LATER.test(file));

describe("first load", () => {
  it("FL1 neither Automerge nor Argon2id comes with the page", () => {
    const loaded = loadedWith(...FIRST);
    // The walk found its way: through the app, sync/ and crypto/ to the cipher library.
    expect([...loaded]).toEqual(expect.arrayContaining(["sync/vault.ts", "crypto/sodium.ts", "libsodium-wrappers"]));
    expect(laterOf(loaded)).toEqual([]);
  });

  it("FL2 they would be seen if they did", () => {
    expect(laterOf(loadedWith("sync/artifacts/chunkStore.test.ts"))).toEqual(
      expect.arrayContaining(["@automerge/automerge-repo/helpers/tests/storage-adapter-tests.js"]),
    );
    // Types of a package, and what import() brings, come with nobody.
    expect(laterOf(loadedWith("sync/artifacts/engine.ts"))).toEqual(["sync/artifacts/engine.ts"]);
    expect(laterOf(loadedWith("crypto/argon.ts"))).toEqual([]);
  });
});
