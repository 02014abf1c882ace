/** The words of a document out of a word processor: a zip archive, of which three parts are read and nothing else. */
import { readZip, ZipError } from "../data/zip.ts";
import { documentBytesMax } from "./limits.ts";
import { createDocumentReader } from "./markup.ts";
import { ReadingError } from "./outcome.ts";

const parts = ["word/document.xml", "word/footnotes.xml", "word/endnotes.xml"];

/** `null`: a zip archive of another kind. */
export async function readDocx(file: Blob): Promise<string | null> {
  try {
    const entries = await readZip(file);
    const found = parts.flatMap((name) => entries.filter((entry) => entry.name === name).slice(0, 1));
    if (found[0]?.name !== parts[0]) return null;
    if (found.reduce((bytes, { size }) => bytes + size, 0) > documentBytesMax) throw new ReadingError("bomb");
    const texts: string[] = [];
    for (const entry of found) {
      const reader = createDocumentReader();
      const decoder = new TextDecoder();
      for await (const piece of await entry.open()) reader.take(decoder.decode(piece, { stream: true }));
      texts.push(reader.finish());
    }
    return texts.filter((text) => text !== "").join("\n\n");
  } catch (error) {
    if (error instanceof ReadingError) throw error;
    const why = error instanceof ZipError && error.message === "too dense" ? "bomb" : "damaged";
    throw new ReadingError(why, { cause: error });
  }
}
