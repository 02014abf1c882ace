/** A key's tools by the Model Context Protocol, by the official SDK: what the protocol is about is its, what may be done is the desk's. */
import { Server } from "@modelcontextprotocol/server";
import type { ToolKey } from "../gateway/keys.ts";
import type { JsonObject } from "../tools/tool.ts";
import type { AgentDesk } from "./agentDesk.ts";

/** `keyNow`: whose connection it is, asked for each request. */
export function createProtocolServer(desk: AgentDesk, keyNow: () => ToolKey | null): Server {
  const server = new Server({ name: "sovereign", version: "1" }, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", () => {
    const key = keyNow();
    const tools = key === null ? [] : desk.tools(key);
    return {
      tools: tools.map(({ name, description, parameters, class: toolClass }) => ({
        name,
        description,
        inputSchema: parameters as { type: "object" },
        annotations: { readOnlyHint: toolClass === "reads-here", destructiveHint: false, openWorldHint: false },
      })),
    };
  });
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
    const key = keyNow();
    if (key === null)
      return toResult("failed", "This key opens nothing here. Ask the owner for one: sovereign mcp key NAME.");
    const given = (params.arguments ?? {}) as JsonObject;
    const { end, says } = await desk.call(key, params.name, given, mcpReq.signal);
    return toResult(end, says);
  });
  return server;
}

const toResult = (end: string, says: string) => ({
  content: [{ type: "text" as const, text: says }],
  isError: end !== "done",
});
