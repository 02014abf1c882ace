/**
 * Reads the messages of a chat. Where a message stands is read once and again only when it changes, and its words only when somebody
 * asks for them: a chat of ten thousand messages is gone through at each change, and few of them are looked at.
 */
import { parseAuthorId, parseRunId, type AuthorId, type RunId } from "#crypto/ids.ts";
import type { Map as YMap, Text as YText } from "yjs";
import type { Attachment } from "../attachments/attachment.ts";
import { readAttachment } from "../attachments/readAttachment.ts";
import { attachmentsMax } from "../limits.ts";
import type { ChatMessage } from "./chat.ts";
import { readFlag, readMap, readNumber, readString, readText } from "./fields.ts";
import { noSources, readSources } from "./sources.ts";

export interface MessageReader {
  /** `null` when there is none, or none that can be read. */
  read(id: string): ChatMessage | null;
  isDeleted(id: string): boolean;
  /** Also of one that was deleted. */
  filesOf(id: string): readonly Attachment[];
}

export function createMessageReader(messages: YMap<unknown>, answerText: (run: RunId) => string): MessageReader {
  const known = new Map<string, ChatMessage | null>();
  messages.observeDeep((events) => {
    for (const { path, changes } of events) {
      if (path.length > 0) known.delete(String(path[0]));
      else for (const id of changes.keys.keys()) known.delete(id);
    }
  });
  const isDeleted = (map: YMap<unknown>): boolean => readNumber(map, "deletedAt") !== null;
  return {
    read: (id) => {
      const before = known.get(id);
      if (before !== undefined) return before;
      const map = readMap(messages, id);
      const message = map === null || isDeleted(map) ? null : readMessage(id, map, answerText);
      if (map !== null) known.set(id, message);
      return message;
    },
    isDeleted: (id) => {
      const map = readMap(messages, id);
      return map !== null && isDeleted(map);
    },
    filesOf: (id) => readFiles(readMap(messages, id)?.get("files")),
  };
}

function readMessage(id: string, map: YMap<unknown>, answerText: (run: RunId) => string): ChatMessage | null {
  const role = readString(map, "role");
  if (role !== "user" && role !== "assistant") return null;
  const run = role === "assistant" ? parseRunId(readString(map, "run") ?? "") : null;
  const device = parseAuthorId(readString(map, "device") ?? "");
  const words = run === null ? readText(map, "text") : null;
  if (device === null || (role === "assistant" && run === null && words === null)) return null;
  return new ReadMessage({ id, role, run, device, map, words, answerText });
}

/** A class, since there is one for each message of a long chat: a getter of its own would make each of them four times as large. */
class ReadMessage implements ChatMessage {
  readonly id: string;
  readonly parent: string | null;
  readonly role: ChatMessage["role"];
  readonly device: AuthorId;
  readonly at: number;
  readonly run: RunId | null;
  readonly files: readonly Attachment[];
  readonly sources: ChatMessage["sources"];
  readonly by: string | null;
  readonly isPinned: boolean;
  readonly isPiped?: true;
  readonly #words: YText | null;
  readonly #answerText: (run: RunId) => string;

  constructor({ id, role, run, device, map, words, answerText }: Placed) {
    this.id = id;
    this.parent = readString(map, "parent");
    this.role = role;
    this.device = device;
    this.at = readNumber(map, "at") ?? 0;
    this.run = run;
    this.files = run === null ? readFiles(map.get("files")) : noFiles;
    this.sources = run === null ? readSources(map.get("sources")) : noSources;
    this.by = run === null ? readString(map, "by") : null;
    this.isPinned = readNumber(map, "pinnedAt") !== null;
    if (readFlag(map, "piped")) this.isPiped = true;
    this.#words = words;
    this.#answerText = answerText;
  }

  get text(): string {
    return this.run === null ? textOf(this.#words) : this.#answerText(this.run);
  }
}

/** What is known to be a message. */
interface Placed {
  readonly id: string;
  readonly role: ChatMessage["role"];
  readonly run: RunId | null;
  readonly device: AuthorId;
  readonly map: YMap<unknown>;
  /** Of what a person wrote. */
  readonly words: YText | null;
  readonly answerText: (run: RunId) => string;
}

const noFiles: readonly Attachment[] = [];

function readFiles(value: unknown): readonly Attachment[] {
  if (!Array.isArray(value)) return noFiles;
  return value.slice(0, attachmentsMax).flatMap((each) => readAttachment(each) ?? []);
}

function textOf(words: YText | null): string {
  return words?.toString() ?? "";
}
