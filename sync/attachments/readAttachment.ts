/** What a message says of a file, read from the doc. Apart from how a file is sealed, which a page fetches only when there is one. */
import { hexToBytes } from "#crypto/bytes.ts";
import { parseDocId } from "#crypto/ids.ts";
import { attachmentBytesMax, attachmentNameCharsMax, attachmentTypeCharsMax } from "../limits.ts";
import type { Attachment } from "./attachment.ts";

/** From what stands in a doc: `null` for anything that is no attachment. */
export function readAttachment(value: unknown): Attachment | null {
  if (typeof value !== "object" || value === null) return null;
  const { id, name, type, bytes, key, content } = value as Record<string, unknown>;
  if (typeof id !== "string" || typeof name !== "string" || typeof type !== "string") return null;
  if (typeof key !== "string" || hexToBytes(key)?.length !== 32) return null;
  if (typeof content !== "string" || hexToBytes(content)?.length !== 32) return null;
  if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes < 0 || bytes > attachmentBytesMax) return null;
  const doc = parseDocId(id);
  if (doc === null) return null;
  return {
    id: doc,
    name: name.slice(0, attachmentNameCharsMax),
    type: type.slice(0, attachmentTypeCharsMax),
    bytes,
    key,
    content,
  };
}
