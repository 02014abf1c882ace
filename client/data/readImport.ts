/**
 * An export of any source, read piece by piece: first all of it once, so that what is cut off or damaged is known before anything is
 * brought in; then chat by chat, as fast as they are taken. Pure but for the file; runs in a worker (`importWorker.ts`).
 */
import { type Template } from "#sync/docs/templates.ts";
import { attachmentBytesMax } from "#sync/limits.ts";
import { parseExport } from "./exportFile.ts";
import { createJsonItems, JsonItemsError } from "./jsonItems.ts";
import { chatCharsMax, chatsMax, importBytesMax, wholeBytesMax } from "./limits.ts";
import { isChatGpt, readChatGpt } from "./sources/chatGpt.ts";
import { isClaude, readClaude } from "./sources/claude.ts";
import { isLibreChat, readLibreChat } from "./sources/libreChat.ts";
import { isOpenWebUi, readOpenWebUi } from "./sources/openWebUi.ts";
import { ownName } from "./ownName.ts";
import type { ReadChat, ReadFile, SkippedChat } from "./sources/readChat.ts";
import { isZip, readZip, ZipError, type ZipEntry } from "./zip.ts";

export type ImportSource = "sovereign" | "chatGpt" | "claude" | "openWebUi" | "libreChat";

/** Why nothing of a file is brought in. */
export type Refusal = "unknown" | "empty" | "damaged" | "tooLarge";

export type ReadItem =
  | { readonly kind: "chat"; readonly chat: ReadChat }
  | { readonly kind: "skipped"; readonly title: string; readonly why: SkippedChat };

export interface OpenImport {
  readonly source: ImportSource;
  readonly chats: number;
  readonly templates: readonly Template[];
  items(): AsyncGenerator<ReadItem, void>;
  /** `null`: it is not in the export, or more than a message carries. */
  file(file: ReadFile): Promise<FoundFile | null>;
}

export interface FoundFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What it is called in the archive; empty where it was no file there. */
  readonly base: string;
}

export type OpenedImport =
  | { readonly kind: "open"; readonly opened: OpenImport }
  | { readonly kind: "refused"; readonly why: Refusal };

type OnRead = (bytes: number, ofBytes: number) => void;

const sources = {
  chatGpt: { is: isChatGpt, read: readChatGpt },
  claude: { is: isClaude, read: readClaude },
  openWebUi: { is: isOpenWebUi, read: readOpenWebUi },
  libreChat: { is: isLibreChat, read: readLibreChat },
} as const;

/** Reads all of it once. Several files are one export: some sources write a file for each chat. */
export async function openImport(given: Blob | readonly Blob[], onRead: OnRead): Promise<OpenedImport> {
  const files = given instanceof Blob ? [given] : given;
  if (files.reduce((bytes, { size }) => bytes + size, 0) > importBytesMax) return { kind: "refused", why: "tooLarge" };
  try {
    const [file] = files;
    const entries = files.length === 1 && file !== undefined && (await isZip(file)) ? await readZip(file) : null;
    const texts = entries === null ? files.map(asEntry) : textsOf(entries);
    if (texts.length === 0) return { kind: "refused", why: "unknown" };
    const own = await readOwn(texts);
    if (own !== null) {
      const { chats, templates, skipped } = own;
      const items = async function* (): AsyncGenerator<ReadItem, void> {
        for (const chat of chats) yield { kind: "chat", chat };
        for (let left = skipped; left > 0; left--) yield { kind: "skipped", title: "", why: "unreadable" };
      };
      const opened = { source: "sovereign", chats: chats.length, templates, items, file: filesIn(entries) } as const;
      return { kind: "open", opened };
    }
    return await openList(texts, filesIn(entries), onRead);
  } catch (error) {
    if (error instanceof JsonItemsError) return { kind: "refused", why: "unknown" };
    // A stream that does not inflate, text that is no text, an archive without its end, a file that went away.
    if (error instanceof ZipError || error instanceof TypeError || error instanceof DOMException)
      return { kind: "refused", why: "damaged" };
    throw error;
  }
}

async function openList(texts: readonly ZipEntry[], file: OpenImport["file"], onRead: OnRead): Promise<OpenedImport> {
  let source: keyof typeof sources | null = null;
  let [count, unknown] = [0, 0];
  for await (const text of itemsOf(texts, onRead)) {
    if (text === null) return { kind: "refused", why: "damaged" };
    count += 1;
    if (count > chatsMax) return { kind: "refused", why: "tooLarge" };
    const value = parseOrNull(text);
    source ??= sourceOf(value);
    if (value === null) unknown += 1;
  }
  if (count === 0) return { kind: "refused", why: "empty" };
  if (source === null || unknown === count) return { kind: "refused", why: unknown === count ? "damaged" : "unknown" };
  const { read } = sources[source];
  const items = async function* (): AsyncGenerator<ReadItem, void> {
    for await (const text of itemsOf(texts, () => undefined)) if (text !== null) yield toItem(parseOrNull(text), read);
  };
  return { kind: "open", opened: { source, chats: count, templates: [], items, file } };
}

function toItem(value: unknown, read: (value: unknown) => ReadChat | null): ReadItem {
  const { title, name } = (typeof value === "object" && value !== null ? value : {}) as {
    title?: unknown;
    name?: unknown;
  };
  const called = typeof title === "string" ? title : typeof name === "string" ? name : "";
  try {
    const chat = read(value);
    if (chat === null) return { kind: "skipped", title: called, why: "unreadable" };
    return chat.messages.length === 0 ? { kind: "skipped", title: called, why: "empty" } : { kind: "chat", chat };
  } catch (error) {
    if (error instanceof RangeError) return { kind: "skipped", title: called, why: "tooLong" };
    throw error;
  }
}

