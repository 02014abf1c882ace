/** What a phone fetches before anything can be written. The parts that come later are in no figure here. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";

const bytesMax = 250_000;
const dist = resolve(import.meta.dirname, "../../dist/client");
const assets = join(dist, "assets");
const files = readdirSync(assets);

const find = (name: RegExp): string => {
  const found = files.filter((file) => name.test(file));
  expect(found, `${name}`).toHaveLength(1);
  return found[0] ?? "";
};

/** With everything that a module needs before it runs. */
function withImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const code = readFileSync(join(assets, file), "utf8");
  for (const [, name = ""] of code.matchAll(/(?:^|[;}])\s*(?:import|export)\b[^;"'()]*["']\.\/([^"']+)["']/g))
    withImports(name, seen);
  return seen;
}

test("the first load is at most 250 kB, gzipped", () => {
  const html = readFileSync(join(dist, "index.html"), "utf8");
  const entry = /<script type="module"[^>]*\/assets\/([^"]+)"/.exec(html)?.[1] ?? "";
  const needed = new Set<string>();
  // The shell, the page and the engine under it.
  for (const file of [entry, find(/^MainView-.*\.js$/), find(/^engine-.*\.js$/)]) withImports(file, needed);
  needed.add(find(/^libsodium-.*\.wasm$/));
  for (const [, css = ""] of html.matchAll(/href="\/assets\/([^"]+\.css)"/g)) needed.add(css);
  expect(
    [...needed].filter((file) => /sodium-|index-.*\.css/.test(file)),
    "the graph was read",
  ).toHaveLength(3);

  const sizes = [...needed].map((file) => ({
    file,
    bytes: gzipSync(readFileSync(join(assets, file)), { level: 9 }).length,
  }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, gzipSync(html).length);
  console.log(`first load: ${total} bytes`, sizes);
  expect(total).toBeLessThanOrEqual(bytesMax);
  for (const late of ["drawMath", "highlight", "lexMarkdown", "PaletteResults"])
    expect([...needed].join(" "), "loaded when it is needed").not.toContain(late);
});
