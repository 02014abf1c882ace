/**
 * Exact arithmetic and units: models are bad at both. mathjs reads the expression into a tree; only what is on the lists below is then
 * computed, so that nothing of what else it could do (other functions, assignments, texts, objects) can be reached. Decimals of 64
 * digits: 0.1 + 0.2 is 0.3.
 */
import type { MathNode } from "mathjs";
import { expressionCharsMax } from "../limits.ts";
import { errorResult, textResult, versionOf, type Tool, type ToolDefinition, type ToolResult } from "../tool.ts";

const definition: ToolDefinition = {
  name: "calculate",
  description:
    "Computes an expression exactly, with units: 2 * (3 + 4)^2, 0.19 * 84, sqrt(2), 3 inch to cm, 90 km/h to m/s, 20 degC to degF.",
  parameters: {
    type: "object",
    properties: { expression: { type: "string", description: "As in 3 inch to cm." } },
    required: ["expression"],
    additionalProperties: false,
  },
  class: "reads-here",
};

const functions: ReadonlySet<string> = new Set([
  ...["abs", "ceil", "floor", "round", "sign", "sqrt", "cbrt", "exp", "log", "log10", "log2", "min", "max", "mod"],
  ...["sin", "cos", "tan", "asin", "acos", "atan", "atan2", "gcd", "lcm", "mean", "median", "sum"],
]);
const operators: ReadonlySet<string> = new Set(["+", "-", "*", "/", "^", "%", "to", "in"]);

export function createCalculateTool(): Tool {
  return {
    ...definition,
    version: versionOf(definition),
    isUntrusted: false,
    target: () => "",
    run: ({ expression }) => calculate(String(expression)),
  };
}

let engine: ReturnType<typeof openEngine> | null = null;

/**
 * Numbers have at most 900 digits before or after the point, and are then infinite or nothing: `gcd(1e9000000000, 3)` would go on for an hour, and nothing else of the
 * agent with it. Set again before each sum, since the library leaves its precision wherever an error found it (`sin(1e900000000)` left 900,000,064 digits for the next one).
 */
const bounds = { precision: 64, rounding: 4, maxE: 900, minE: -900 };

/** With the first sum: it takes some ten megabytes and a moment, neither of which an agent at rest should spend. */
async function openEngine() {
  const { all, create } = await import("mathjs");
  const math = create(all ?? {}, { number: "BigNumber", precision: 64 });
  const { BigNumber } = math as unknown as { readonly BigNumber: { config(limits: object): void } };
  return { math, bound: () => BigNumber.config(bounds) };
}

async function calculate(expression: string): Promise<ToolResult> {
  if (expression.length > expressionCharsMax) return errorResult("That is too long. Compute it in parts.");
  const { math, bound } = await (engine ??= openEngine());
  bound();
  try {
    const tree = math.parse(expression);
    const unknown = findUnknown(tree);
    if (unknown !== null) return errorResult(`${unknown} is not known here.`);
    const value: unknown = tree.evaluate();
    if (value === undefined || typeof value === "function") return errorResult("There is nothing to compute.");
    return textResult(math.format(value, { precision: 32, lowerExp: -12, upperExp: 33 }));
  } catch (error) {
    return errorResult(error instanceof Error ? error.message.slice(0, 300) : "That cannot be computed.");
  }
}

/** The first thing in it that is not on the lists; `null`: it is all numbers, units, and what is done with them. */
function findUnknown(tree: MathNode): string | null {
  let found: string | null = null;
  tree.traverse((node: MathNode, path: string, parent: MathNode) => {
    found ??= judge(node, path, parent);
  });
  return found;
}

function judge(node: MathNode, path: string, parent: MathNode | null): string | null {
  const fields = node as unknown as { name?: unknown; op?: unknown; value?: unknown; fn?: unknown };
  switch (node.type) {
    case "ParenthesisNode":
      return null;
    case "ConstantNode":
      return typeof fields.value === "string" ? "A text" : null;
    case "OperatorNode":
      return operators.has(String(fields.op)) ? null : `The sign ${String(fields.op)}`;
    case "FunctionNode": {
      const name = String((fields.fn as { name?: unknown } | undefined)?.name);
      return functions.has(name) ? null : `The function ${name}`;
    }
    // The name of a function is a symbol, too. Any other is a unit or a constant.
    case "SymbolNode":
      if (parent?.type === "FunctionNode" && path === "fn") return null;
      return /^[A-Za-z]{1,30}$/.test(String(fields.name)) ? null : String(fields.name).slice(0, 40);
    default:
      return "That";
  }
}