/** The items of one list after the other. `null`: one of them ends in the middle. */
async function* itemsOf(texts: readonly ZipEntry[], onRead: OnRead): AsyncGenerator<string | null, void> {
  const ofBytes = texts.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  for (const text of texts) {
    const items = createJsonItems(chatCharsMax);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let isFirst = true;
    for await (const piece of piecesOf(await text.open())) {
      // A picture, say: it is whole, and to download it once more would help nobody.
      if (isFirst && !beginsAsText(piece)) throw new JsonItemsError("no text");
      isFirst = false;
      bytes += piece.length;
      yield* items.add(decoder.decode(piece, { stream: true }));
      onRead(bytes, ofBytes);
    }
    yield* items.add(decoder.decode());
    if (items.end() === "nothing") throw new JsonItemsError("empty");
    if (items.end() === "cutOff") yield null;
  }
}

/** Its first letter is one of ASCII, as in all of JSON, or it is marked as UTF-8. */
const beginsAsText = ([first = 0x20]: Uint8Array): boolean => (first >= 0x09 && first < 0x7f) || first === 0xef;

/** Our own is one object and read whole; `null` when it is something else. */
async function readOwn(texts: readonly ZipEntry[]): Promise<ReturnType<typeof parseExport>> {
  const [text, ...others] = texts;
  if (text === undefined || others.length > 0 || text.size > wholeBytesMax) return null;
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const piece of piecesOf(await text.open())) {
    parts.push(decoder.decode(piece, { stream: true }));
    // A list is another source's, and may be long.
    if (parts.length === 1 && !/^[\s\ufeff]*\{/.test(parts[0] ?? "")) return null;
  }
  return parseExport(parts.join("") + decoder.decode());
}

/** By hand: not every browser's streams can be walked through. */
async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const asEntry = (file: Blob): ZipEntry => ({
  name: "",
  size: file.size,
  open: () => Promise.resolve(file.stream() as ReadableStream<Uint8Array>),
});

/** Where an archive has its chats: ours, those that most others call conversations, or a file for each. Deeper copies are left. */
function textsOf(entries: readonly ZipEntry[]): readonly ZipEntry[] {
  const own = entries.find(({ name }) => name === ownName);
  if (own !== undefined) return [own];
  const named = entries.filter(({ name }) => /(^|\/)conversations(-\d+)?\.json$/.test(name));
  const found = named.length > 0 ? named : entries.filter(({ name }) => /(^|\/)[^/.][^/]*\.json$/.test(name));
  const depth = Math.min(...found.map(({ name }) => name.split("/").length));
  const near = found.filter(({ name }) => name.split("/").length === depth);
  const parts = named.length === 0 ? near : near.filter(({ name }) => /-\d+\.json$/.test(name));
  return (parts.length > 0 ? parts : near.slice(0, 1)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function filesIn(entries: readonly ZipEntry[] | null): OpenImport["file"] {
  const byPath = new Map((entries ?? []).map((entry) => [entry.name, entry]));
  const baseNames = (entries ?? []).map((entry) => ({
    entry,
    base: entry.name.slice(entry.name.lastIndexOf("/") + 1),
  }));
  baseNames.sort((a, b) => (a.base < b.base ? -1 : 1));
  const beginningWith = (id: string): ZipEntry | null => {
    let [low, high] = [0, baseNames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((baseNames[middle] as { base: string }).base < id) low = middle + 1;
      else high = middle;
    }
    const found = baseNames[low];
    const follows = found?.base.slice(id.length, id.length + 1) ?? "";
    return found?.base.startsWith(id) === true && /^[^a-z0-9]?$/i.test(follows) ? found.entry : null;
  };
  return async ({ place }) => {
    if (place.kind === "text") return place.text === "" ? null : bounded(new TextEncoder().encode(place.text));
    if (place.kind === "dataUrl") return fromDataUrl(place.url);
    const entry =
      place.kind === "path" ? byPath.get(place.path) : place.id === "" ? undefined : beginningWith(place.id);
    if (entry === undefined || entry === null || entry.size > attachmentBytesMax) return null;
    const bytes = new Uint8Array(entry.size);
    let at = 0;
    try {
      for await (const piece of piecesOf(await entry.open())) {
        bytes.set(piece, at);
        at += piece.length;
      }
    } catch (error) {
      // One damaged picture is no reason to leave its chat out: it is counted as missing.
      if (error instanceof ZipError || error instanceof TypeError) return null;
      throw error;
    }
    return { bytes, base: entry.name.slice(entry.name.lastIndexOf("/") + 1) };
  };
}

const bounded = (bytes: Uint8Array<ArrayBuffer>): FoundFile | null =>
  bytes.length > attachmentBytesMax ? null : { bytes, base: "" };

function fromDataUrl(url: string): FoundFile | null {
  const [, encoded] = /^data:[^,]*;base64,([A-Za-z0-9+/=]+)$/.exec(url) ?? [];
  if (encoded === undefined || encoded.length > (attachmentBytesMax / 3) * 4 + 4) return null;
  try {
    const text = atob(encoded);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    return { bytes, base: "" };
  } catch {
    return null;
  }
}

function sourceOf(value: unknown): keyof typeof sources | null {
  const found = Object.entries(sources).find(([, { is }]) => is(value));
  return found === undefined ? null : (found[0] as keyof typeof sources);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
