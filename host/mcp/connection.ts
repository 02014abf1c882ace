/**
 * One live tool server, spoken to by the official SDK over either transport. Every question has an end: an answer that makes sense, or an `McpError` with a
 * sentence. It is offered no sampling (it may ask our model nothing) and no roots (it learns no paths but those it was started with).
 */
import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type JsonSchemaType,
  type RequestOptions,
  type Transport,
} from "@modelcontextprotocol/client";
import { findMisfits } from "../tools/fits.ts";
import type { ElicitForm, Json, JsonObject, ToolResult } from "../tools/tool.ts";
import { readServedTools, type ServedTool } from "./definitions.ts";
import { goneError, McpError } from "./errors.ts";
import { readAnswer, readForm } from "./forms.ts";
import {
  callMs,
  callTotalMs,
  formsMax,
  listedCharsMax,
  listedMax,
  listPagesMax,
  progressCharsMax,
  progressMax,
  startMs,
} from "./limits.ts";
import { readResult } from "./results.ts";

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly progress: (says: string, share?: number) => void;
  readonly elicit: (form: ElicitForm) => Promise<JsonObject | null>;
}

/** What a list shows of a resource or a prompt. */
export interface Listed {
  /** A resource's address, a prompt's name. */
  readonly name: string;
  readonly says: string;
}

export interface Connection {
  /** As it says now: asked anew each time, nothing is remembered. */
  tools(): Promise<{ readonly tools: readonly ServedTool[]; readonly refused: readonly string[] }>;
  /** A failure that the server tells of is a result; a server that fails is an `McpError`. */
  call(tool: ServedTool, args: JsonObject, options: CallOptions): Promise<ToolResult>;
  resources(): Promise<readonly Listed[]>;
  /** Of this server alone: there is no way to name another's. */
  readResource(uri: string, signal: AbortSignal): Promise<ToolResult>;
  prompts(): Promise<readonly Listed[]>;
  prompt(name: string, args: Readonly<Record<string, string>>): Promise<ToolResult>;
  readonly hasResources: boolean;
  readonly isOpen: boolean;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly name: string;
  readonly transport: Transport & { readonly failure?: McpError | null };
  /** It says that its tools are others now. */
  readonly onToolsChanged: () => void;
  readonly onClosed: () => void;
  /** For tests. */
  readonly limits?: Partial<ConnectionLimits>;
}

export interface ConnectionLimits {
  readonly startMs: number;
  readonly callMs: number;
  readonly callTotalMs: number;
}

