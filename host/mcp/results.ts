/** What a call gave, as a model and its owner may have it: bounded, parts that are known, nothing followed. */
import { isObject } from "./definitions.ts";
import { resultBytesMax, resultCharsMax, resultPartsMax } from "./limits.ts";
import type { ToolPart, ToolResult } from "../tools/tool.ts";

/** An address in a result is told as text and fetched by nobody: it may be another server's, or anybody's. */
export function readResult(content: unknown, structured: unknown, isError: boolean): ToolResult {
  const given: readonly unknown[] = Array.isArray(content) ? content : [];
  const reader = { chars: 0, bytes: 0, parts: new Array<ToolPart>() };
  for (const [index, each] of given.entries()) {
    if (index >= resultPartsMax) {
      addText(reader, `[Left out: ${given.length - resultPartsMax} more parts.]`);
      break;
    }
    addPart(reader, each, index);
  }
  if (reader.parts.length === 0 && structured !== undefined) addText(reader, JSON.stringify(structured) ?? "");
  if (reader.parts.length === 0)
    addText(reader, isError ? "It failed and does not say why." : "Done. It gave nothing back.");
  return { parts: reader.parts, isError };
}

interface Reader {
  chars: number;
  bytes: number;
  readonly parts: ToolPart[];
}

function addPart(reader: Reader, part: unknown, index: number): void {
  if (!isObject(part)) return;
  const { type, text, uri, resource } = part;
  if (type === "text" && typeof text === "string") addText(reader, text);
  else if (type === "image" || type === "audio") addBytes(reader, part, `${type}-${index + 1}`, part["data"]);
  else if (type === "resource_link" && typeof uri === "string")
    addText(reader, `[It names a resource: ${uri.slice(0, 2_000)}]`);
  else if (type === "resource" && isObject(resource)) {
    if (typeof resource["text"] === "string") addText(reader, resource["text"]);
    else addBytes(reader, resource, `resource-${index + 1}`, resource["blob"]);
  }
}

function addText(reader: Reader, text: string): void {
  const room = resultCharsMax - reader.chars;
  if (room <= 0) return;
  const kept = text.toWellFormed().slice(0, room).toWellFormed();
  reader.chars += kept.length;
  reader.parts.push({
    kind: "text",
    text: kept.length < text.length ? `${kept}\n[Cut here: ${text.length} characters in all.]` : kept,
  });
}

function addBytes(reader: Reader, part: object, name: string, data: unknown): void {
  if (typeof data !== "string") return;
  const bytes = new Uint8Array(Buffer.from(data, "base64"));
  if (reader.bytes + bytes.length > resultBytesMax) return addText(reader, `[Left out: ${name}, which is too large.]`);
  reader.bytes += bytes.length;
  const type = "mimeType" in part && typeof part.mimeType === "string" ? part.mimeType : "";
  const mediaType = /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type) ? type : "application/octet-stream";
  reader.parts.push({ kind: "bytes", name, mediaType, bytes });
}
