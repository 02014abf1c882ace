/**
 * `npm run shots`: pictures of the app as it is, desk and phone, light and dark, into dist/shots. The README shows some of them.
 * `npm run shots -- desk-light places` takes those of one variant and one part.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensureBuilt } from "../../host/launch/build.mjs";
import { conversation } from "./shots/conversation.ts";
import { doors } from "./shots/doors.ts";
import { places } from "./shots/places.ts";
import { rarely } from "./shots/rarely.ts";
import { reading } from "./shots/reading.ts";
import { openStage, variants } from "./shots/stage.ts";

const parts = { conversation, places, doors, reading, rarely };

const wanted = process.argv.slice(2);
const isWanted = (name: string, among: readonly string[]): boolean =>
  wanted.includes(name) || !wanted.some((each) => among.includes(each));
const [partNames, variantNames] = [Object.keys(parts), variants.map(({ name }) => name)];
const unknown = wanted.filter((name) => !partNames.includes(name) && !variantNames.includes(name));
if (unknown.length > 0)
  throw new Error(`There is no ${unknown.join(", ")}: ${[...variantNames, ...partNames].join(", ")}`);

const folder = mkdtempSync(join(tmpdir(), "sovereign-shots-"));
const out = resolve(import.meta.dirname, "../../dist/shots");
mkdirSync(out, { recursive: true });
await ensureBuilt(console.log);

for (const variant of variants.filter(({ name }) => isWanted(name, variantNames))) {
  for (const [part, take] of Object.entries(parts)) {
    if (!isWanted(part, partNames)) continue;
    const stage = await openStage(variant, join(folder, variant.name, part), out);
    try {
      await take(stage);
      console.log(`${variant.name}, ${part}: done`);
    } catch (error) {
      // The other parts are worth having all the same.
      process.exitCode = 1;
      await stage.shoot(`failed-${part}`).catch(() => {});
      console.error(`${variant.name}, ${part}: broke off.`, error);
    }
    await stage.end();
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`Pictures are in ${out}.`);
