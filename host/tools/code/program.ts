/**
 * The process in which a program by a model runs: QuickJS, compiled to WebAssembly, with nothing of ours inside. It is told a program on its input, writes one line
 * of JSON and ends. What the program can reach is the language and `console`, both within the WebAssembly's own memory: no file, no network, no object of this process.
 */
import "../../egress/closed.ts";
import { readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EvalFlags, JSException, QuickJS, type JSValueHandle } from "quickjs-wasi";
import { codeMemoryBytesMax, codeOutputCharsMax, codeStackBytesMax } from "./limits.ts";

/** `threw`: the program's own error. The others: which bound it met. */
export interface ProgramEnd {
  readonly end: "done" | "threw" | "time" | "memory" | "stack" | "waits";
  /** What it wrote, and what it came to or threw. */
  readonly text: string;
  /** Characters of that which are left out. */
  readonly cut: number;
}

/**
 * Inside: what the program writes is collected there, so that no function of ours can be called from it. What it is made of is taken before the program runs; a program
 * that changes the language's own objects changes what is shown of itself, and no more.
 */
const collector = `(() => {
  const { stringify } = JSON, text = String, join = Function.prototype.call.bind(Array.prototype.join);
  const lines = [];
  let chars = 0, cut = 0;
  const plain = (key, value) =>
    typeof value === "bigint" ? text(value)
    : value instanceof Map || value instanceof Set ? [...value]
    : value instanceof Error ? text(value)
    : value;
  const show = (value) => {
    if (typeof value === "string") return value;
    try { return typeof value === "object" && value !== null && !(value instanceof Error) ? stringify(value, plain) : text(value); }
    catch { return "[something that cannot be shown]"; }
  };
  const add = (line) => {
    const kept = line.slice(0, ${codeOutputCharsMax} - chars);
    cut += line.length - kept.length;
    if (chars >= ${codeOutputCharsMax}) return;
    chars += kept.length + 1;
    lines.push(kept);
  };
  const print = (...values) => add(join(values.map(show), " "));
  globalThis.print = print;
  globalThis.console = { log: print, info: print, warn: print, error: print, debug: print };
  return (value) => {
    if (value !== undefined) add(show(value));
    return stringify({ text: join(lines, "\\n"), cut });
  };
})()`;

async function run(code: string, forMs: number): Promise<ProgramEnd> {
  const wasm = readFileSync(fileURLToPath(import.meta.resolve("quickjs-wasi/quickjs.wasm")));
  let until = Infinity;
  const vm = await QuickJS.create({
    wasm,
    memoryLimit: codeMemoryBytesMax,
    maxStackSize: codeStackBytesMax,
    timezoneOffset: 0,
    // The engine's own words would stand among ours.
    wasi: () => ({ fd_write: () => 8 }),
    interruptHandler: () => performance.now() > until,
  });
  const finish = vm.evalCode(collector);
  const collect = (value: JSValueHandle): Pick<ProgramEnd, "text" | "cut"> =>
    JSON.parse(vm.callFunction(finish, vm.undefined, value).toString()) as Pick<ProgramEnd, "text" | "cut">;
  const endOf = (end: ProgramEnd["end"], value: JSValueHandle): ProgramEnd => {
    // What was written stays worth reading whatever the bound was.
    until = Infinity;
    try {
      return { end, ...collect(value) };
    } catch {
      // reason: what it left behind cannot be read any more; how it ended is known all the same.
      return { end, text: "", cut: 0 };
    }
  };
  until = performance.now() + forMs;
  try {
    const promise = vm.evalCode(code, "program", EvalFlags.ASYNC);
    vm.executePendingJobs();
    if (promise.promiseState === 0) return endOf(performance.now() > until ? "time" : "waits", vm.undefined);
    const settled = await vm.resolvePromise(promise);
    if ("error" in settled) throw new JSException(settled.error);
    return endOf("done", settled.value.getProp("value"));
  } catch (error) {
    const boundMet = performance.now() > until ? "time" : boundOf(error);
    if (boundMet !== null) return endOf(boundMet, vm.undefined);
    const says = error instanceof JSException ? `${error.name}: ${error.message}` : "The program cannot be run.";
    return endOf("threw", vm.newString(says));
  }
}

function boundOf(error: unknown): ProgramEnd["end"] | null {
  // What is no exception of the program's is the engine itself, out of its stack.
  if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) return "stack";
  if (!(error instanceof JSException)) return null;
  if (/out of memory/.test(error.message)) return "memory";
  return /stack/i.test(error.message) && /overflow|exceeded/i.test(error.message) ? "stack" : null;
}

const ended = await run(readFileSync(0, "utf8"), Number(process.argv[2]));
writeSync(1, JSON.stringify(ended));
