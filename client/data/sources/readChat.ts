/** What every source is read into, and what all of them need for that. */
import { messageCharsMax, messagesMax } from "../limits.ts";

/** Where a file of a message is to be had. */
export type FilePlace =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "dataUrl"; readonly url: string }
  /** In the archive, under exactly this name. */
  | { readonly kind: "path"; readonly path: string }
  /** In the archive, in any folder, under a name that begins with this. */
  | { readonly kind: "id"; readonly id: string };

export interface ReadFile {
  readonly name: string;
  readonly type: string;
  readonly place: FilePlace;
}

export interface ReadMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  readonly at: number;
  readonly text: string;
  readonly model: string | null;
  readonly files: readonly ReadFile[];
}

export interface ReadChat {
  /** The same for the same chat in every export of its source. */
  readonly from: string;
  readonly title: string;
  readonly titledBy: "auto" | "person";
  readonly createdAt: number;
  readonly pinned: boolean;
  readonly archived: boolean;
  readonly messages: readonly ReadMessage[];
  /** Thoughts, tool calls and what else is no message. */
  readonly steps: number;
}

/** Why a chat of the file is not brought in. */
export type SkippedChat = "unreadable" | "empty" | "tooLong";

/** A source's messages with those in between that are not kept; `null` in the place of one. */
export interface RawMessage {
  readonly id: string;
  readonly parent: string | null;
  /** `null`: what follows it follows what was before it. */
  readonly kept: Omit<ReadMessage, "id" | "parent"> | null;
}

/**
 * The tree of what is kept, parents before children. Answers in a row that nothing branches from are one: sources cut them at each
 * tool call. Throws `RangeError` when it is longer than a chat may be.
 */
export function toMessages(raw: readonly RawMessage[]): readonly ReadMessage[] {
  if (raw.length > messagesMax) throw new RangeError("messages");
  const byId = new Map(raw.map((message) => [message.id, message]));
  const parentOf = ({ parent }: RawMessage): RawMessage | null => {
    const seen = new Set<string>();
    let at = parent === null ? undefined : byId.get(parent);
    while (at !== undefined && at.kept === null && !seen.has(at.id)) {
      seen.add(at.id);
      at = at.parent === null ? undefined : byId.get(at.parent);
    }
    return at === undefined || at.kept === null ? null : at;
  };
  const children = new Map<string | null, RawMessage[]>();
  for (const message of raw) {
    if (message.kept === null) continue;
    const parent = parentOf(message)?.id ?? null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [message]);
    else siblings.push(message);
  }
  const messages: ReadMessage[] = [];
  const toVisit = (children.get(null) ?? []).map((message) => ({ message, parent: null as string | null })).reverse();
  const seen = new Set<string>();
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    let { message } = next;
    if (seen.has(message.id) || message.kept === null) continue;
    seen.add(message.id);
    let kept = message.kept;
    for (;;) {
      const [only, ...others] = children.get(message.id) ?? [];
      if (only?.kept?.role !== "assistant" || kept.role !== "assistant" || others.length > 0 || seen.has(only.id))
        break;
      seen.add(only.id);
      const text = [kept.text, only.kept.text].filter((part) => part !== "").join("\n\n");
      kept = { ...kept, text, files: [...kept.files, ...only.kept.files] };
      message = only;
    }
    if (kept.text.length > messageCharsMax) throw new RangeError("message");
    const { id } = next.message;
    messages.push({ ...kept, id, parent: next.parent, text: kept.text.toWellFormed() });
    for (const child of (children.get(message.id) ?? []).toReversed()) toVisit.push({ message: child, parent: id });
  }
  return messages;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const stringOf = (value: unknown): string => (typeof value === "string" ? value : "");
export const idOf = (value: unknown): string | null =>
  typeof value === "string" && value !== "" && value.length <= 200 ? value : null;

/** Times beyond this are no times: 2100. */
const timeMax = 4_102_444_800_000;
export const msOf = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 && value < timeMax ? Math.round(value) : 0;
export const secondsToMs = (value: unknown): number => (typeof value === "number" ? msOf(value * 1000) : 0);
export const isoToMs = (value: unknown): number => msOf(Date.parse(stringOf(value)));

/** Long enough that nothing within it ends it. */
export function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language.replace(/[^\w+#.-]/g, "")}\n${text}\n${fence}`;
}
