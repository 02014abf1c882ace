/** The words of a PDF, page by page. Nothing of it is drawn, so no picture and no font in it is opened. */
import { readingCharsMax } from "#sync/limits.ts";
import { getDocumentProxy } from "unpdf";
import { withBoundedMemory } from "./boundedMemory.ts";
import { pagesMax, pieceBytesMax, tellEveryPages } from "./limits.ts";
import { ReadingError, type ReadingOutcome } from "./outcome.ts";

export function readPdf(
  bytes: Uint8Array,
  onProgress: (share: number) => void,
  pieceMax = pieceBytesMax,
): Promise<ReadingOutcome> {
  return withBoundedMemory((isRefused) => read(bytes, onProgress, isRefused), pieceMax);
}

async function read(
  bytes: Uint8Array,
  onProgress: (share: number) => void,
  isRefused: () => boolean,
): Promise<ReadingOutcome> {
  const pages: string[] = [];
  let [chars, isCut] = [0, false];
  let document: Awaited<ReturnType<typeof getDocumentProxy>> | null = null;
  try {
    document = await getDocumentProxy(bytes, { verbosity: 0, disableFontFace: true, useSystemFonts: false });
    if (document.numPages > pagesMax) throw new ReadingError("bomb");
    for (let number = 1; number <= document.numPages && !isCut; number++) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      let text = "";
      for (const item of items) if ("str" in item) text += item.hasEOL ? `${item.str}\n` : item.str;
      page.cleanup();
      pages.push(tidyPage(text));
      chars += text.length;
      isCut = chars > readingCharsMax;
      if (number % tellEveryPages === 0) onProgress(number / document.numPages);
    }
  } catch (error) {
    throw isRefused() ? new ReadingError("bomb", { cause: error }) : toReadingError(error);
  } finally {
    await document?.loadingTask.destroy().catch(() => undefined);
  }
  if (isRefused()) throw new ReadingError("bomb");
  if (pages.every((page) => page === "")) throw new ReadingError("scanned");
  return { kind: "text", text: pages.join("\f"), isPaged: true, isItself: false, isCut };
}

/** A word that was divided at the end of a line is one word again. */
function tidyPage(text: string): string {
  return text
    .replaceAll("\f", " ")
    .replaceAll("\0", "")
    .replace(/(\p{Ll})-\n(\p{Ll})/gu, "$1$2")
    .replace(/[ \t]+\n/g, "\n")
    .trim()
    .toWellFormed();
}

function toReadingError(error: unknown): ReadingError {
  if (error instanceof ReadingError) return error;
  const isLocked = (error as { name?: unknown }).name === "PasswordException";
  return new ReadingError(isLocked ? "password" : "damaged", { cause: error });
}
