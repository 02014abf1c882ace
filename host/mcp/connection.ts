/**
 * One live tool server, spoken to by the official SDK over either transport. Every question has an end: an answer that makes sense, or an `McpError` with a
 * sentence. It is offered no sampling (it may ask our model nothing) and no roots (it learns no paths but those it was started with).
 */
import { Client, type JsonSchemaType, type RequestOptions, type Transport } from "@modelcontextprotocol/client";
import type { PromptField } from "#sync/docs/toolPrompts.ts";
import { promptFieldsMax } from "#sync/limits.ts";
import type { Clock } from "#sync/ports.ts";
import { findMisfits } from "../tools/fits.ts";
import type { ElicitForm, Json, JsonObject, ToolResult } from "../tools/tool.ts";
import { readServedTools, type ServedTool } from "./definitions.ts";
import { isRefusal, silentError, startError, strangeError, toMcpError } from "./connectionErrors.ts";
import { McpError } from "./errors.ts";
import { readAnswer, readForm } from "./forms.ts";
import type { HeldKeys } from "./keys/heldKeys.ts";
import { hideKeys } from "./keys/hideKeys.ts";
import { refusedError } from "./keys/refusedError.ts";
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
import { createQuiet, type Quiet } from "./quiet.ts";
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

export interface ListedPrompt extends Listed {
  /** What it has places for. */
  readonly takes: readonly PromptField[];
}

export interface Connection {
  /** As it says now: asked anew each time, nothing is remembered. */
  tools(): Promise<{ readonly tools: readonly ServedTool[]; readonly refused: readonly string[] }>;
  /** A failure that the server tells of is a result; a server that fails is an `McpError`. */
  call(tool: ServedTool, args: JsonObject, options: CallOptions): Promise<ToolResult>;
  resources(): Promise<readonly Listed[]>;
  /** Of this server alone: there is no way to name another's. */
  readResource(uri: string, signal: AbortSignal): Promise<ToolResult>;
  prompts(): Promise<readonly ListedPrompt[]>;
  prompt(name: string, args: Readonly<Record<string, string>>): Promise<ToolResult>;
  readonly hasResources: boolean;
  readonly isOpen: boolean;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly name: string;
  readonly transport: Transport & { readonly failure?: McpError | null };
  readonly clock: Clock;
  /** It says that its tools are others now. */
  readonly onToolsChanged: () => void;
  readonly onClosed: () => void;
  /** What it is given to know us by; it is not to be seen in anything it says. */
  readonly keys?: Pick<HeldKeys, "secrets" | "refused"> | null;
  /** For tests. */
  readonly limits?: Partial<ConnectionLimits>;
}

export interface ConnectionLimits {
  readonly startMs: number;
  readonly callMs: number;
  readonly callTotalMs: number;
}

export async function connectServer({
  name,
  transport,
  clock,
  keys = null,
  ...options
}: ConnectOptions): Promise<Connection> {
  const limits: ConnectionLimits = { startMs, callMs, callTotalMs, ...options.limits };
  /** Calls that run now: a question of the server's is the only one's. It names none, so among several nobody could say in whose chat it belongs. */
  const asking = new Set<{ readonly call: CallOptions; readonly quiet: Quiet }>();
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
    const [asked] = asking;
    formsLeft -= 1;
    const form = "requestedSchema" in params ? readForm(name, params.message, params.requestedSchema) : null;
    if (asked === undefined || asking.size > 1 || form === null || formsLeft < 0) return { action: "decline" };
    // Whoever waits for a person is not silent.
    asked.quiet.stop();
    const answer = readAnswer(form, await asked.call.elicit(form));
    asked.quiet.begin();
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
      const failure = isRefusal(error)
        ? (keys?.refused() ?? refusedError(name, null))
        : toMcpError(name, transport.failure ?? error, signal);
      if (failure.code === "silent") await client.close();
      throw failure;
    }
  }

  /** `null`: it is nested so deep that it cannot be looked through. */
  function withoutKeys<T>(message: T): T | null {
    try {
      return keys === null ? message : hideKeys(message, keys.secrets);
    } catch {
      return null;
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
  const hear = transport.onmessage;
  transport.onmessage = (message, extra) => {
    const heard = withoutKeys(message);
    if (heard === null) void client.close();
    else hear?.(heard, extra);
  };

  return {
    tools: () => exchange(null, async () => readServedTools((await client.listTools({}, fresh)).tools)),
    call: (tool, args, call) =>
      exchange(call.signal, async () => {
        if (asking.size === 0) formsLeft = formsMax;
        const quiet = createQuiet(clock, limits.callMs);
        const asked = { call, quiet };
        asking.add(asked);
        let shown = 0;
        try {
          const result = await client.callTool(
            { name: tool.name, arguments: { ...args } },
            {
              signal: AbortSignal.any([call.signal, quiet.signal]),
              timeout: limits.callTotalMs,
              onprogress: ({ progress, total, message }) => {
                quiet.begin();
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
        } catch (error) {
          throw quiet.signal.aborted && !call.signal.aborted ? silentError(name, error) : error;
        } finally {
          asking.delete(asked);
          quiet.stop();
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
      exchange(null, async () => {
        const { prompts } = await client.listPrompts({}, fresh);
        const listed = toListed(prompts.map(({ name: called, title, description }) => [called, title, description]));
        return listed.map((each, at) => ({ ...each, takes: fieldsOf(prompts[at]?.arguments) }));
      }),
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

type GivenField = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly required?: boolean | undefined;
};

function fieldsOf(given: readonly GivenField[] = []): readonly PromptField[] {
  const short = (text: string): string => text.toWellFormed().slice(0, listedCharsMax);
  return given.slice(0, promptFieldsMax).map(({ name, description = "", required }) => {
    return { name: short(name), says: short(description), isRequired: required === true };
  });
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
