/** The time: models do not know it. */
import { errorResult, textResult, versionOf, type Tool, type ToolDefinition, type ToolResult } from "../tool.ts";

const definition: ToolDefinition = {
  name: "time",
  description: "The date and time now, in the owner's host's time zone or in another.",
  parameters: {
    type: "object",
    properties: { zone: { type: "string", description: "As in Europe/Vienna. Left out: where the host is." } },
  },
  class: "reads-here",
};

export function createTimeTool(now: () => number): Tool {
  return {
    ...definition,
    version: versionOf(definition),
    isUntrusted: false,
    target: () => "",
    run: ({ zone }) => Promise.resolve(sayTime(now(), typeof zone === "string" ? zone : undefined)),
  };
}

function sayTime(now: number, zone: string | undefined): ToolResult {
  try {
    const inZone = zone === undefined ? {} : { timeZone: zone };
    const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long", ...inZone });
    const { timeZone } = format.resolvedOptions();
    return textResult(`${format.format(now)} (${timeZone}). In UTC: ${new Date(now).toISOString()}`);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return errorResult("There is no such time zone. They are named as in Europe/Vienna.");
  }
}
