/** Prompts of all tool servers: what they are called, and one of them as its server writes it. Nothing of them is approved beforehand, since nothing of them acts; their words are strangers'. */
import type { ToolPrompt } from "#sync/docs/toolPrompts.ts";
import { promptsMax } from "#sync/limits.ts";
import type { Connection } from "./connection.ts";
import { McpError } from "./errors.ts";

export interface PromptSource {
  /** Starts each server that does not run. */
  list(): Promise<{ readonly prompts: readonly ToolPrompt[]; readonly away: readonly string[] }>;
  /** Throws `McpError`. */
  get(server: string, name: string, values: Readonly<Record<string, string>>): Promise<string>;
}

/** One exchange with a server, which is started for it and ended some time after it. */
export type WithServer = <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;

/** `servers`: those that are there now, by name. */
export function createPrompts(servers: () => ReadonlyMap<string, { readonly exchange: WithServer }>): PromptSource {
  return {
    list: async () => {
      const away: string[] = [];
      const lists = await Promise.all(
        [...servers()].map(async ([server, { exchange }]) => {
          try {
            const listed = await exchange((connection) => connection.prompts());
            return listed.map(({ name, says, takes }): ToolPrompt => ({ server, name, says, takes }));
          } catch (error) {
            if (!(error instanceof McpError)) throw error;
            away.push(server);
            return [];
          }
        }),
      );
      return { prompts: lists.flat().slice(0, promptsMax), away: away.toSorted() };
    },
    get: async (server, name, values) => {
      const found = servers().get(server);
      if (found === undefined) throw new McpError("gone", `There is no tool server "${server}" here any more.`);
      const { parts } = await found.exchange((connection) => connection.prompt(name, values));
      return parts.map((part) => (part.kind === "text" ? part.text : `[${part.name}, left out here]`)).join("\n\n");
    },
  };
}
