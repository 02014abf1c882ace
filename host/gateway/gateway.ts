/**
 * The gateway as a value: connections go in, tools are answered. The gate first, for every request and before any route
 * is looked for (gate.ts); then the table (routes.ts); then the gateway's own answers or a backend's (exchange.ts).
 */
import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { createHttpConnections } from "../door/httpConnections.ts";
import type { Came } from "../door/doorway.ts";
import { createFailureLimit } from "../rateLimit.ts";
import { createAuthentication } from "./authentication.ts";
import type { RedactionSettings } from "../backends/redactedAnswer.ts";
import type { BackendSource } from "./backendSource.ts";
import { answerFromBackend } from "./exchange.ts";
import { judgeGatewayRequest, type GatewayVerdict } from "./gate.ts";
import type { KeyRing } from "./keys.ts";
import { failedKeys, gatewayLimits, type GatewayLimits } from "./limits.ts";
import type { Recorder } from "./recording.ts";
import { refuseSocket, replyError, replyJson } from "./replies.ts";
import { createHeldBytes } from "./requestBody.ts";
import { findRoute } from "./routes.ts";

export interface GatewayOptions {
  readonly ring: KeyRing;
  readonly backends: BackendSource;
  readonly recorder: Recorder;
  /** What is looked for in requests of keys that mask. */
  readonly redaction: () => RedactionSettings;
  /** Time that never jumps. */
  readonly nowMs: () => number;
  /** What models claim as the time they were made: nobody knows. */
  readonly createdSeconds: number;
  readonly notify: (says: string) => void;
  /** The host in numbers (metrics/metrics.ts); `null` when they cannot be had now. */
  readonly metrics: () => Promise<string | null>;
  /** A request has come to its end: `whole` when the tool has heard all of it. */
  readonly onAnswered?: (answered: {
    readonly status: number;
    readonly totalMs: number;
    readonly whole: boolean;
  }) => void;
  readonly limits?: GatewayLimits;
  readonly failures?: typeof failedKeys | { readonly [K in keyof typeof failedKeys]: number };
}

