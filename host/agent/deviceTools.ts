/**
 * Tools that a device carries out for this host (`#sync/docs/lookupTools.ts`): the call stands in `steps/<run>`, and what a device found is read in the chat. They are there where a device can answer: not
 * while the one that asked sleeps, nor, for what would leave a trace elsewhere, in a temporary chat.
 */
import { isTemporaryDoc, type DocId, type RunId } from "#crypto/ids.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { type Looked, readLooked } from "#sync/docs/looked.ts";
import { lookupTools } from "#sync/docs/lookupTools.ts";
import type { Source } from "#sync/docs/sources.ts";
import type { Terms } from "#sync/docs/terms.ts";
import type { Clock } from "#sync/ports.ts";
import { errorResult, type JsonObject, textResult, type Tool, type ToolResult, versionOf } from "../tools/tool.ts";
import { deviceAnswerMs } from "./limits.ts";

export interface DeviceToolsOptions {
  readonly chat: Chat;
  readonly doc: DocId;
  readonly run: RunId;
  readonly clock: Clock;
  /** How many sources the model was given numbers for already. */
  readonly numbered: number;
  readonly isUnattended: boolean;
  /** The chat's project has files, its list takes tasks, and there are some on it. */
  readonly terms: Pick<Terms, "hasFiles" | "takesTasks" | "hasTasks">;
}

const object = (properties: JsonObject): JsonObject => ({
  ...{ type: "object", properties, required: Object.keys(properties) },
  additionalProperties: false,
});
const query = { type: "string", description: "A few words that stand there." };
const parameters = object({ query });

const definitions = [
  {
    name: "search_knowledge",
    description:
      "Finds passages in the files of this project. They come with numbers; put a passage's number in square brackets after each sentence that rests on it, as in [3].",
    parameters,
  },
  {
    name: "search_chats",
    description:
      "Finds lines in the other chats of the person you talk with, who is asked first. Only when they speak of something said elsewhere.",
    parameters,
  },
  {
    name: "task_list",
    description: "The tasks of the person you talk with, in this project, with their ids and when they are due.",
    parameters: { type: "object", properties: {}, additionalProperties: false },
  },
  {
    name: "task_add",
    description:
      "Adds a task to the list of the person you talk with, when they want that. With a time, their devices remind them of it then.",
    parameters: {
      ...object({
        text: { type: "string", description: "One line." },
        at: { type: "string", description: "When, by their own clock, as in 2026-05-31T09:00. Left out: at no time." },
        every: { type: "string", enum: ["day", "week"], description: "Again and again from then on. Left out: once." },
      }),
      required: ["text"],
    },
  },
  {
    name: "task_done",
    description: "Marks a task as done, when the person you talk with says so.",
    parameters: object({ id: { type: "string", description: "As task_list gives it." } }),
  },
] as const;

export function createDeviceTools(options: DeviceToolsOptions): readonly Tool[] {
  const { chat, doc, run, clock, isUnattended, terms } = options;
  let { numbered } = options;
  const isThere: Readonly<Record<(typeof definitions)[number]["name"], boolean>> = {
    search_knowledge: terms.hasFiles,
    search_chats: !isTemporaryDoc(doc),
    task_list: terms.hasTasks,
    task_add: terms.takesTasks,
    task_done: terms.hasTasks,
  };

  function toResult({ says, isError, sources }: Looked): ToolResult {
    if (isError) return errorResult(says);
    const passages = sources.map((source) => sayPassage((numbered += 1), source));
    const text = [...passages, says].filter((part) => part !== "").join("\n\n");
    return textResult(text === "" ? "Nothing there fits these words." : text);
  }

  if (isUnattended) return [];
  return definitions
    .filter(({ name }) => isThere[name])
    .map((each): Tool => {
      const definition = { ...each, class: lookupTools[each.name] ?? "costs-money" };
      return {
        ...definition,
        version: versionOf(definition),
        // Whether a task was added, a device says in words of ours.
        isUntrusted: definition.class === "reads-here",
        target: () => "",
        run: async (_args, { call, signal }) => {
          const looked = call === undefined ? null : await waitFor(chat, run, call, clock, signal);
          if (looked !== null) return toResult(looked);
          return errorResult(
            "None of the owner’s devices looked. One has to have this chat open, with the app as it is today.",
          );
        },
      };
    });
}

function sayPassage(number: number, { name, page, text }: Source): string {
  return `[${number}] ${JSON.stringify(name)}${page === null ? "" : `, page ${page}`}:\n${text}`;
}

/** `null`: nobody answered in time. */
function waitFor(chat: Chat, run: RunId, call: string, clock: Clock, signal: AbortSignal): Promise<Looked | null> {
  const map = chat.doc.getMap<unknown>("looked");
  return new Promise((resolve) => {
    const finish = (looked: Looked | null): void => {
      cancel();
      map.unobserve(look);
      signal.removeEventListener("abort", giveUp);
      resolve(looked);
    };
    const look = (): void => {
      const looked = readLooked(chat.doc, run, call);
      if (looked !== null) finish(looked);
    };
    const giveUp = (): void => finish(null);
    const cancel = clock.after(deviceAnswerMs, giveUp);
    map.observe(look);
    signal.addEventListener("abort", giveUp, { once: true });
    look();
    if (signal.aborted) giveUp();
  });
}
