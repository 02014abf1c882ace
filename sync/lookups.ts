/**
 * Answers calls that a host cannot carry out (docs/lookupTools.ts): by the device that asked at once, by any other that has the chat open when it has not. Before it looks at anything, this device holds the
 * call to the rules of the chat and, where they ask, to a signed word on exactly this call. No part of the first load.
 */
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import type { Roster } from "#crypto/roster.ts";
import { findApproval } from "./docs/approvals.ts";
import type { Chat } from "./docs/chat.ts";
import { type Looked, readLooked, writeLooked } from "./docs/looked.ts";
import { lookupTools } from "./docs/lookupTools.ts";
import { readTerms } from "./docs/terms.ts";
import { parseToolTerms, ruleFor } from "./docs/toolPolicy.ts";
import { type CallView, readCalls } from "./docs/toolSteps.ts";
import { lookedSaysCharsMax, lookupElsewhereMs, lookupsPerRunMax, sourcesMax } from "./limits.ts";
import type { Clock } from "./ports.ts";
import type { LookupAsked } from "./vaultTypes.ts";

export interface Lookups {
  /** Something changed in a run's steps. */
  look(doc: DocId, chat: Chat, run: RunId): void;
}

export interface LookupsOptions {
  readonly clock: Clock;
  readonly device: AuthorId;
  readonly roster: () => Roster;
  readonly lookUp: (asked: LookupAsked) => Promise<Looked>;
  /** Resolves when what `work` did is strictly committed here. */
  readonly change: (doc: DocId, work: (chat: Chat) => void) => Promise<void>;
  readonly isClosed: () => boolean;
}

const refusal = (says: string): Looked => ({ says, isError: true, sources: [] });

export function createLookups(options: LookupsOptions): Lookups {
  const { clock, device } = options;
  /** What this device has begun, or waits for another to do. */
  const taken = new Set<string>();

  async function answer(doc: DocId, chat: Chat, call: CallView): Promise<void> {
    if (options.isClosed() || !isWanted(chat, call)) return;
    const found = await lookUp(doc, chat, call);
    await options.change(doc, (now) => {
      if (isWanted(now, call)) writeLooked(now.doc, call.run, call.call, bound(found));
    });
  }

  async function lookUp(doc: DocId, chat: Chat, call: CallView): Promise<Looked> {
    if (!mayAnswer(doc, chat, call)) return refusal("The owner’s devices do not allow this here.");
    try {
      const { name, run } = call;
      // A host says who answers with the first word, which may come after a call.
      const { model, label } = chat.run(run);
      return await options.lookUp({
        doc,
        call: call.call,
        name,
        args: parseArguments(call.arguments),
        model: model ?? label ?? chat.request(run)?.model ?? "",
      });
    } catch {
      // reason: whatever this device cannot do now, the call has an end; what went wrong here is nothing for a chat.
      return refusal("The device that was asked could not look.");
    }
  }

  function mayAnswer(doc: DocId, chat: Chat, call: CallView): boolean {
    const { run, name, version, target, ask } = call;
    const toolClass = Object.hasOwn(lookupTools, name) ? lookupTools[name] : undefined;
    if (toolClass === undefined || call.cut > 0) return false;
    const rule = ruleFor(parseToolTerms(readTerms(chat.doc).tools), name, toolClass, version);
    if (rule !== "ask") return rule === "allow";
    if (ask === null) return false;
    const asked = { doc, run, call: call.call, host: ask.host, name, version, target, arguments: call.arguments };
    return findApproval(chat.doc, { ...asked, until: ask.until }, options.roster())?.choice === "allow";
  }

  /** It is under way, and nobody has answered. */
  function isWanted(chat: Chat, { run, call }: CallView): boolean {
    const now = chat
      .run(run)
      .calls.flatMap(readCalls)
      .find((each) => each.call === call);
    return now?.status === "running" && readLooked(chat.doc, run, call) === null;
  }

  return {
    look: (doc, chat, run) => {
      const calls = chat.run(run).calls.flatMap(readCalls);
      for (const call of calls.filter(({ name }) => Object.hasOwn(lookupTools, name)).slice(0, lookupsPerRunMax)) {
        if (call.status !== "running" || taken.has(call.call)) continue;
        taken.add(call.call);
        const begin = (): void => void answer(doc, chat, call).catch(() => taken.delete(call.call));
        if (chat.request(run)?.device === device) begin();
        else clock.after(lookupElsewhereMs, begin);
      }
    },
  };
}

function bound({ says, isError, sources }: Looked): Looked {
  return { says: says.slice(0, lookedSaysCharsMax), isError, sources: sources.slice(0, sourcesMax) };
}

function parseArguments(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
