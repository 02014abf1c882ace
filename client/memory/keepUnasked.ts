/**
 * In a project whose owner allowed it, what a model proposes is kept there without asking. Not where it read what others wrote: a page that says "remember this" would
 * be told to every later chat in its owner's name. That is asked, as everywhere else.
 */
import type { Memory } from "#sync/docs/memory.ts";
import type { OpenMemories } from "./openMemories.ts";

/** A proposal is the same on every device: it is decided once. */
export const proposalId = (message: string, index: number): string => `${message}-${index}`;

export function isDecidedIn({ vault, project }: Pick<OpenMemories, "vault" | "project">, id: string): boolean {
  return [vault, ...(project === null ? [] : [project.memory])].some((memory) => memory.isDecided(id));
}

export function keepProposal(memory: Memory, open: Pick<OpenMemories, "chat">, proposal: Proposal): void {
  const { message, index, text, at } = proposal;
  memory.keep({ id: proposalId(message, index), text, at, chat: open.chat, message });
}

export interface Proposal {
  readonly message: string;
  readonly index: number;
  readonly text: string;
  readonly at: number;
}

export function keepUnasked(open: OpenMemories, message: string, facts: readonly string[], at: number): void {
  const { project } = open;
  if (project === null || !project.memory.keepsUnasked || open.isMadeFromOthers(message)) return;
  for (const [index, text] of facts.entries())
    if (!isDecidedIn(open, proposalId(message, index)))
      keepProposal(project.memory, open, { message, index, text, at });
}
