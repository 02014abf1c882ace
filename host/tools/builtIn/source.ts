/** What is there without anything being connected. */
import type { ToolSource } from "../tool.ts";
import { createCodeTool } from "../code/codeTool.ts";
import { createCalculateTool } from "./calculate.ts";
import { createTimeTool } from "./clock.ts";

export function createBuiltInTools(now: () => number): ToolSource {
  const tools = [createTimeTool(now), createCalculateTool(), createCodeTool()];
  return { name: "built-in", tools: () => tools, onChange: () => () => {}, close: () => Promise.resolve() };
}
