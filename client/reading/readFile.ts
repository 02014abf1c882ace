/** From a file to what it says. What it is, its bytes decide; a name only where bytes cannot. Each parser is fetched when it is needed. */
import { readingCharsMax } from "#sync/limits.ts";
import { readPictureHead } from "../chat/files/pictureHead.ts";
import { decodeText } from "./decodeText.ts";
import { markupBytesMax } from "./limits.ts";
import { ReadingError, type ReadingOutcome } from "./outcome.ts";

export interface FileToRead {
  readonly name: string;
  readonly type: string;
  readonly blob: Blob;
}

export async function readFile(file: FileToRead, onProgress: (share: number) => void): Promise<ReadingOutcome> {
  try {
    return await read(file, onProgress);
  } catch (error) {
    if (error instanceof ReadingError) return { kind: "refused", why: error.why };
    if (error instanceof RangeError) return { kind: "refused", why: "bomb" };
    throw error;
  }
}

async function read({ name, type, blob }: FileToRead, onProgress: (share: number) => void): Promise<ReadingOutcome> {
  const head = new Uint8Array(await blob.slice(0, 1024).arrayBuffer());
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  if (blob.size === 0) return textOf("", { isItself: true });
  // Some begin with a few bytes of something else.
  if (latinOf(head).includes("%PDF-")) {
    const { readPdf } = await import("./readPdf.ts");
    return readPdf(await bytesOf(blob), onProgress);
  }
  if (startsWith(head, [0x50, 0x4b, 3, 4])) {
    const { readDocx } = await import("./readDocx.ts");
    const text = await readDocx(blob);
    return text === null ? { kind: "refused", why: "unknown" } : textOf(text);
  }
  // A word processor seals a document with a password inside its older form.
  if (startsWith(head, [0xd0, 0xcf, 0x11, 0xe0])) throw new ReadingError(ending === "docx" ? "password" : "unknown");
  if (type.startsWith("image/") || readPictureHead(head) !== null) {
    if (ending !== "svg" && type !== "image/svg+xml") return { kind: "picture" };
  }
  if (ending === "eml" || type === "message/rfc822") {
    if (blob.size > markupBytesMax) throw new ReadingError("bomb");
    const { readMail } = await import("./readMail.ts");
    return textOf(await readMail(await bytesOf(blob)));
  }
  const isPage = type === "text/html" || ["html", "htm", "xhtml"].includes(ending);
  if (isPage && blob.size > markupBytesMax) throw new ReadingError("bomb");
  const bytes = await bytesOf(blob);
  const [, named] = isPage ? (/<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})/i.exec(latinOf(head)) ?? []) : [];
  const decoded = decodeText(bytes, named);
  // Text that nobody can decode is told apart from what was never text.
  if (decoded === null)
    throw new ReadingError(isPage || type.startsWith("text/") || ending === "txt" ? "encoding" : "unknown");
  if (!isPage) return textOf(decoded.text, { isItself: decoded.isUtf8 });
  const { htmlToText } = await import("./markup.ts");
  return textOf(htmlToText(decoded.text));
}

function textOf(text: string, { isItself = false } = {}): ReadingOutcome {
  const isCut = text.length > readingCharsMax;
  return {
    kind: "text",
    text: isItself ? text : text.slice(0, readingCharsMax).toWellFormed(),
    isPaged: false,
    isItself,
    isCut,
  };
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

const latinOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, at) => bytes[at] === byte);
