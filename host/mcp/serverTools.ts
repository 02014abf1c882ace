/**
 * One server's approved tools as the agent's tools. What models are told stands in the owner's file, so the server is not started before it is called; then it is asked what it
 * offers, before every call, and only a tool that is word for word what was approved is run. What class a tool has follows from what its sandbox allows, and never from what the
 * server says of itself.
 */
import type { Clock } from "#sync/ports.ts";
import type { ToolClass } from "#sync/docs/toolPolicy.ts";
import {
  errorResult,
  versionOf,
  type JsonObject,
  type Tool,
  type ToolContext,
  type ToolResult,
} from "../tools/tool.ts";
import type { Connection } from "./connection.ts";
import { compareTools, toOfferedName, type ApprovedTool, type ServedTool } from "./definitions.ts";
import { McpError } from "./errors.ts";
import { idleMs } from "./limits.ts";
import type { WithServer } from "./prompts.ts";
import type { ServerSettings } from "./settings.ts";

export interface ServerToolsOptions {
  readonly settings: ServerSettings;
  readonly clock: Clock;
  /** Throws `McpError`. */
  readonly connect: (
    settings: ServerSettings,
    listeners: { onToolsChanged(): void; onClosed(): void },
  ) => Promise<Connection>;
  /** These were seen to differ from what was approved. */
  readonly onSetAside: (tools: readonly string[]) => void;
}

export interface ServerTools {
  tools(): readonly Tool[];
  readonly exchange: WithServer;
  close(): Promise<void>;
}

export function createServerTools({ settings, clock, connect, onSetAside }: ServerToolsOptions): ServerTools {
  const { name } = settings;
  const aside = new Set(settings.approved.filter(({ isSetAside }) => isSetAside).map((tool) => tool.name));
  const toolClass = classOf(settings);
  const target = targetOf(settings);
  const from = whatRuns(settings);
  let opening: Promise<Connection> | null = null;
  let running = 0;
  let cancelIdle = (): void => {};
  let isClosed = false;
  /** Looks that may follow from what the server says by itself: one at a time, however often it says so. */
  let isLooking = false;

  async function open(): Promise<Connection> {
    if (isClosed) throw new McpError("gone", `${name} was removed or changed meanwhile.`);
    const mine = (opening ??= connect(settings, {
      onToolsChanged: () => void lookAgain(),
      onClosed: () => {
        if (opening === mine) opening = null;
      },
    }));
    try {
      const connection = await mine;
      if (!connection.isOpen && opening === mine) opening = null;
      return connection;
    } catch (error) {
      if (opening === mine) opening = null;
      throw error;
    }
  }

  async function end(): Promise<void> {
    cancelIdle();
    const ending = opening;
    opening = null;
    await ending?.then((connection) => connection.close()).catch(() => {});
  }

  async function lookAgain(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      await served(await open());
    } catch {
      // reason: the next call looks again, and says what is wrong.
    } finally {
      isLooking = false;
    }
  }

  /** What it offers now. Whatever differs from what was approved is set aside from this moment on. */
  async function served(connection: Connection): Promise<ReadonlyMap<string, ServedTool>> {
    const { tools } = await connection.tools();
    const states = compareTools(settings.approved, tools);
    const changed = settings.approved.filter((tool) => states.get(tool.name) === "changed" && !aside.has(tool.name));
    if (changed.length > 0) {
      for (const tool of changed) aside.add(tool.name);
      onSetAside(changed.map((tool) => tool.name));
    }
    return new Map(tools.map((tool) => [tool.name, tool]));
  }

  async function exchange<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    cancelIdle();
    running += 1;
    try {
      return await work(await open());
    } finally {
      running -= 1;
      if (running === 0) cancelIdle = clock.after(idleMs, () => void end());
    }
  }

  async function attempt(work: (connection: Connection) => Promise<ToolResult>): Promise<ToolResult> {
    try {
      return await exchange(work);
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      return errorResult(error.ownerSentence);
    }
  }

  function callTool(approved: ApprovedTool, args: JsonObject, context: ToolContext): Promise<ToolResult> {
    return attempt(async (connection) => {
      const now = (await served(connection)).get(approved.name);
      if (aside.has(approved.name)) throw changedError(name, approved.name);
      if (now === undefined)
        throw new McpError("changed", `${name} does not have the tool "${approved.name}" any more.`);
      if (context.signal.aborted) throw new McpError("stopped", `The call of ${name} was stopped.`);
      return connection.call(now, args, context);
    });
  }

  function toTool(definition: ToolParts, run: Tool["run"]): Tool {
    const whole = { ...definition, class: toolClass };
    return { ...whole, version: versionOf(whole, from), isUntrusted: true, target: () => target, run };
  }

  const approvedTools = (): readonly Tool[] =>
    settings.approved
      .filter((tool) => !aside.has(tool.name))
      .map((tool) => toTool(partsOf(name, tool), (args, context) => callTool(tool, args, context)));

  const resourceTools: readonly Tool[] = settings.hasResources
    ? [
        toTool(listParts(name), () =>
          attempt(async (connection) => {
            const listed = (await connection.resources()).map((each) => `${each.name}  ${each.says}`.trim());
            return { parts: [{ kind: "text", text: listed.join("\n") || "It has none now." }], isError: false };
          }),
        ),
        toTool(readParts(name), (args, { signal }) => {
          const { uri } = args;
          if (typeof uri !== "string") return Promise.resolve(errorResult("Not run. Give the resource's `uri`."));
          return attempt((connection) => connection.readResource(uri, signal));
        }),
      ]
    : [];

  return {
    tools: () => [...approvedTools(), ...resourceTools],
    exchange,
    close: async () => {
      isClosed = true;
      await end();
    },
  };
}

