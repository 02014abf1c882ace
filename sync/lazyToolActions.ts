/** What an owner says of tools (toolActions.ts) is fetched with the first tool that asks. */
import type { ToolActions, ToolActionsOptions } from "./toolActions.ts";

export function createLazyToolActions(options: ToolActionsOptions): ToolActions {
  const load = async (): Promise<ToolActions> => {
    const { createToolActions } = await import("./toolActions.ts");
    return createToolActions(options);
  };
  return {
    answerCall: async (...said) => (await load()).answerCall(...said),
    readLedger: async (...of) => (await load()).readLedger(...of),
    openToolPolicy: async (project) => (await load()).openToolPolicy(project),
  };
}
