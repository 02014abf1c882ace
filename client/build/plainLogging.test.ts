import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { plainLogging } from "./plainLogging.ts";

it("has all that Yjs asks of its logging, and says its sentences without colours", async () => {
  const yjs = readFileSync(new URL(import.meta.resolve("yjs")), "utf8");
  const asked = new Set([...yjs.matchAll(/\blogging\.(\w+)/g)].map(([, name]) => name));
  const { load } = plainLogging() as { load: (id: string) => string };
  const code = load("\0sovereign:plain-logging");
  const plain = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as Record<string, unknown>;
  expect(Object.keys(plain)).toEqual(expect.arrayContaining([...asked]));
  const said: unknown[][] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => void said.push(words);
  (plain["print"] as (...words: unknown[]) => void)(plain["BOLD"], "[yjs] ", plain["RED"], "changed");
  console.warn = warn;
  expect(said).toEqual([["[yjs] ", "changed"]]);
});