export async function connectServer({ name, transport, ...options }: ConnectOptions): Promise<Connection> {
  const limits: ConnectionLimits = { startMs, callMs, callTotalMs, ...options.limits };
  /** Calls that run now, the oldest first: a question of the server's is asked for it. */
  const asking = new Set<CallOptions>();
  let isOpen = true;
  let formsLeft = formsMax;

  const client = new Client(
    { name: "sovereign", version: "1" },
    {
      capabilities: { elicitation: { form: {} } },
      listMaxPages: listPagesMax,
      // The SDK would compile the server's own schema and run its patterns, which can be made endless.
      jsonSchemaValidator: {
        getValidator:
          <T>(schema: JsonSchemaType) =>
          (value: unknown) =>
            judge<T>(value, schema),
      },
    },
  );
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    const [call] = asking;
    formsLeft -= 1;
    const form = "requestedSchema" in params ? readForm(name, params.message, params.requestedSchema) : null;
    if (call === undefined || form === null || formsLeft < 0) return { action: "decline" };
    const answer = readAnswer(form, await call.elicit(form));
    return answer === null ? { action: "decline" } : { action: "accept", content: answer };
  });
  client.setNotificationHandler("notifications/tools/list_changed", () => options.onToolsChanged());
  client.onclose = () => {
    isOpen = false;
    options.onClosed();
  };
  client.onerror = () => {
    // reason: what matters of it fails a question, or closes the connection.
  };

  /** One exchange, and what went wrong with it in our words. A server that was silent too long is ended: it may hang. */
  async function exchange<T>(signal: AbortSignal | null, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure = toMcpError(name, transport.failure ?? error, signal);
      if (failure.code === "silent") await client.close();
      throw failure;
    }
  }

  const plain: RequestOptions = { timeout: limits.startMs, maxTotalTimeout: limits.startMs };
  const fresh = { ...plain, cacheMode: "bypass" } as const;
  try {
    await exchange(null, () => client.connect(transport, plain));
  } catch (cause) {
    await client.close().catch(() => {});
    throw cause instanceof McpError && cause.code !== "gone" ? cause : startError(name, cause);
  }

  return {
    tools: () => exchange(null, async () => readServedTools((await client.listTools({}, fresh)).tools)),
    call: (tool, args, call) =>
      exchange(call.signal, async () => {
        if (asking.size === 0) formsLeft = formsMax;
        asking.add(call);
        let shown = 0;
        try {
          const result = await client.callTool(
            { name: tool.name, arguments: { ...args } },
            {
              signal: call.signal,
              timeout: limits.callMs,
              resetTimeoutOnProgress: true,
              maxTotalTimeout: limits.callTotalMs,
              onprogress: ({ progress, total, message }) => {
                if (shown++ >= progressMax) return;
                const share =
                  typeof total === "number" && total > 0 ? Math.min(1, Math.max(0, progress / total)) : undefined;
                call.progress((message ?? "").slice(0, progressCharsMax), share);
              },
            },
          );
          const { structuredContent } = result;
          if (result.isError !== true && structuredContent !== undefined) {
            const misfits = findMisfits(structuredContent as Json, tool.definition["outputSchema"] ?? {});
            if (misfits.length > 0) throw strangeError(name);
          }
          return readResult(result.content, result.structuredContent, result.isError === true);
        } finally {
          asking.delete(call);
        }
      }),
    resources: () =>
      exchange(null, async () =>
        toListed(
          (await client.listResources({}, fresh)).resources.map(({ uri, title, name: called, description }) => [
            uri,
            title ?? called,
            description,
          ]),
        ),
      ),
    readResource: (uri, signal) =>
      exchange(signal, async () => {
        const { contents } = await client.readResource(
          { uri },
          { ...plain, signal, timeout: limits.callMs, cacheMode: "bypass" },
        );
        return readResult(
          contents.map((resource) => ({ type: "resource", resource })),
          undefined,
          false,
        );
      }),
    prompts: () =>
      exchange(null, async () =>
        toListed(
          (await client.listPrompts({}, fresh)).prompts.map(({ name: called, title, description }) => [
            called,
            title,
            description,
          ]),
        ),
      ),
    prompt: (called, args) =>
      exchange(null, async () => {
        const { messages } = await client.getPrompt({ name: called, arguments: { ...args } }, plain);
        return readResult(
          messages.map(({ content }) => content),
          undefined,
          false,
        );
      }),
    get hasResources() {
      return client.getServerCapabilities()?.resources !== undefined;
    },
    get isOpen() {
      return isOpen;
    },
    close: () => client.close(),
  };
}

function judge<T>(
  value: unknown,
  schema: JsonSchemaType,
): { valid: true; data: T; errorMessage: undefined } | { valid: false; data: undefined; errorMessage: string } {
  const [misfit] = findMisfits(value as Json, schema as Json);
  if (misfit === undefined) return { valid: true, data: value as T, errorMessage: undefined };
  return { valid: false, data: undefined, errorMessage: misfit };
}

function toListed(rows: readonly (readonly [string, string | undefined, string | undefined])[]): readonly Listed[] {
  const short = (text: string): string => text.toWellFormed().slice(0, listedCharsMax);
  return rows.slice(0, listedMax).map(([name, title = "", about = ""]) => {
    return { name: short(name), says: short([title, about].filter((text) => text !== "").join(": ")) };
  });
}

function toMcpError(name: string, error: unknown, signal: AbortSignal | null): McpError {
  if (error instanceof McpError) return error;
  if (signal?.aborted === true) return new McpError("stopped", `The call of ${name} was stopped.`, { cause: error });
  if (error instanceof SdkError) {
    if (error.code === SdkErrorCode.RequestTimeout)
      return new McpError(
        "silent",
        `${name} was asked and said nothing for too long, so it was ended. It is started again with the next call.`,
        { cause: error },
      );
    if (error.code === SdkErrorCode.ConnectionClosed || error.code === SdkErrorCode.NotConnected)
      return goneError(name);
    return strangeError(name, error);
  }
  // Its own words: for the model that called it, and for nobody else.
  if (error instanceof ProtocolError) {
    if (error.message.includes("structured content")) return strangeError(name, error);
    return new McpError("refused", error.message.toWellFormed().slice(0, listedCharsMax), { cause: error });
  }
  return strangeError(name, error);
}

function strangeError(name: string, cause?: unknown): McpError {
  return new McpError("strange", `${name} answered something else than it says it does. The answer was not used.`, {
    cause,
  });
}

function startError(name: string, cause: unknown): McpError {
  return new McpError(
    "start",
    `${name} was started and does not answer as a tool server does. Try it by hand: sovereign tools test ${name}`,
    { cause },
  );
}