export interface Gateway {
  /** A connection, with what was read of it put back. */
  accept(socket: Socket, came?: Came): void;
  /** Wrong keys so far. */
  readonly failures: number;
  /** Takes nothing new, lets answers end for up to `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

type Passed = Extract<GatewayVerdict, { kind: "pass" }>;

export function createGateway(options: GatewayOptions): Gateway {
  const { ring, backends, recorder, nowMs, createdSeconds, notify, limits = gatewayLimits } = options;
  const authentication = createAuthentication({
    ring,
    limit: createFailureLimit(options.failures ?? failedKeys),
    nowMs,
    isFor: ({ agent }) => agent === undefined,
    onPaused: () =>
      notify(
        "A program on this machine has tried wrong keys for the gateway several times. It is refused for five minutes.",
      ),
  });
  /** Answers that run, by the key that asked. */
  const running = new Map<ServerResponse, string>();
  const heldBytes = createHeldBytes(limits.heldBytesMax);
  const agents = {
    http: new HttpAgent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true }),
  };
  let keyLook: NodeJS.Timeout | undefined;

  const judge = (request: IncomingMessage): GatewayVerdict =>
    judgeGatewayRequest(
      {
        target: request.url ?? "",
        httpVersion: request.httpVersion,
        rawHeaders: request.rawHeaders,
        doorway: connections.doorwayOf(request.socket),
      },
      authentication,
    );

  function onRequest(request: IncomingMessage, response: ServerResponse, expects: boolean): void {
    // Either end may break at any time, and each is told by `close`.
    request.on("error", () => {});
    response.on("error", () => {});
    const refuse = (status: number, says: string, headers: Readonly<Record<string, string>> = {}): void =>
      replyError(request, response, { status, says, headers }, limits);
    const verdict = judge(request);
    if (verdict.kind === "refuse") return refuse(verdict.status, verdict.says, { connection: "close" });
    const found = findRoute(request.method ?? "", verdict.path);
    if (found.kind === "no-route") return refuse(404, "The gateway has nothing at this address.");
    if (found.kind === "no-method") return refuse(405, `Use ${found.allow} here.`, { allow: found.allow });
    if (!track(verdict, response)) return refuse(429, "This key has too many requests open. Wait until one is done.");

    const asked = verdict.headers.get("x-sovereign-chat");
    const recording = asked === undefined ? null : recorder.start(verdict.key, verdict.path, asked);
    if (recording !== null && "status" in recording) return refuse(recording.status, recording.says);
    const { answeredBy } = found.route;
    if (answeredBy === "models" || answeredBy === "model") {
      const [status, body] = describeModels(answeredBy === "model" ? found.id : null);
      return replyJson(request, response, status, body, limits);
    }
    if (answeredBy === "metrics") {
      // Prometheus says which format it reads in `Accept`; this one is read by all.
      const answer = (text: string | null): void =>
        text === null
          ? refuse(503, "The host is busy. Ask again in a moment.", { "retry-after": "5" })
          : replyJson(request, response, 200, text, limits, {
              "content-type": "text/plain; version=0.0.4; charset=utf-8",
            });
      return void options.metrics().then(answer);
    }
    if (verdict.hasQuery) return refuse(400, "No query belongs here.");
    const { key, path } = verdict;
    answerFromBackend({
      request,
      response,
      path,
      form: answeredBy,
      expects,
      owner: key.id,
      backends,
      limits,
      heldBytes,
      agents,
      recording,
      masking: key.isMasked === true ? options.redaction() : null,
    }).catch((error: unknown) => {
      notify(
        `The gateway could not answer a request (${error instanceof Error ? error.name : "unknown"}); please report this.`,
      );
      refuse(500, "Something went wrong inside the gateway. Try again; please report it if it stays.");
    });
  }

  /** `false`: this key, or all together, have as much as they may. */
  function track({ key }: Passed, response: ServerResponse): boolean {
    const ofKey = [...running.values()].filter((id) => id === key.id).length;
    if (ofKey >= limits.requestsPerKeyMax || running.size >= limits.requestsMax) return false;
    running.set(response, key.id);
    const beganMs = nowMs();
    response.once("close", () => {
      running.delete(response);
      const { statusCode: status, writableFinished: whole } = response;
      options.onAnswered?.({ status, totalMs: nowMs() - beganMs, whole });
      if (running.size > 0) return;
      clearInterval(keyLook);
      keyLook = undefined;
    });
    keyLook ??= setInterval(cutRevoked, limits.keyLookEveryMs);
    return true;
  }

  function cutRevoked(): void {
    for (const [response, id] of running) if (!ring.has(id)) response.destroy();
  }

  /** One model or all, as OpenAI lists them. */
  function describeModels(id: string | null): readonly [status: number, body: string] {
    const data = backends.models.map((model) => ({
      id: model.id,
      object: "model",
      created: createdSeconds,
      // By this a host knows its own kind when it looks for model servers.
      owned_by: "sovereign",
    }));
    if (id === null) return [200, JSON.stringify({ object: "list", data })];
    const model = data.find((one) => one.id === id);
    if (model !== undefined) return [200, JSON.stringify(model)];
    const error = {
      message: "There is no such model.",
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    };
    return [404, JSON.stringify({ error })];
  }

  const connections = createHttpConnections({
    limits: limits.http,
    onRequest,
    onUpgrade: (request, socket) => {
      const verdict = judge(request);
      if (verdict.kind === "refuse") refuseSocket(socket, verdict.status, verdict.says);
      else refuseSocket(socket, 404, "Nothing to upgrade here.");
    },
    refuseSocket: (socket, status) => refuseSocket(socket, status, "That is not a request."),
  });

  return {
    accept: connections.accept,
    get failures() {
      return authentication.failures;
    },
    close: async (graceMs) => {
      await connections.close(graceMs);
      clearInterval(keyLook);
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}
