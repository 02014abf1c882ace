/**
 * What a model gets of the files of a branch: the words of those that are text or were read by the device that attached them, and
 * pictures if it can see. Of a file from which passages were chosen, those stand for it (sources.ts). A file of the question itself that cannot be given is a reason not to answer, since an answer without it would be about something else; one of an older
 * message is left out, and the model is told its name.
 */
import { type Attachment, readingOf } from "#sync/attachments/attachment.ts";
import { fetchAttachment } from "#sync/attachments/fetchAttachment.ts";
import type { Connection } from "#sync/connection.ts";
import type { ChatMessage } from "#sync/docs/chat.ts";
import { VaultError } from "#sync/errors.ts";
import type { Clock } from "#sync/ports.ts";
import { imageBytesMax, textFileBytesMax } from "./limits.ts";

/** What stands in a prompt beside a message's own words. */
export interface ShownFiles {
  readonly text: string;
  /** `data:` URLs. */
  readonly images: readonly string[];
}

export type FilesOutcome =
  | { readonly kind: "read"; readonly files: ReadonlyMap<string, ShownFiles> }
  /** `says`: what the owner can do. */
  | { readonly kind: "failed"; readonly code: string; readonly says: string };

export interface FilesOptions {
  /** The branch, the question last. */
  readonly path: readonly ChatMessage[];
  readonly connection: Connection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly canSee: boolean;
}

/** What every server that takes pictures takes. */
const IMAGE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif"];

type Shown = { readonly kind: "text"; readonly text: string } | { readonly kind: "image"; readonly url: string };
type Refused = { readonly kind: "refused"; readonly code: string; readonly says: string };

export async function readFiles(options: FilesOptions): Promise<FilesOutcome> {
  const { path, signal } = options;
  const files = new Map<string, ShownFiles>();
  for (const message of path) {
    const isQuestion = message === path.at(-1);
    const shown: Shown[] = [];
    // A picture in an answer is nothing that a backend takes from an assistant.
    for (const file of message.role === "user" ? message.files : []) {
      if (signal.aborted) return { kind: "read", files };
      if (message.sources.some((source) => source.file === file.id)) {
        if (!isQuestion)
          shown.push({ kind: "text", text: `[Passages of the file "${file.name}" came with this question.]` });
        continue;
      }
      const outcome = await readFile(file, options);
      if (outcome.kind !== "refused") shown.push(outcome);
      else if (isQuestion) return { kind: "failed", code: outcome.code, says: outcome.says };
      else shown.push({ kind: "text", text: `[The file "${file.name}" is not shown here.]` });
    }
    if (shown.length === 0) continue;
    files.set(message.id, {
      text: shown.flatMap((each) => (each.kind === "text" ? each.text : [])).join("\n\n"),
      images: shown.flatMap((each) => (each.kind === "image" ? each.url : [])),
    });
  }
  return { kind: "read", files };
}

async function readFile(
  file: Attachment,
  { connection, clock, signal, canSee }: FilesOptions,
): Promise<Shown | Refused> {
  const isImage = IMAGE_TYPES.includes(file.type);
  if (isImage && !canSee)
    return refuse(
      "file-unseen",
      `This model cannot see pictures, so it was not asked about "${file.name}". Choose one that can, then Try again.`,
    );
  const readable = isImage ? file : (readingOf(file) ?? file);
  if (readable.bytes > (isImage ? imageBytesMax : textFileBytesMax))
    return refuse(
      "file-too-large",
      `"${file.name}" is more than a model can be shown at once. Attach the part that matters.`,
    );
  let bytes: Uint8Array;
  try {
    bytes = await fetchAttachment(readable, { clock, connection, signal });
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return refuse(
      "file-missing",
      `"${file.name}" has not reached this host yet. Open the app on the device that attached it, wait until it is sent, then choose Try again.`,
    );
  }
  if (isImage) return { kind: "image", url: `data:${file.type};base64,${Buffer.from(bytes).toString("base64")}` };
  const text = decodeText(bytes);
  if (text === null)
    return refuse(
      "file-unread",
      `"${file.name}" is not text, and the device that attached it could not read it either. Attach its text instead.`,
    );
  return { kind: "text", text: frameText(`File ${JSON.stringify(file.name)}`, text.replaceAll("\f", "\n\n")) };
}

/** UTF-8, or UTF-16 with its mark; `null` for what is no text. */
export function decodeText(bytes: Uint8Array): string | null {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    // reason: whatever cannot be decoded is not text.
    return null;
  }
}

/** Fenced with more marks than any line of it begins with, so that a file cannot end its own frame. */
export function frameText(head: string, text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/^[ \t]*(`{3,})/gm), ([, marks = ""]) => marks.length));
  const fence = "`".repeat(longest + 1);
  return `${head}:\n${fence}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}

function refuse(code: string, says: string): Refused {
  return { kind: "refused", code, says };
}
