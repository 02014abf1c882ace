/** What an owner says of tools: a word on one call, and rules for all. No part of the first load. */
import type { DeviceKeys } from "#crypto/device.ts";
import type { DocId } from "#crypto/ids.ts";
import { writeApproval } from "./docs/approvals.ts";
import { writeFormAnswer } from "./docs/formAnswers.ts";
import { formAnswerCharsMax, ledgerChatsMax } from "./limits.ts";
import type { Catalog } from "./docs/catalog.ts";
import type { Chat } from "./docs/chat.ts";
import type { Project } from "./docs/project.ts";
import { type Terms, writeTerms } from "./docs/terms.ts";
import { createToolPolicyDoc, type ToolPolicyDoc } from "./docs/toolPolicy.ts";
import { type CallView, ledgerPlacesOf, type LedgerPlace, readCalls } from "./docs/toolSteps.ts";
import { VaultError } from "./errors.ts";
import { readHostLedger, type LedgerReadingOptions } from "./ledgerReading.ts";
import { openForView, type OpenDocs } from "./openDocs.ts";
import type { Vault } from "./vaultTypes.ts";

export interface OpenToolPolicy extends ToolPolicyDoc {
  close(): void;
}

/** On a call that asks, or into a form: JSON, or `null` for nothing. */
export type CallWord = "allow" | "always" | "refuse" | { readonly answer: string | null };

export interface ToolActionsOptions {
  readonly keys: DeviceKeys;
  readonly catalog: Catalog;
  readonly projects: OpenDocs<Project>;
  readonly chats: OpenDocs<Chat>;
  readonly ledger: Omit<LedgerReadingOptions, "keys" | "doc">;
  readonly termsOf: (doc: DocId) => Promise<Terms>;
  /** Resolves when what `work` did is strictly committed here. */
  readonly change: (doc: DocId, work: (chat: Chat) => void) => Promise<void>;
}

export type ToolActions = Pick<Vault, "answerCall" | "openToolPolicy" | "readLedger">;

export function createToolActions(options: ToolActionsOptions): ToolActions {
  const { keys, catalog, projects, termsOf, change } = options;

  async function openToolPolicy(project: DocId | null): Promise<OpenToolPolicy> {
    if (project === null || catalog.projects.entry(project) === null)
      return { ...createToolPolicyDoc(catalog.doc), close: () => {} };
    const open = await openForView(projects, project);
    return { ...createToolPolicyDoc(open.yDoc), close: () => open.close() };
  }

  async function answerForm(doc: DocId, call: CallView, answer: string | null): Promise<void> {
    const { form: asked, run, name, version, target } = call;
    if (asked === null || (answer?.length ?? 0) > formAnswerCharsMax)
      throw new VaultError("unknown-doc", "no such question");
    await change(doc, (chat) => {
      const now = findCall(chat, call);
      // What the person saw is what stands there.
      if (JSON.stringify(now?.form) !== JSON.stringify(asked)) throw new VaultError("unknown-doc", "it asks no more");
      writeFormAnswer(chat.doc, { doc, run, call: call.call, name, version, target, ...asked }, answer, keys);
    });
  }

  return {
    openToolPolicy,
    readLedger: async (host, onProgress) => {
      const told = await toldPlaces(options);
      return readHostLedger({ ...options.ledger, keys, doc: catalog.doc }, host, onProgress, told);
    },
    answerCall: async (doc, call, choice) => {
      if (typeof choice === "object") return answerForm(doc, call, choice.answer);
      const { ask } = call;
      if (ask === null || call.cut > 0) throw new VaultError("unknown-doc", "no such question");
      await change(doc, (chat) => {
        const now = findCall(chat, call);
        if (now?.status !== "asks" || !isSame(now, call)) throw new VaultError("unknown-doc", "it asks no more");
        const { run, name, version, target, arguments: given } = call;
        const asked = { doc, run, call: call.call, host: ask.host, name, version, target, arguments: given };
        writeApproval(chat.doc, { ...asked, until: ask.until }, choice === "refuse" ? "refuse" : "allow", keys);
      });
      if (choice !== "always") return;
      // Only once the call was found to be the one that asks: a rule outlives it.
      const policy = await openToolPolicy(catalog.entry(doc)?.project ?? null);
      policy.allowTool(call);
      policy.close();
      const terms = await termsOf(doc);
      await change(doc, (chat) => writeTerms(chat.doc, terms));
    },
  };
}

/** Which entries the newest chats were told of. */
async function toldPlaces({ catalog, chats }: ToolActionsOptions): Promise<readonly LedgerPlace[]> {
  const places: LedgerPlace[] = [];
  for (const { id } of catalog.chats().slice(0, ledgerChatsMax)) {
    // What this device cannot open now tells nothing, and hides nothing of the others.
    const open = await openForView(chats, id).catch(() => null);
    if (open === null) continue;
    places.push(...ledgerPlacesOf(open.value));
    open.close();
  }
  return places;
}

function findCall(chat: Chat, call: CallView): CallView | undefined {
  return chat
    .run(call.run)
    .calls.flatMap(readCalls)
    .find((each) => each.call === call.call);
}

/** What the person saw is what stands there. */
function isSame(now: CallView, seen: CallView): boolean {
  const keys = ["name", "version", "target", "arguments", "cut"] as const;
  return (
    keys.every((key) => now[key] === seen[key]) &&
    now.ask?.until === seen.ask?.until &&
    now.ask?.host === seen.ask?.host
  );
}
