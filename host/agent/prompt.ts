/**
 * From a branch of a chat to what a model is shown, within what the model holds: a word about where it runs, the project's instructions,
 * what is pinned, and of the rest the newest, in whole messages. What does not fit is counted, so that it can be said. A
 * question that does not fit by itself is not cut: the owner is told what to do.
 */
import type { Chat, ChatMessage } from "#sync/docs/chat.ts";
import type { Turn } from "../backends/backend.ts";
import type { ArtifactPrompt } from "./artifactPrompt.ts";
import type { ShownFiles } from "./files.ts";
import { answerTokensMax, answerTokensMin, contextTokensUnknown, imageTokens, turnTokens } from "./limits.ts";
import { sayMemory } from "./memory.ts";
import { noShownSources, sayHowToCite, showSources } from "./sources.ts";
import { tokensOf } from "./tokens.ts";

const SYSTEM_TEXT =
  "You are a helpful assistant in Sovereign, running on hardware that the person you talk with controls. " +
  "Answer in the language of the question. Use Markdown where it helps.";

export interface PromptOptions {
  readonly chat: Chat;
  /** The question's message; the branch ends with it. */
  readonly question: string;
  /** What the model holds, prompt and answer together; `null` when nobody knows. */
  readonly contextTokens: number | null;
  /** The project's, or none. */
  readonly instructions?: string;
  /** Messages of the branch that are shown however old they are. */
  readonly pinned?: ReadonlySet<string>;
  /** By message: what came with it. */
  readonly files?: ReadonlyMap<string, ShownFiles>;
  /** What it is told of artifacts; left out or `null`, nothing. */
  readonly artifacts?: ArtifactPrompt | null;
  /** What a model without tools is told of tools. */
  readonly tools?: string;
  /** Places of the question's sources, the best first; left out, as they stand. */
  readonly order?: readonly number[];
  readonly isSourcesOnly?: boolean;
  /** What the owner wants remembered, a line for each. */
  readonly memory?: string;
  /** The model may say what else it should be. */
  readonly proposesMemory?: boolean;
  /** What stands of the answer already. */
  readonly continues: string | null;
}

export type Prompt =
  | {
      readonly kind: "prompt";
      readonly turns: readonly Turn[];
      /** Messages of the branch that did not fit. */
      readonly dropped: number;
      /** Numbers of the question's sources that it is shown. */
      readonly sources: readonly number[];
    }
  /** `says`: what the owner can do. */
  | { readonly kind: "too-long"; readonly says: string };

export function assemblePrompt(options: PromptOptions): Prompt {
  const { chat, question, instructions = "", pinned = new Set(), continues, artifacts = null } = options;
  const branch = chat.path(question);
  const sources = branch.at(-1)?.sources ?? [];
  const rules = sayHowToCite(sources.length > 0, options.isSourcesOnly === true);
  const memory = sayMemory(options.memory ?? "", options.proposesMemory === true);
  const system = [SYSTEM_TEXT, artifacts?.system ?? "", options.tools ?? "", instructions.trim(), memory, rules]
    .filter((part) => part !== "")
    .join("\n\n");
  const path = toMessages(branch, options.files, artifacts);
  let asked = path.at(-1);
  const holds = options.contextTokens ?? contextTokensUnknown;
  const room = holds - Math.max(answerTokensMin, Math.min(answerTokensMax, Math.floor(holds / 4)));
  const fixed = tokensOf(system) + (asked?.tokens ?? turnTokens) + tokensOf(continues ?? "");
  if (fixed > room) return { kind: "too-long", says: sayTooLong(asked?.tokens ?? 0, continues, room) };

  const order = options.order ?? [...sources.keys()];
  const cited = sources.length === 0 ? noShownSources : showSources(sources, order, { room: room - fixed, tokensOf });
  const left = room - fixed - (cited.text === "" ? 0 : tokensOf(cited.text));
  if (asked !== undefined && cited.text !== "") {
    asked = { ...asked, text: [cited.text, asked.text].filter((part) => part !== "").join("\n\n") };
    path.splice(-1, 1, asked);
  }
  const shown = choose(path, pinned, left);
  const turns = merge(path.filter((message) => message === asked || shown.has(message)));
  return {
    kind: "prompt",
    turns: [
      { role: "system", text: system },
      ...turns,
      ...(continues === null ? [] : [{ role: "assistant" as const, text: continues }]),
    ],
    dropped: Math.max(0, path.length - 1 - shown.size),
    sources: cited.shown,
  };
}

/** Of the messages before the question: those pinned, then the newest without a gap, as far as they fit, each whole. */
function choose(path: readonly Message[], pinned: ReadonlySet<string>, room: number): Set<Message> {
  const shown = new Set<Message>();
  let left = room;
  const take = (message: Message): boolean => {
    if (message.tokens > left) return false;
    left -= message.tokens;
    shown.add(message);
    return true;
  };
  const before = path.slice(0, -1).toReversed();
  for (const message of before) if (pinned.has(message.id)) take(message);
  for (const message of before) if (!shown.has(message) && !take(message)) break;
  // Models insist on beginning with a question.
  const first = path.find((message) => shown.has(message));
  if (first?.role === "assistant") shown.delete(first);
  return shown;
}

/** Many models insist on taking turns: an answer that failed leaves two questions in a row. */
function merge(messages: readonly Message[]): Turn[] {
  const merged: Turn[] = [];
  for (const { role, text, images } of messages) {
    const last = merged.at(-1);
    const isSame = last?.role === role;
    const words = isSame ? `${last.text}\n\n${text}` : text.toWellFormed();
    const seen = [...(isSame ? (last.images ?? []) : []), ...images];
    merged.splice(isSame ? -1 : merged.length, 1, {
      role,
      text: words,
      ...(seen.length === 0 ? {} : { images: seen }),
    });
  }
  return merged;
}

/** As a model is shown it: its files before its words, so that the question comes last. */
interface Message {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly images: readonly string[];
  readonly tokens: number;
}

function toMessages(
  path: readonly ChatMessage[],
  files: PromptOptions["files"],
  artifacts: ArtifactPrompt | null,
): Message[] {
  let note = "";
  return path.flatMap((message, index) => {
    const { id, role } = message;
    const said = artifacts?.shown(message) ?? { text: message.text, note: "" };
    const isQuestion = index === path.length - 1;
    const beside = [isQuestion ? (artifacts?.beside ?? "") : "", files?.get(id)?.text ?? "", note];
    const words = [...beside, said.text].filter((part) => part.trim() !== "").join("\n\n");
    // Said with what comes next, by whoever reads it.
    note = said.note;
    const images = files?.get(id)?.images ?? [];
    if (words === "" && images.length === 0) return [];
    return [{ id, role, text: words, images, tokens: tokensOf(words) + images.length * imageTokens }];
  });
}

function sayTooLong(asked: number, continues: string | null, room: number): string {
  if (continues !== null && asked < room / 2) {
    return "What stands of this answer fills all that the model can hold at once. Ask for the rest as a new question, or choose a model with a larger context.";
  }
  return `This question is about ${asked} tokens long, and the model takes about ${room}. Shorten it, send it in parts, or choose a model with a larger context.`;
}