type ToolParts = Pick<Tool, "name" | "description" | "parameters">;

function partsOf(server: string, { name, definition }: ApprovedTool): ToolParts {
  const { description, inputSchema } = definition;
  return {
    name: toOfferedName(server, name),
    description: typeof description === "string" ? description : "",
    parameters: inputSchema as JsonObject,
  };
}

function listParts(server: string): ToolParts {
  const parameters = { type: "object", properties: {} };
  return {
    name: toOfferedName(server, "list_resources"),
    description: `Lists what the tool server "${server}" has to read, by address.`,
    parameters,
  };
}

function readParts(server: string): ToolParts {
  const uri = { type: "string", description: "An address from the list." };
  const parameters = { type: "object", properties: { uri }, required: ["uri"], additionalProperties: false };
  return {
    name: toOfferedName(server, "read_resource"),
    description: `Reads one resource of the tool server "${server}".`,
    parameters,
  };
}

function classOf(settings: ServerSettings): ToolClass {
  if (settings.kind === "address") return "sends-out";
  return settings.writes.length > 0 || (settings.plugin?.data ?? null) !== null ? "writes-here" : "reads-here";
}

/** By which a server is known again: what was said of one holds for none that has its name later, though it offers the same. */
function whatRuns(settings: ServerSettings): JsonObject {
  if (settings.kind === "address") return { url: settings.url };
  // A plugin's newer version is its publisher's; where its program lies is ours.
  if (settings.plugin !== undefined) return { publisher: settings.plugin.publisher };
  return { command: settings.command, args: settings.args };
}

function targetOf(settings: ServerSettings): string {
  if (settings.kind === "address") return new URL(settings.url).host;
  return [...settings.writes, ...settings.reads].join(", ");
}

function changedError(server: string, tool: string): McpError {
  return new McpError(
    "changed",
    `"${tool}" of ${server} is not what was approved any more, so it was not run. The owner can look at the change and approve it: sovereign tools approve ${server}`,
  );
}
