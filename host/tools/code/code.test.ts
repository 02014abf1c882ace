import { expect, test } from "vitest";
import { createCodeTool } from "./codeTool.ts";
import { codeOutputCharsMax } from "./limits.ts";

const context = (signal: AbortSignal) => ({ signal, progress: () => {}, elicit: () => Promise.resolve(null) });

/** Long enough for a busy machine; what never ends gets half a second. */
const forMs = 30_000;

async function runCode(code: string, signal = new AbortController().signal, ms = forMs): Promise<string> {
  const { parts, isError } = await createCodeTool(ms).run({ code }, context(signal));
  return `${isError ? "no: " : ""}${parts.map((part) => (part.kind === "text" ? part.text : "")).join("")}`;
}

test("CO1 gives what a program prints and its last value", async () => {
  expect(await runCode("1 + 1")).toBe("2");
  expect(await runCode('console.log("sum", [1, 2].reduce((a, b) => a + b)); ({ a: 1n, b: new Set([2]) })')).toBe(
    'sum 3\n{"a":"1","b":[2]}',
  );
  expect(await runCode("const wait = async () => 5; await wait()")).toBe("5");
  expect(await runCode("let nothing;")).toBe("It ran, printed nothing and came to no value.");
  expect(await runCode('throw new TypeError("odd")')).toBe("no: TypeError: odd");
  expect(await runCode("one plus two")).toMatch(/^no: SyntaxError: /);
}, 60_000);

test("CO2 whatever a program does not stop doing has an end, and a sentence", async () => {
  const ends: readonly (readonly [code: string, says: RegExp, ms?: number])[] = [
    ["for (;;);", /longer than 5 seconds/, 500],
    ["const f = () => Promise.resolve().then(f); await f();", /longer than 5 seconds/, 500],
    ['/(a+)+$/.test("a".repeat(40) + "b")', /longer than 5 seconds/, 500],
    ["new Uint8Array(1_000_000_000)", /more than 64 MB/],
    ['const all = []; for (;;) all.push("x".repeat(1e6) + all.length)', /more than 64 MB/],
    ["const f = () => f() + 1; f()", /called itself too deeply/],
    ['JSON.parse("[".repeat(1e6))', /called itself too deeply/],
    ["await new Promise(() => {})", /waits for something/],
    ['console.log("before"); for (;;);', /longer than 5 seconds.*\nBefore that it wrote:\nbefore/, 2_000],
  ];
  for (const [code, says, ms] of ends) {
    const said = await runCode(code, undefined, ms);
    expect(said, code).toMatch(/^no: /);
    expect(said, code).toMatch(says);
  }
}, 120_000);

test("CO3 what it writes is bounded, and what is left out is said", async () => {
  const said = await runCode('for (let i = 0; i < 50_000; i++) console.log("line of text " + i)');
  expect(said.length).toBeLessThan(codeOutputCharsMax + 100);
  expect(said).toMatch(/\[It wrote \d+ characters more, which are left out\.\]$/);
  // One that changes the language's own objects changes what is shown of itself, and no bound.
  const odd = 'String.prototype.slice = () => "x".repeat(9e6); JSON.stringify = () => "y".repeat(9e6); print("z")';
  expect((await runCode(odd)).length).toBeLessThan(codeOutputCharsMax + 200);
}, 60_000);

test("CO4 a program finds the language, and nothing of the machine, of this program or of the world", async () => {
  const names = [
    ...["process", "require", "module", "fetch", "WebSocket", "XMLHttpRequest", "Deno", "Bun", "global", "window"],
    ...["setTimeout", "setInterval", "WebAssembly", "navigator", "std", "os", "scriptArgs"],
  ];
  expect(await runCode(`[${names.map((name) => `typeof ${name}`).join()}].join()`)).toBe(
    names.map(() => "undefined").join(),
  );
  expect(await runCode('(await import("node:fs")).readFileSync("/etc/passwd")')).toMatch(/^no: /);
  expect(await runCode('(await import("/etc/passwd")).default')).toMatch(/^no: /);
  // The way out of a sandbox that is made of the same language: no function in it has our own as its maker.
  const ways = ["console.log", "print", "(() => {})", "[].push", "performance.now", "Promise.resolve"];
  for (const way of ways)
    expect(await runCode(`${way}.constructor("return typeof process + typeof require")()`), way).toBe(
      "undefinedundefined",
    );
}, 60_000);

test("CO5 one that is not wanted any more is killed", async () => {
  const stop = new AbortController();
  const running = runCode("for (;;);", stop.signal);
  stop.abort();
  expect(await running).toMatch(/^no: /);
  expect(await runCode("2", AbortSignal.abort())).toMatch(/^no: /);
}, 60_000);
