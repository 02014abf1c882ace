/**
 * Two rules of ours, as a plugin of oxlint. `yjs-v1`: Yjs's second encoding is not spoken. `layers`: crypto ← sync ← host, client. It reads every way of importing: `import`,
 * `import type`, `export … from`, `import()` and `import("…")` in a type, because one way left open is the way taken.
 * The linter's own no-restricted-imports leaves `import()` and import types open.
 */
import { dirname, posix, relative, resolve, sep } from "node:path";

/** The half of crypto/ that handles public data only. It imports nothing of the other half, so whoever is held to it never touches a content key. */
export const PUBLIC_CRYPTO = [
  "announcement",
  "bytes",
  "claim",
  "codec",
  "device",
  "envelopeHeader",
  "errors",
  "grantHeader",
  "handshake",
  "hash",
  "ids",
  "laneHeader",
  "limits",
  "modelFacts",
  "padding",
  "random",
  "rekeyHeader",
  "roster",
  "rosterEntryBody",
  "selfTest",
  "serviceFacts",
  "snapshotHeader",
  "sodium",
  "verify",
].map((name) => `crypto/${name}.ts`);

/** What of sync/ the relay shares with devices: the forms on the wire and on disk, none of which can be opened. */
const PUBLIC_SYNC = [
  "sync/frame.ts",
  "sync/frameFields.ts",
  "sync/frameForms.ts",
  "sync/ledgerForms.ts",
  "sync/limits.ts",
  "sync/log.ts",
  "sync/ports.ts",
  "sync/pushForms.ts",
];

/** Packages with one home each. Keys are packages, values the files or folders that may import them. */
const PACKAGE_HOMES = {
  "libsodium-wrappers": ["crypto/sodium.ts"],
  // The larger build has Argon2id, for the lock by passphrase: loaded by import() when one is typed, and only there.
  "libsodium-wrappers-sumo": ["crypto/argon.ts"],
  // What inflates is held to a limit in one place.
  fflate: ["crypto/deflate.ts", "crypto/deflate.test.ts"],
  h3: ["host/"],
  ws: ["host/", "sync/links/webSocket.test.ts"],
  openai: ["host/"],
  "@peculiar/x509": ["host/tls/issue.ts"],
  "@modelcontextprotocol/client": ["host/mcp/", "host/otherAgents/"],
  "@modelcontextprotocol/server": ["host/otherAgents/"],
  // What a model wrote runs in one process, which has this package and nothing of ours.
  "quickjs-wasi": ["host/tools/code/program.ts"],
  // Automerge is 1.1 MB: whatever else imports it would bring it with the page.
  "@automerge/automerge": ["sync/artifacts/"],
  "@automerge/automerge-repo": ["sync/artifacts/"],
  "solid-js": ["client/"],
};

/**
 * First match wins. `ours`: what of our own files may be imported (a folder ends in /). `packages`: "any", or the list.
 * `builtins`: whether Node's own modules may be.
 */
const LAYERS = [
  { name: "the launcher", under: "host/launch/", ours: ["host/launch/"], packages: [], builtins: true },
  {
    name: "the public half of crypto/",
    under: PUBLIC_CRYPTO,
    ours: PUBLIC_CRYPTO,
    packages: ["libsodium-wrappers"],
    builtins: false,
  },
  {
    name: "crypto/",
    under: "crypto/",
    ours: ["crypto/"],
    packages: ["fflate", "libsodium-wrappers", "libsodium-wrappers-sumo"],
    builtins: false,
  },
  {
    name: "the part of sync/ that the relay shares",
    under: PUBLIC_SYNC,
    ours: [...PUBLIC_SYNC, ...PUBLIC_CRYPTO],
    packages: [],
    builtins: false,
  },
  {
    name: "sync/",
    under: "sync/",
    ours: ["sync/", "crypto/"],
    packages: [
      "yjs",
      "lib0",
      "y-protocols",
      "y-indexeddb",
      "y-websocket",
      "@automerge/automerge",
      "@automerge/automerge-repo",
      "diff",
    ],
    builtins: false,
  },
  {
    name: "the relay",
    under: "host/relay/",
    ours: [
      "host/relay/",
      "host/door/",
      "host/rateLimit.ts",
      // Whom it may have told: addresses and forms, and nothing that calls.
      "host/push/limits.ts",
      "host/push/services.ts",
      "host/push/subscription.ts",
      "host/ipc.ts",
      "host/errors.ts",
      "host/steadyCompiler.ts",
      "host/watch/pulse.ts",
      "host/egress/",
      "host/home.ts",
      "host/relayHome.ts",
      ...PUBLIC_CRYPTO,
      ...PUBLIC_SYNC,
    ],
    packages: ["h3", "ws"],
    builtins: true,
  },
  { name: "the door", under: "host/door/", ours: ["host/door/", "host/errors.ts"], packages: [], builtins: true },
  {
    // It holds what tools say, and has no business with chats: no key of a vault, no doc, no link.
    name: "the gateway",
    under: "host/gateway/",
    ours: [
      "host/gateway/",
      "host/door/",
      "host/backends/",
      "host/egress/",
      "host/metrics/asking.ts",
      "host/metrics/sendOtlp.ts",
      "host/errors.ts",
      "host/steadyCompiler.ts",
      "host/home.ts",
      "host/ipc.ts",
      "host/rateLimit.ts",
      "host/recordSpool.ts",
      "crypto/bytes.ts",
      "crypto/random.ts",
      // What it records is sealed to the owner's devices: public keys, and nothing that opens.
      "crypto/record.ts",
      "crypto/sodium.ts",
      "sync/ports.ts",
      "sync/systemClock.ts",
    ],
    packages: [],
    builtins: true,
  },
  {
    // It holds the certificate's key, and sees in passing what comes out of TLS: no key of a vault, no doc, no link.
    name: "the part that ends TLS",
    under: "host/tls/",
    ours: [
      "host/tls/",
      "host/door/",
      "host/egress/closed.ts",
      "host/errors.ts",
      "host/steadyCompiler.ts",
      "host/watch/pulse.ts",
      "host/home.ts",
      "host/hostStatus.ts",
      "host/ipc.ts",
    ],
    packages: ["@peculiar/x509", "reflect-metadata"],
    builtins: true,
  },
  { name: "redaction", under: "host/redaction/", ours: ["host/redaction/"], packages: [], builtins: false },
  {
    name: "host/",
    under: "host/",
    ours: ["host/", "crypto/", "sync/"],
    not: ["host/relay/"],
    packages: "any",
    builtins: true,
  },
  { name: "the build's plugins", under: "client/build/", ours: ["client/build/"], packages: "any", builtins: true },
  { name: "client/", under: "client/", ours: ["client/", "crypto/", "sync/"], packages: "any", builtins: false },
];

