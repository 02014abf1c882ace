/** The tools that another program has in the vault, as tools like all others. What they reach is decided by `lentBy`, in each call. */
import { bytesToHex } from "#crypto/bytes.ts";
import type { DocId } from "#crypto/ids.ts";
import type { Edit } from "#sync/artifacts/edits.ts";
import { findById, sayUnknown, shortIdChars } from "#sync/artifacts/filing.ts";
import { isRunEnd } from "#sync/docs/run.ts";
import type { Clock, Random } from "#sync/ports.ts";
import type { Vault } from "#sync/vault.ts";
import type { AgentVerb, ToolKey } from "../gateway/keys.ts";
import {
  errorResult,
  textResult,
  versionOf,
  type JsonObject,
  type Tool,
  type ToolContext,
  type ToolDefinition,
  type ToolResult,
} from "../tools/tool.ts";
import { lentBy, type Lent } from "./lending.ts";
import {
  answerMs,
  hitsMax,
  questionCharsMax,
  searchedChatsMax,
  searchWordsMax,
  snippetChars,
  wholeMs,
} from "./limits.ts";

export interface VaultToolsOptions {
  readonly key: ToolKey;
  /** Opens this device's vault for one piece of work. */
  readonly withVault: <T>(work: (vault: Vault) => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly random: Random;
}

type Work = (args: JsonObject, vault: Vault, lent: Lent, context: ToolContext) => Promise<ToolResult>;

const text = (description: string): JsonObject => ({ type: "string", description });
const short = (id: string): string => id.slice(0, shortIdChars);

/** Which verb each goes by. */
export const verbOf: Readonly<Record<string, AgentVerb>> = {
  search_chats: "search",
  read_chat: "read",
  list_artifacts: "read",
  read_artifact: "read",
  propose_edit: "propose",
  ask: "ask",
};

export function createVaultTools(options: VaultToolsOptions): readonly Tool[] {
  const { key, withVault, clock, random } = options;
  const scope = key.agent ?? { may: [], projects: [] };

  const make = (definition: ToolDefinition, work: Work): Tool => ({
    ...definition,
    version: versionOf(definition),
    isUntrusted: definition.class === "reads-here",
    target: () => "",
    run: (args, context) => withVault((vault) => work(args, vault, lentBy(vault.catalog.value, scope), context)),
  });

  return [
    make(
      {
        name: "search_chats",
        description: "Finds messages that hold all the words, in the chats that the owner opened to you.",
        parameters: object({ words: text("The words to look for.") }, ["words"]),
        class: "reads-here",
      },
      async ({ words }, vault, { chats }, { signal }) => {
        const wanted = String(words)
          .toLowerCase()
          .split(/\s+/)
          .filter((word) => word !== "")
          .slice(0, searchWordsMax);
        if (wanted.length === 0) return errorResult("Say which words to look for.");
        const hits: string[] = [];
        for (const { id, title, lastAt } of chats.slice(0, searchedChatsMax)) {
          if (signal.aborted || hits.length >= hitsMax) break;
          for (const { role, said } of await readChat(vault, id, clock)) {
            const at = placeOf(said, wanted);
            if (at === null || hits.length >= hitsMax) continue;
            const from = Math.max(0, at - snippetChars / 2);
            const piece = said
              .slice(from, from + snippetChars)
              .toWellFormed()
              .replace(/\s+/g, " ")
              .trim();
            hits.push(`${short(id)} "${title}" (${new Date(lastAt).toISOString().slice(0, 10)}), ${role}: ${piece}`);
          }
        }
        return textResult(hits.length === 0 ? "Nothing was found in the chats that are open to you." : hits.join("\n"));
      },
    ),
    make(
      {
        name: "read_chat",
        description: "Reads one chat that was found or made, by its id.",
        parameters: object({ id: text("As in 1a2b3c4d.") }, ["id"]),
        class: "reads-here",
      },
      async ({ id }, vault, { chats }) => {
        const chat = findById(chats, String(id));
        if (chat === null) return errorResult("There is no chat with that id among those that are open to you.");
        const said = (await readChat(vault, chat.id, clock)).map((each) => `${each.role}: ${each.said}`);
        return textResult([`# ${chat.title}`, ...said].join("\n\n"));
      },
    ),
    make(
      {
        name: "list_artifacts",
        description: "Lists the artifacts (texts, code, pages) that the owner opened to you.",
        parameters: object({}, []),
        class: "reads-here",
      },
      (_args, _vault, { artifacts }) =>
        Promise.resolve(
          textResult(
            artifacts.length === 0
              ? "No artifact is open to you."
              : artifacts.map(({ id, title, kind }) => `${short(id)} ${kind} "${title}"`).join("\n"),
          ),
        ),
    ),
    make(
      {
        name: "read_artifact",
        description: "Reads an artifact's text by its id.",
        parameters: object({ id: text("As in 1a2b3c4d.") }, ["id"]),
        class: "reads-here",
      },
      async ({ id }, vault, { artifacts }) => {
        const found = findById(artifacts, String(id));
        if (found === null) return errorResult(sayUnknown(String(id)));
        return textResult(await withArtifact(vault, found.id, clock, ({ value }) => value.text()));
      },
    ),
    make(
      {
        name: "propose_edit",
        description:
          "Proposes a change of an artifact, which its owner accepts or not: pieces to find and what to put there, or a whole new text.",
        parameters: object(
          {
            id: text("As in 1a2b3c4d."),
            edits: {
              type: "array",
              description: "Each text to find must stand in the artifact exactly once.",
              items: object({ find: text("Exactly as it stands there."), replace: text("What to put there.") }, [
                "find",
                "replace",
              ]),
            },
            text: text("Instead of edits: the whole new text."),
          },
          ["id"],
        ),
        class: "writes-here",
      },
      async ({ id, edits, text: whole }, vault, { artifacts }) => {
        const found = findById(artifacts, String(id));
        if (found === null) return errorResult(sayUnknown(String(id)));
        const edit = readEdit(edits, whole);
        if (edit === null) return errorResult("Give either edits or the whole text.");
        const by = { run: bytesToHex(random(16)), model: key.name, at: clock.now(), index: 0 };
        const filed = await withArtifact(vault, found.id, clock, ({ value }) => value.propose(edit, value.heads(), by));
        if (filed.kind === "unfit") return errorResult(`Not proposed. ${filed.says}`);
        return textResult("Proposed. The text stays as it is until its owner accepts that.");
      },
    ),
    make(
      {
        name: "ask",
        description:
          "Puts a question to the model on the owner's host and gives its answer. It becomes a chat of the owner's.",
        parameters: object(
          { question: text("All of it: nothing else is known to the model."), model: text("Left out: the host's.") },
          ["question"],
        ),
        class: "writes-here",
      },
      (args, vault, lent, context) => ask(args, vault, lent, context, options),
    ),
  ].filter(({ name }) => scope.may.some((verb) => verb === verbOf[name]));
}

async function ask(
  { question, model }: JsonObject,
  vault: Vault,
  { projects }: Lent,
  { signal, progress }: ToolContext,
  { key, clock }: VaultToolsOptions,
): Promise<ToolResult> {
  const asked = String(question).trim();
  if (asked === "" || asked.length > questionCharsMax)
    return errorResult("Ask something, and not more than a model reads.");
  const [place] = projects;
  if (place === undefined)
    return errorResult("The owner has opened no project to you, so there is no place for a question.");
  const id = await vault.createChat();
  const opened = await vault.openChat(id);
  try {
    vault.catalog.value.setTool(id, key.name);
    await vault.moveChat(id, place.id);
    const chosen = typeof model === "string" && model !== "" ? { model } : {};
    const { run } = await vault.ask(id, { text: asked, by: key.name, parent: null, ...chosen });
    progress("Asked.");
    const ended = Promise.withResolvers<void>();
    const look = (): void => (isRunEnd(opened.value.run(run).status) ? ended.resolve() : undefined);
    const cancel = clock.after(answerMs, () => ended.resolve());
    const leave = opened.value.observe(look);
    signal.addEventListener("abort", () => ended.resolve(), { once: true });
    look();
    await ended.promise;
    cancel();
    leave();
    const { status, text: said, error } = opened.value.run(run);
    if (signal.aborted && !isRunEnd(status)) await vault.stop(id, run);
    if (status === "done") return { ...textResult(said), isUntrusted: true };
    const rest = isRunEnd(status)
      ? `It ended before it was whole: ${error?.says ?? status}.`
      : `It is not whole yet. It goes on in the chat ${short(id)}; read that in a while.`;
    return { ...errorResult([said, rest].filter((part) => part !== "").join("\n\n")), isUntrusted: true };
  } finally {
    opened.close();
  }
}

async function readChat(vault: Vault, id: DocId, clock: Clock): Promise<readonly { role: string; said: string }[]> {
  const opened = await vault.openChat(id);
  try {
    await untilWhole(vault, id, clock);
    return opened.value
      .thread()
      .map(({ role, text: said }) => ({ role: role === "user" ? "owner" : "assistant", said }));
  } finally {
    opened.close();
  }
}

async function withArtifact<T>(
  vault: Vault,
  id: DocId,
  clock: Clock,
  work: (opened: Awaited<ReturnType<Vault["openArtifact"]>>) => T,
): Promise<T> {
  const opened = await vault.openArtifact(id);
  try {
    await untilWhole(vault, id, clock);
    const done = work(opened);
    await vault.flush();
    return done;
  } finally {
    opened.close();
  }
}

/** What the host has of it is here, or it does not come now. */
async function untilWhole(vault: Vault, id: DocId, clock: Clock): Promise<void> {
  const seen = Promise.withResolvers<void>();
  const look = (): void => (vault.docStatus(id).phase === "live" ? seen.resolve() : undefined);
  const leave = vault.subscribeDocStatus(id, look);
  const cancel = clock.after(wholeMs, () => seen.resolve());
  look();
  await seen.promise;
  leave();
  cancel();
}

/** Where the first of the words stands in a text that holds them all. */
function placeOf(said: string, words: readonly string[]): number | null {
  const lower = said.toLowerCase();
  const places = words.map((word) => lower.indexOf(word));
  return places.some((at) => at < 0) ? null : Math.min(...places);
}

function readEdit(edits: unknown, whole: unknown): Edit | null {
  if (typeof whole === "string")
    return Array.isArray(edits) && edits.length > 0 ? null : { kind: "whole", text: whole };
  if (!Array.isArray(edits) || edits.length === 0) return null;
  const pieces = (edits as readonly JsonObject[]).map(({ find, replace }) => ({
    find: String(find),
    replace: String(replace),
  }));
  return { kind: "pieces", pieces };
}

function object(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: "object", properties, required, additionalProperties: false };
}
