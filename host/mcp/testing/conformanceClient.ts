/**
 * What the protocol's conformance suite runs as a client: our own parts, as the agent and the command line put them together. It is given a server's address, and in its environment what to do there. A "browser" that agrees to everything
 * stands for the owner.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { discoverOAuthProtectedResourceMetadata, extractWWWAuthenticateParams } from "@modelcontextprotocol/client";
import { systemRandom } from "#crypto/random.ts";
import { systemClock } from "#sync/systemClock.ts";
import type { ElicitForm, JsonObject } from "../../tools/tool.ts";
import type { Connection } from "../connection.ts";
import { McpError } from "../errors.ts";
import { logIn } from "../keys/login.ts";
import { openServer } from "../openServer.ts";
import { callOptions } from "./servers.ts";

const [url = ""] = process.argv.slice(2);
const context = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as {
  readonly client_id?: string;
  readonly client_secret?: string;
};
const home = mkdtempSync(join(tmpdir(), "sovereign-conformance-"));

/** Presses "Send" with what stands there. */
async function send({ fields }: ElicitForm): Promise<JsonObject> {
  const properties = Object.entries(fields["properties"] as Record<string, JsonObject>);
  return Object.fromEntries(
    properties.flatMap(([name, field]) => ("default" in field ? [[name, field["default"] ?? null]] : [])),
  );
}

async function logInThere(scope: string | null): Promise<void> {
  await logIn({
    ...{ home, name: "server", url, clock: systemClock, random: systemRandom, port: 0, scope },
    clientId: context.client_id ?? null,
    clientSecret: context.client_secret ?? null,
    provider: await findProvider(),
    onAddress: (address) => {
      void (async () => {
        const answer = await fetch(address, { redirect: "manual" });
        await fetch(answer.headers.get("location") ?? "");
      })().catch(() => process.exit(1));
    },
  });
}

/** The suite's provider is on this machine, at a port that only the server tells: its owner would have written it down. */
async function findProvider(): Promise<string | null> {
  const asked = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  await asked.body?.cancel();
  const { resourceMetadataUrl } = extractWWWAuthenticateParams(asked);
  try {
    const options = resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl };
    return (await discoverOAuthProtectedResourceMetadata(url, options)).authorization_servers?.[0] ?? null;
  } catch {
    return null;
  }
}

async function use(): Promise<void> {
  const settings = { kind: "address", name: "server", url, hasResources: false, approved: [] } as const;
  const events = { onToolsChanged: () => {}, onClosed: () => {} };
  let connection: Connection | null = null;
  try {
    connection = await openServer({ settings, clock: systemClock, home, ...events });
    const { tools } = await connection.tools();
    for (const tool of tools) {
      const wanted = Object.keys((tool.definition["inputSchema"] as JsonObject)["properties"] ?? {});
      const args = Object.fromEntries(wanted.map((name, at) => [name, at + 2]));
      await connection.call(tool, args, callOptions({ elicit: send }));
    }
  } finally {
    await connection?.close();
  }
}

try {
  // As an owner would: log in when that is what it says, twice with more leave.
  for (let time = 0; ; time++)
    try {
      await use();
      break;
    } catch (error) {
      if (!(error instanceof McpError) || error.code !== "key" || time >= 3) throw error;
      await logInThere(/--scope "([^"]+)"/.exec(error.message)?.[1] ?? null);
    }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}