/** Tests, their helpers and tool settings stand on both sides of a border; only the direction between folders holds for them. */
const TEST_LAYERS = [
  { name: "the launcher's tests", under: "host/launch/", ours: ["host/launch/"] },
  { name: "tests of crypto/", under: "crypto/", ours: ["crypto/"] },
  { name: "tests of sync/", under: "sync/", ours: ["sync/", "crypto/"] },
  { name: "tests of host/", under: "host/", ours: ["host/", "sync/", "crypto/"] },
  {
    name: "end-to-end tests",
    under: "client/e2e/",
    ours: [
      "client/e2e/",
      "client/chat/markdown/hostileMarkup.ts",
      "client/reading/testing/",
      "host/testing/",
      "host/launch/",
      "sync/",
      "crypto/",
    ],
  },
  { name: "tests of client/", under: "client/", ours: ["client/", "sync/", "crypto/"] },
].map((layer) => ({ ...layer, packages: "any", builtins: true }));

const isTestFile = (file) =>
  /\.(test|spec)\.tsx?$/.test(file) || /\/(testing|e2e)\//.test(file) || /(^|\/)\w+\.config\.ts$/.test(file);

const matches = (file, places) =>
  [places].flat().some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place));

/**
 * Why `file` may not import `specifier`, or null when it may. Paths are relative to the repository, with forward slashes.
 * @param {string} file
 * @param {string} specifier
 * @returns {string | null}
 */
export function whyForbidden(file, specifier) {
  const layer = (isTestFile(file) ? TEST_LAYERS : LAYERS).find(({ under }) => matches(file, under));
  if (layer === undefined) return null;
  if (specifier.startsWith("node:")) {
    return layer.builtins ? null : `${layer.name} knows no Node: ${specifier} comes in through a port.`;
  }
  const target = ourFile(file, specifier);
  if (target === null) return whyForbiddenPackage(file, layer, specifier);
  const topFolder = (path) => path.slice(0, path.indexOf("/") + 1);
  if (!specifier.startsWith("#") && topFolder(target) !== topFolder(file) && !isTestFile(file)) {
    return `${target} is in another folder: import it as #crypto/… or #sync/…, or not at all.`;
  }
  if (
    !matches(target, layer.ours) ||
    (layer.not !== undefined && matches(target, layer.not) && file !== "host/main.ts")
  ) {
    return `${layer.name} may not import ${target}. It may import ${layer.ours.slice(0, 3).join(", ")}${layer.ours.length > 3 ? ", … (host/launch/layers.mjs)" : ""}.`;
  }
  return null;
}

function whyForbiddenPackage(file, layer, specifier) {
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const homes = PACKAGE_HOMES[name];
  if (homes !== undefined && !matches(file, homes)) return `${name} is imported in ${homes.join(", ")} only.`;
  if (layer.packages === "any" || layer.packages.includes(name)) return null;
  return `${layer.name} may not import the package ${name}.`;
}

/** The repository path that a specifier names, or null for a package. */
function ourFile(file, specifier) {
  if (specifier.startsWith("#")) return specifier.slice(1);
  if (!specifier.startsWith(".")) return null;
  return posix.join(posix.dirname(file), specifier.split("?")[0]);
}

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), "../..");

const layers = {
  create(context) {
    const file = relative(root, context.filename).split(sep).join("/");
    const check = (node, source) => {
      if (source?.type !== "Literal" || typeof source.value !== "string") return;
      const why = whyForbidden(file, source.value);
      if (why !== null) context.report({ node, message: why });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => {
        check(node, node.source);
        // A computed import could name anything.
        if (node.source.type !== "Literal" && !isTestFile(file)) {
          context.report({
            node,
            message: "import() takes a plain string here, so that the layering rule can read it.",
          });
        }
      },
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal ?? node.argument),
    };
  },
};

/** Merging V2 updates hangs on crafted input (yjs#687), so no V2 function is named anywhere, however it is reached. */
const yjsV1 = {
  create: (context) => ({
    Identifier(node) {
      if (!/^(apply|convert|createDoc|decode|diff|encode|log|merge|obfuscate|parse)\w*V2(ToV1)?$/.test(node.name))
        return;
      context.report({ node, message: `Yjs V1 only: ${node.name} can hang on crafted input.` });
    },
  }),
};

export default { meta: { name: "sovereign" }, rules: { layers, "yjs-v1": yjsV1 } };
