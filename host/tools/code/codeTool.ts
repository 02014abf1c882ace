/** The tool `run_code`: a small program in JavaScript, for what is more than a sum. It reaches nothing, so it counts as what reads here. */
import { errorResult, textResult, versionOf, type Tool, type ToolDefinition, type ToolResult } from "../tool.ts";
import { codeCharsMax, codeMemoryBytesMax, codeMs } from "./limits.ts";
import { runProgram, type ProgramOutcome } from "./runProgram.ts";

const definition: ToolDefinition = {
  name: "run_code",
  description:
    "Runs a small JavaScript program and gives what it prints (console.log) and its last value. Plain ECMAScript: no network, no files, no modules, no timers. For counting, sorting, dates, text and simulations.",
  parameters: {
    type: "object",
    properties: { code: { type: "string", description: "The whole program, with its data." } },
    required: ["code"],
    additionalProperties: false,
  },
  class: "reads-here",
};

/** `forMs`: for tests. */
export function createCodeTool(forMs = codeMs): Tool {
  return {
    ...definition,
    version: versionOf(definition),
    isUntrusted: false,
    target: () => "",
    run: async ({ code }, { signal }) => {
      const program = String(code);
      if (program.length > codeCharsMax) return errorResult("That program is too long. Run it in parts.");
      return toResult(await runProgram(program, signal, forMs));
    },
  };
}

const seconds = codeMs / 1_000;
const megabytes = codeMemoryBytesMax / 1_048_576;

const sentences: Readonly<Record<Exclude<ProgramOutcome["end"], "done" | "threw">, string>> = {
  time: `It ran for longer than ${seconds} seconds, so it was ended.`,
  killed: `It ran for longer than ${seconds} seconds, so it was ended.`,
  memory: `It wanted more than ${megabytes} MB of memory, so it was ended.`,
  stack: "It called itself too deeply, so it was ended.",
  waits: "It waits for something that never comes: there are no timers and no network here.",
  lost: "It could not be run to its end.",
};

function toResult({ end, text, cut }: ProgramOutcome): ToolResult {
  const shown = cut === 0 ? text : `${text}\n[It wrote ${cut} characters more, which are left out.]`;
  if (end === "done") return textResult(shown === "" ? "It ran, printed nothing and came to no value." : shown);
  if (end === "threw") return errorResult(shown);
  return errorResult([sentences[end], ...(shown === "" ? [] : [`Before that it wrote:\n${shown}`])].join("\n"));
}
