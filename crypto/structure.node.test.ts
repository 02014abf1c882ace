/** What the folder's sources must keep to, read from the sources themselves. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** The public half, which a relay may import: README.md lists the same files. */
const PUBLIC_HALF = [
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
];

const folder = new URL(".", import.meta.url);
const sources = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => [name.slice(0, -3), readFileSync(new URL(name, folder), "utf8")]),
);

const importsOf = (source: string): string[] =>
  [...source.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)].map((found) => found[1] ?? found[2]!);

describe("structure", () => {
  test("ST1 the public half imports nothing of the private half", () => {
    for (const name of PUBLIC_HALF) {
      const imported = importsOf(sources.get(name)!).filter((path) => path.startsWith("./"));
      const outside = imported.filter((path) => !PUBLIC_HALF.includes(path.slice(2, -3)));
      expect(outside, `in ${name}`).toEqual([]);
    }
  });

  test("ST1 the README names the public half as it is", () => {
    const readme = readFileSync(new URL("README.md", folder), "utf8");
    const listed = /Public half\*\*[^:]*: ([^.]+)\./.exec(readme)?.[1]?.match(/\w+/g) ?? [];
    expect([...listed].sort()).toEqual(PUBLIC_HALF);
  });

  test("ST2 libsodium has one door, its larger build another, deflating a third, and nothing else comes in from outside", () => {
    const doors = [...sources].flatMap(([name, source]) =>
      importsOf(source)
        .filter((path) => !path.startsWith("./"))
        .map((path) => `${name} ← ${path}`),
    );
    const larger = ["argon ← libsodium-wrappers-sumo", "argon ← libsodium-wrappers-sumo"];
    expect(doors.sort()).toEqual([...larger, "deflate ← fflate", "sodium ← libsodium-wrappers"]);
    // The type is gone from the built code; the other import is one that waits until somebody types a passphrase.
    expect(sources.get("argon")).not.toMatch(/\bfrom "libsodium/);
  });

  test("ST3 no label is the beginning of another, and each belongs to one file", () => {
    const files = new Map<string, Set<string>>();
    for (const [name, source] of sources) {
      const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      for (const [label] of code.matchAll(/sovereign\/[a-z0-9/-]+\/v\d+/g)) {
        files.set(label, (files.get(label) ?? new Set()).add(name));
      }
    }
    const labels = [...files.keys()];
    expect(labels.length).toBeGreaterThan(15);
    for (const label of labels) {
      expect([...files.get(label)!], `in ${label}`).toHaveLength(1);
      expect(
        labels.filter((other) => other !== label && other.startsWith(label)),
        `in ${label}`,
      ).toEqual([]);
    }
  });

  test("ST4 sub-key contexts are eight characters, one to a file", () => {
    const contexts = [...sources].flatMap(([name, source]) =>
      [...source.matchAll(/KEY_CONTEXT = "([^"]*)"/g)].map((found) => [found[1]!, name]),
    );
    expect(contexts.every(([context]) => context!.length === 8)).toBe(true);
    expect(new Set(contexts.map(([context]) => context)).size).toBe(contexts.length);
    expect(contexts.length).toBeGreaterThanOrEqual(3);
  });
});
