import { expect, test } from "vitest";
import { stretchHere } from "./argon.ts";
import { createWorkerStretch } from "./lockWorker.ts";
import { newStretchCost } from "./passphrase.ts";
import { systemRandom } from "./random.ts";

const task = { passphrase: systemRandom(30), salt: systemRandom(16), ...newStretchCost };
const openWorker = () => new Worker(new URL("testing/stretchWorker.ts", import.meta.url), { type: "module" });

test("AR5 a browser's worker gives the key that this thread gives, and a refusal as a refusal", async () => {
  const stretch = createWorkerStretch(openWorker);
  expect(await stretch(task)).toEqual(await stretchHere(task));
  await expect(stretch({ ...task, passes: 1 })).rejects.toMatchObject({ code: "malformed" });
});

test("AR5 a worker that does not start is an error, not a wait without end", async () => {
  const broken = createWorkerStretch(() => new Worker("data:text/javascript,throw 1"));
  await expect(broken(task)).rejects.toMatchObject({ code: "unsupported" });
});

test("AR7 the page goes on while the worker works", async () => {
  let [isDone, turns] = [false, 0];
  const stretched = createWorkerStretch(openWorker)(task).then(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    turns++;
  }
  await stretched;
  expect(turns).toBeGreaterThan(5);
});
