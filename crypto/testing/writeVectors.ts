/**
 * `node crypto/testing/writeVectors.ts NAME…`: writes frozen vectors anew. Only when a form is added; never to make a test
 * pass: hence the names.
 */
import { writeFileSync } from "node:fs";
import { makeLockVector } from "./makeLockVector.ts";
import { makeVectors } from "./makeVectors.ts";

const vectors = { ...makeVectors(), lock: await makeLockVector() };
for (const [name, vector] of Object.entries(vectors)) {
  if (!process.argv.includes(name, 2)) continue;
  writeFileSync(new URL(`../vectors/${name}.json`, import.meta.url), `${JSON.stringify(vector, null, 2)}\n`);
}
