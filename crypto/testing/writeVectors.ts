/** `node crypto/testing/writeVectors.ts`: writes the frozen vectors anew. Only when a form is added; never to make a test pass. */
import { writeFileSync } from "node:fs";
import { makeVectors, VECTOR_NAMES } from "./makeVectors.ts";

const vectors = makeVectors();
for (const name of VECTOR_NAMES) {
  writeFileSync(new URL(`../vectors/${name}.json`, import.meta.url), `${JSON.stringify(vectors[name], null, 2)}\n`);
}
