import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { whyForbidden } from "./layers.mjs";

const root = resolve(import.meta.dirname, "../..");

/** One file each, put where it stands for its layer; the linter must turn every one of them red. */
const forbidden: Record<string, readonly [file: string, code: string]> = {
  "a forbidden import": ["crypto/a.ts", `import { x } from "#sync/x.ts";\nexport const y = x;`],
  "a type-only import": ["crypto/b.ts", `import type { X } from "#sync/x.ts";\nexport type Y = X;`],
  "a dynamic import": ["crypto/c.ts", `export const load = (): Promise<unknown> => import("#sync/x.ts");`],
  "a type in import(…)": ["crypto/d.ts", `export type X = import("#sync/x.ts").X;`],
  "a re-export": ["crypto/e.ts", `export { x } from "#sync/x.ts";`],
  "an import for its effect": ["crypto/f.ts", `import "#sync/x.ts";`],
  "a computed dynamic import": ["crypto/g.ts", `export const load = (name: string): Promise<unknown> => import(name);`],
  "the host out of sync/": ["sync/a.ts", `export * from "../host/x.ts";`],
  "the client out of the host": ["host/a.ts", `import { x } from "../client/x.ts";\nexport const y = x;`],
  "the host out of the client": ["client/a.ts", `import { x } from "../host/x.ts";\nexport const y = x;`],
  "a private key out of the relay": [
    "host/relay/a.ts",
    `import { openEnvelope } from "#crypto/envelope.ts";\nexport const y = openEnvelope;`,
  ],
  "a doc out of the relay": [
    "host/relay/b.ts",
    `import type { Chat } from "#sync/docs/chat.ts";\nexport type Y = Chat;`,
  ],
  "a key of a vault out of the gateway": [
    "host/gateway/a.ts",
    `import { x } from "#crypto/envelope.ts";\nexport const y = x;`,
  ],
  "the agent out of the gateway": ["host/gateway/b.ts", `import { x } from "../agent/x.ts";\nexport const y = x;`],
  "a part out of the door": ["host/door/a.ts", `import { x } from "../relay/x.ts";\nexport const y = x;`],
  "the private half out of the public half": [
    "crypto/roster.ts",
    `import { x } from "./envelope.ts";\nexport const y = x;`,
  ],
  "libsodium outside crypto/sodium.ts": [
    "crypto/h.ts",
    `import sodium from "libsodium-wrappers";\nexport const y = sodium;`,
  ],
  "libsodium's larger build outside crypto/argon.ts": [
    "crypto/j.ts",
    `export const load = (): Promise<unknown> => import("libsodium-wrappers-sumo");`,
  ],
  "h3 outside the host": ["client/b.ts", `import { H3 } from "h3";\nexport const y = H3;`],
  "Solid outside the client": ["host/b.ts", `import { createSignal } from "solid-js";\nexport const y = createSignal;`],
  "Node in sync/": ["sync/b.ts", `import { readFileSync } from "node:fs";\nexport const y = readFileSync;`],
  "a package in the launcher": ["host/launch/a.mjs", `import { H3 } from "h3";\nexport const y = H3;`],
  "a clock in sync/": ["sync/c.ts", `export const now = (): number => Date.now();`],
  "a timer in crypto/": ["crypto/i.ts", `export const later = (): unknown => setTimeout(() => undefined, 1);`],
  "randomness in sync/": ["sync/d.ts", `export const roll = (): number => Math.random();`],
  "system randomness in sync/": ["sync/e.ts", `export const roll = (): string => crypto.randomUUID();`],
  "Yjs V2 by name": ["sync/f.ts", `import { mergeUpdatesV2 } from "yjs";\nexport const y = mergeUpdatesV2;`],
  "Yjs V2 by namespace": ["sync/g.ts", `import * as Y from "yjs";\nexport const y = Y.encodeStateAsUpdateV2;`],
  "a cycle": ["sync/h.ts", `import { b } from "./i.ts";\nexport const a = (): unknown => b;`],
};

const allowed: Record<string, readonly [file: string, code: string]> = {
  "crypto in sync": ["sync/ok.ts", `import { x } from "#crypto/x.ts";\nexport const y = x;`],
  "the other end of the cycle's twin": ["sync/x.ts", `export const x = 1;`],
  "the public half in the relay": ["host/relay/ok.ts", `import { x } from "#crypto/roster.ts";\nexport const y = x;`],
  "the agent's use of the private half": [
    "host/agent/ok.ts",
    `import { x } from "#crypto/envelope.ts";\nexport const y = x;`,
  ],
};

describe("the layering rule bites", () => {
  let red: ReadonlySet<string>;
  const tree = mkdtempSync(join(tmpdir(), "sovereign-layers-"));

  beforeAll(() => {
    const write = (file: string, code: string): void => {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      writeFileSync(join(tree, file), `${code}\n`);
    };
    for (const [file, code] of [...Object.values(forbidden), ...Object.values(allowed)]) write(file, code);
    write("sync/i.ts", `import { a } from "./h.ts";\nexport const b = (): unknown => a;`);
    for (const file of [".oxlintrc.json", "host/launch/layers.mjs"]) cpSync(join(root, file), join(tree, file));
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
    const oxlint = join(root, "node_modules/oxlint/bin/oxlint");
    const { stdout } = spawnSync(process.execPath, [oxlint, "--format=json", "crypto", "sync", "host", "client"], {
      cwd: tree,
      encoding: "utf8",
    });
    const report = JSON.parse(stdout) as { diagnostics: { filename: string }[] };
    red = new Set(report.diagnostics.map(({ filename }) => filename));
  }, 90_000);

  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  for (const [what, [file]] of Object.entries(forbidden)) {
    it(`red: ${what}`, () => expect([...red]).toContain(file));
  }
  for (const [what, [file]] of Object.entries(allowed)) {
    it(`green: ${what}`, () => expect([...red]).not.toContain(file));
  }
});

describe("whyForbidden", () => {
  it("says what may be imported instead", () => {
    expect(whyForbidden("crypto/hash.ts", "#sync/room.ts")).toMatch(/may not import sync\/room\.ts/);
    expect(whyForbidden("sync/room.ts", "node:fs")).toMatch(/comes in through a port/);
    expect(whyForbidden("host/agent/run.ts", "../../sync/room.ts")).toMatch(/import it as #crypto\/… or #sync\/…/);
  });

  it("lets tests use any package, but keeps the direction between folders", () => {
    expect(whyForbidden("crypto/hash.test.ts", "vitest")).toBeNull();
    expect(whyForbidden("crypto/hash.test.ts", "node:fs")).toBeNull();
    expect(whyForbidden("crypto/hash.test.ts", "#sync/room.ts")).not.toBeNull();
    expect(whyForbidden("client/e2e/device.ts", "../../host/testing/scriptedBackend.ts")).toBeNull();
    expect(whyForbidden("client/e2e/device.ts", "../../host/relay/server.ts")).not.toBeNull();
  });

  it("lets nobody but the launcher's tests off: root settings have no layer", () => {
    expect(whyForbidden("playwright.config.ts", "./host/testing/chromiumLaunch.ts")).toBeNull();
  });
});
