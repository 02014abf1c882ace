/**
 * The door for programs that speak HTTP: `http://localhost:<port>/mcp`, on loopback and nowhere else. Before a byte of a body is read: Host and Origin as at
 * the host's own door (which ends DNS rebinding), no proxy, one path, and the key. Requests are the SDK's to read then.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Clock } from "#sync/ports.ts";
import { createHttpConnections } from "../door/httpConnections.ts";
import { listenOnLoopback } from "../door/loopback.ts";
import { isFromOurPage, judgeSender } from "../door/requestHead.ts";
import type { Authentication } from "../gateway/authentication.ts";
import { gatewayLimits } from "../gateway/limits.ts";
import { refuseSocket } from "../gateway/replies.ts";
import type { ToolKey } from "../gateway/keys.ts";
import type { AgentDesk } from "./agentDesk.ts";
import { bodyBytesMax, requestsMax, unreadMs } from "./limits.ts";
import { createProtocolServer } from "./protocol.ts";

export interface AgentDoor {
  readonly port: number;
  close(): Promise<void>;
}

export async function openAgentDoor(options: {
  readonly port: number;
  readonly desk: AgentDesk;
  readonly authentication: Pick<Authentication, "check">;
  readonly clock: Clock;
}): Promise<AgentDoor> {
  const { desk, authentication, clock } = options;
  let open = 0;
  /** By what the SDK hands back to the factory, which makes a server for each request. */
  const keys = new Map<string, ToolKey>();
  const handler = createMcpHandler(
    ({ authInfo }) => createProtocolServer(desk, () => keys.get(authInfo?.clientId ?? "") ?? null),
    { maxRequestBodySize: bodyBytesMax, maxSubscriptions: requestsMax },
  );
  const connections = createHttpConnections({
    limits: gatewayLimits.http,
    onRequest: (request, response) => {
      request.on("error", () => {});
      response.on("error", () => {});
      void answer(request, response);
    },
    onUpgrade: (_request, socket) => refuseSocket(socket, 404, "Nothing to upgrade here."),
    refuseSocket: (socket, status) => refuseSocket(socket, status, "That is not a request."),
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { httpVersion, rawHeaders, method = "GET" } = request;
    const sender = judgeSender({ httpVersion, rawHeaders, doorway: connections.doorwayOf(request.socket) });
    if (sender.kind === "refuse") return refuse(response, sender.status, sender.says);
    // There is no page of ours here, so every page is another's.
    if (!isFromOurPage(sender.headers) || sender.headers.has("origin"))
      return refuse(response, 403, "No page may use this address.");
    const verdict = authentication.check(sender.headers.get("authorization"));
    if (verdict.kind === "refuse")
      return refuse(response, verdict.status, "This needs a key. Make one with: sovereign mcp key NAME");
    if (request.url !== "/mcp") return refuse(response, 404, "The address is /mcp.");
    if (open >= requestsMax) return refuse(response, 429, "Too many requests are open. Wait until one is done.");
    const { key } = verdict;
    open += 1;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    keys.set(key.id, key);
    try {
      const body =
        method === "POST" ? { body: Readable.toWeb(request) as ReadableStream, duplex: "half" as const } : {};
      const asked = new Request("http://localhost/mcp", {
        ...{ method, headers: Object.fromEntries(sender.headers), signal: gone.signal },
        ...(body as object),
      });
      const said = await handler.fetch(asked, { authInfo: { token: "", clientId: key.id, scopes: [] } });
      response.writeHead(said.status, Object.fromEntries(said.headers));
      if (!(await sendBody(response, said.body ?? [], clock))) response.destroy();
    } catch {
      // reason: whoever asked has gone, or sent what no client sends.
      if (response.headersSent) response.destroy();
      else refuse(response, 400, "That is not a request of this protocol.");
    } finally {
      open -= 1;
    }
  }

  const { port, close } = await listenOnLoopback({
    port: options.port,
    socketsMax: gatewayLimits.http.socketsMax,
    onSocket: (socket) => connections.accept(socket),
  });
  return {
    port,
    close: async () => {
      close();
      await handler.close();
      await connections.close(0);
    },
  };
}

/** No faster than it is read, and with an end. `false`: a program that reads nothing for so long is not there, and keeps no other one waiting. */
export async function sendBody(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  clock: Clock,
): Promise<boolean> {
  for await (const piece of body) {
    if (!response.write(piece) && !(await isRead(response, "drain", clock))) return false;
  }
  response.end();
  return response.writableFinished || isRead(response, "finish", clock);
}

function isRead(response: ServerResponse, event: "drain" | "finish", clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (isDone: boolean): void => {
      cancel();
      response.off(event, onDone);
      response.off("close", onClose);
      resolve(isDone);
    };
    const onDone = (): void => finish(true);
    const onClose = (): void => finish(false);
    const cancel = clock.after(unreadMs, onClose);
    response.once(event, onDone);
    response.once("close", onClose);
    if (response.destroyed) onClose();
  });
}

function refuse(response: ServerResponse, status: number, says: string): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(`${JSON.stringify({ error: { message: says } })}\n`);
}
