/** The worker that reads exports: its whole script. Two gigabytes of somebody's JSON are read here, and the page stays alive. */
import { attachmentsMax } from "#sync/limits.ts";
import type { FromImporter, HeldFile, ToImporter } from "./importMessages.ts";
import { type OpenImport, openImport, type ReadItem } from "./readImport.ts";
import type { ReadMessage } from "./sources/readChat.ts";

let opened: OpenImport | null = null;
let items: AsyncGenerator<ReadItem, void> | null = null;
/** Often enough to be seen moving. */
const tellEveryBytes = 1_000_000;

const tell = (message: FromImporter, transfer: Transferable[] = []): void => postMessage(message, { transfer });

addEventListener("message", ({ data }: MessageEvent<ToImporter>) => {
  // An error that nobody foresaw reaches the page as the worker's own.
  const work = data.kind === "open" ? open(data.files) : next();
  work.catch((error: unknown) =>
    setTimeout(() => {
      throw error;
    }),
  );
});

async function open(files: readonly Blob[]): Promise<void> {
  let told = 0;
  const result = await openImport(files, (bytes, ofBytes) => {
    if (bytes - told < tellEveryBytes) return;
    told = bytes;
    tell({ kind: "reading", bytes, ofBytes });
  });
  if (result.kind === "refused") return tell(result);
  opened = result.opened;
  items = opened.items();
  const { source, chats, templates } = opened;
  tell({ kind: "opened", source, chats, templates });
}

async function next(): Promise<void> {
  const item = await items?.next();
  if (item === undefined || item.done === true) return tell({ kind: "end" });
  if (item.value.kind === "skipped") return tell(item.value);
  const { chat } = item.value;
  let missing = 0;
  const files: HeldFile[][] = [];
  for (const message of chat.messages) {
    const held = await filesOf(message);
    missing += message.files.length - held.length;
    files.push(held);
  }
  const light = { ...chat, messages: chat.messages.map((message) => ({ ...message, files: [] })) };
  tell(
    { kind: "chat", chat: light, files, missing },
    files.flat().map(({ bytes }) => bytes.buffer),
  );
}

async function filesOf(message: ReadMessage): Promise<HeldFile[]> {
  const held: HeldFile[] = [];
  for (const file of message.files.slice(0, attachmentsMax)) {
    const found = (await opened?.file(file)) ?? null;
    if (found === null) continue;
    const name = (file.name || found.base).replace(/[\\/\p{Cc}]+/gu, " ").trim() || "file";
    held.push({ name, type: file.type || typeOf(name), bytes: found.bytes });
  }
  return held;
}

/** Of pictures, which are shown; everything else is downloaded, whatever it is. */
function typeOf(name: string): string {
  const [, extension = ""] = /\.([a-z]+)$/i.exec(name) ?? [];
  const types: Readonly<Record<string, string>> = { png: "png", jpg: "jpeg", jpeg: "jpeg", webp: "webp", gif: "gif" };
  const type = types[extension.toLowerCase()];
  return type === undefined ? "" : `image/${type}`;
}
