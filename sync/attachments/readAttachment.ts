/** What a message says of a file, read from the doc. Apart from how a file is sealed, which a page fetches only when there is one. */
import { hexToBytes } from "#crypto/bytes.ts";
import { parseDocId } from "#crypto/ids.ts";
import { attachmentBytesMax, attachmentNameCharsMax, attachmentTypeCharsMax } from "../limits.ts";
import type { Attachment, Reading } from "./attachment.ts";

/** From what stands in a doc: `null` for anything that is no attachment. */
export function readAttachment(value: unknown): Attachment | null {
  if (typeof value !== "object" || value === null) return null;
  const { name, type } = value as Record<string, unknown>;
  const place = readPlace(value);
  if (place === null || typeof name !== "string" || typeof type !== "string") return null;
  const reading = readReading((value as Record<string, unknown>)["reading"]);
  return {
    ...place,
    name: name.slice(0, attachmentNameCharsMax),
    type: type.slice(0, attachmentTypeCharsMax),
    ...(reading === null ? {} : { reading }),
  };
}

/** A reading that cannot be found is as good as none: the file is there all the same. */
function readReading(value: unknown): Reading | null {
  if (value === "itself") return value;
  const place = readPlace(value);
  return place === null ? null : { ...place, isPaged: (value as Record<string, unknown>)["isPaged"] === true };
}

/** Where the bytes are, and what they must be. */
function readPlace(value: unknown): Pick<Attachment, "id" | "bytes" | "key" | "content"> | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, bytes, key, content } = value as Record<string, unknown>;
  if (typeof id !== "string") return null;
  if (typeof key !== "string" || hexToBytes(key)?.length !== 32) return null;
  if (typeof content !== "string" || hexToBytes(content)?.length !== 32) return null;
  if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes < 0 || bytes > attachmentBytesMax) return null;
  const doc = parseDocId(id);
  return doc === null ? null : { id: doc, bytes, key, content };
}
