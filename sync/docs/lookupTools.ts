/**
 * Tools that a device carries out. A host is lent one chat and reads no other doc: what stands in a project's files, in other chats, in a project's list of tasks, a device has and the host has
 * not. So the call stands in `steps/<run>` like every other, with its owner's word where the rules ask for one, and a device that has the vault open answers it in the chat (looked.ts).
 * Each device holds the call to the rules by itself (lookups.ts): a host that does not ask its owner gets no answer.
 */
import type { ToolClass } from "./toolPolicy.ts";

export const lookupTools: Readonly<Record<string, ToolClass>> = {
  search_knowledge: "reads-here",
  search_chats: "reads-here",
  task_list: "reads-here",
  task_add: "writes-here",
  task_done: "writes-here",
};
