/** What the words of answers take in a bare Yjs document, in the same browser: nothing around it, no signature, no journal, no view. */
import { fileURLToPath } from "node:url";
import type { BrowserContext } from "@playwright/test";
import { build } from "vite";

interface Bare {
  Doc: typeof import("yjs").Doc;
  Text: typeof import("yjs").Text;
}

/** Bytes of heap for each answer with its question, both of them texts in an array, streamed word by word. */
export async function weighBareDocument(
  context: BrowserContext,
  given: { readonly answers: number; readonly question: string; readonly answer: string },
): Promise<number> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  const heap = async (): Promise<number> => {
    await cdp.send("HeapProfiler.collectGarbage");
    return (await cdp.send("Runtime.getHeapUsage")).usedSize;
  };
  // No policy holds there, so it takes a script by hand.
  await page.goto("about:blank");
  await page.addScriptTag({ content: await bundleYjs() });
  const grow = (from: number, upTo: number): Promise<void> =>
    page.evaluate(
      ({ from, upTo, question, answer }) => {
        const scope = globalThis as unknown as { bareYjs: Bare; bareDoc?: InstanceType<Bare["Doc"]> };
        const doc = (scope.bareDoc ??= new scope.bareYjs.Doc());
        const messages = doc.getArray<InstanceType<Bare["Text"]>>("messages");
        const words = answer.split(/(?<= )/);
        for (let index = from; index < upTo; index++)
          for (const pieces of [[`${question} ${index}`], words]) {
            const text = new scope.bareYjs.Text();
            messages.push([text]);
            for (const piece of pieces) text.insert(text.length, piece);
          }
      },
      { ...given, from, upTo },
    );
  const tenth = Math.floor(given.answers / 10);
  await grow(0, tenth);
  const began = await heap();
  await grow(tenth, given.answers);
  const bytes = ((await heap()) - began) / (given.answers - tenth);
  await page.close();
  return bytes;
}

async function bundleYjs(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    publicDir: false,
    build: {
      write: false,
      lib: { entry: fileURLToPath(import.meta.resolve("yjs")), formats: ["iife"], name: "bareYjs" },
      target: "es2022",
    },
  });
  const [first] = Array.isArray(built) ? built : [built];
  const [script] = first !== undefined && "output" in first ? first.output : [];
  if (script?.type !== "chunk") throw new Error("Yjs is not one piece.");
  return script.code;
}
