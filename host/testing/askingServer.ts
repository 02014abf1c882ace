/** A tool server that a host has, approved by its owner: its tool "echo" asks for a size by a form, and its prompt "summary" is about a topic. */
import { prepareFolder } from "../home.ts";
import { approve, readServedTools } from "../mcp/definitions.ts";
import { changeServers } from "../mcp/settings.ts";
import { startHttpServer, type HttpServer } from "../mcp/testing/httpServer.ts";

/** Before the host of that home starts. */
export async function addAskingServer(home: string, name: string): Promise<HttpServer> {
  const server = await startHttpServer({ how: "ask" });
  const served = [{ name: "echo", description: "Knows you by .", inputSchema: { type: "object", properties: {} } }];
  const approved = readServedTools(served).tools.map(approve);
  prepareFolder(home);
  changeServers(home, () => [{ kind: "address", name, url: server.url, hasResources: false, approved }]);
  return server;
}
