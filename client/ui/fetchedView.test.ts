/**
 * A view that is fetched when it is first shown waits at a boundary of its own. At the page's, all of the page would be taken out and put back
 * meanwhile: a search that stood open is then no dialog any more that Esc closes, and what has the focus loses it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const client = join(import.meta.dirname, "..");
const files = readdirSync(client, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".tsx"));

/** Handed to a menu of the same file as a function, and called within its boundary. */
const withinMenus = new Set(["chat/ModelPicker.tsx: ModelList"]);

/** Views that a file fetches, and shows outside of a boundary. */
function unbounded(source: string): readonly string[] {
  const fetched = [...source.matchAll(/^(?:export )?const (\w+) = fetchedView\(/gm)].map(([, name]) => name ?? "");
  const outside = source.replaceAll(/<Suspense[\s\S]*?<\/Suspense>/g, "");
  return fetched.filter((name) => new RegExp(`<${name}\\b`).test(outside));
}

test("is found where it waits at the page's boundary", () => {
  const view = 'const Card = fetchedView(() => import("./Card.tsx"));\n';
  expect(unbounded(`${view}<Show when={a}><Card /></Show>`)).toEqual(["Card"]);
  expect(unbounded(`${view}<Suspense>\n<Card />\n</Suspense>`)).toEqual([]);
});

test("each view that is fetched when it is shown waits at a boundary of its own", () => {
  const found = files.flatMap((file) =>
    unbounded(readFileSync(join(client, file), "utf8")).map((name) => `${file}: ${name}`),
  );
  expect(found.filter((each) => !withinMenus.has(each))).toEqual([]);
});

test("no view is fetched by Solid's own means, which takes the page out when the host is away", () => {
  const found = files.filter((file) => /\blazy\(/.test(readFileSync(join(client, file), "utf8")));
  expect(found).toEqual([]);
});
