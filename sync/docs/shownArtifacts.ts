/**
 * The artifacts that a model is shown in a chat. A host is lent the chat's key and reads no other doc, so the device that asks puts their
 * texts into the chat: a root map "artifacts",
 *
 *   <device>/<id>   map {title, kind, language, at, heads: [hex], text: YText}
 *
 * Each device has its own, so that nobody's heads stand beside another's text; the text is turned into the next by the smallest edit.
 * What the model was shown in a run is said by whoever showed it (`ArtifactsStep`).
 */
import { parseDocId, type AuthorId, type DocId } from "#crypto/ids.ts";
import { type Doc, Map as YMap, Text as YText } from "yjs";
import { artifactsShownMax, artifactTitleCharsMax, draftPieceCharsMax } from "../limits.ts";
import { artifactsRoot, readHeads } from "./answerArtifacts.ts";
import { artifactKinds, type ArtifactKind } from "./artifactList.ts";
import { readMap, readNumber, readString, readText, tidyLine } from "./fields.ts";
import { editText } from "./text.ts";

export interface ShownArtifact {
  readonly id: DocId;
  readonly title: string;
  readonly kind: ArtifactKind;
  readonly language: string;
  readonly heads: readonly string[];
  readonly text: string;
}

/** What a device put there for its next question, the most wanted first. */
export function readShownArtifacts(doc: Doc, device: AuthorId): readonly ShownArtifact[] {
  const root = doc.getMap<unknown>(artifactsRoot);
  const found: { readonly at: number; readonly shown: ShownArtifact }[] = [];
  for (const key of root.keys()) {
    const id = key.startsWith(`${device}/`) ? parseDocId(key.slice(device.length + 1)) : null;
    const map = id === null ? null : readMap(root, key);
    const heads = map === null ? [] : readHeads(map.get("heads"));
    const text = map === null ? null : readText(map, "text");
    // Without heads, its text was being written when the device died.
    if (id === null || map === null || text === null || heads.length === 0) continue;
    const kind = artifactKinds.find((known) => known === readString(map, "kind")) ?? "text";
    const title = tidyLine(readString(map, "title") ?? "", artifactTitleCharsMax);
    const language = tidyLine(readString(map, "language") ?? "", artifactTitleCharsMax);
    const at = readNumber(map, "at") ?? 0;
    found.push({ at, shown: { id, title, kind, language, heads, text: text.toString() } });
  }
  found.sort((a, b) => a.at - b.at || (a.shown.id < b.shown.id ? -1 : 1));
  return found.slice(0, artifactsShownMax).map(({ shown }) => shown);
}

/** In place of what the device put there before. */
export function writeShownArtifacts(doc: Doc, device: AuthorId, shown: readonly ShownArtifact[]): void {
  const root = doc.getMap<unknown>(artifactsRoot);
  const keys = new Set(shown.map(({ id }) => `${device}/${id}`));
  for (const key of [...root.keys()]) if (key.startsWith(`${device}/`) && !keys.has(key)) root.delete(key);
  for (const [at, artifact] of shown.entries()) writeOne(doc, root, `${device}/${artifact.id}`, { ...artifact, at });
}

function writeOne(doc: Doc, root: YMap<unknown>, key: string, shown: ShownArtifact & { readonly at: number }): void {
  if (readMap(root, key) === null || readText(root.get(key) as YMap<unknown>, "text") === null)
    doc.transact(() => root.set(key, new YMap<unknown>([["text", new YText()]])));
  const map = readMap(root, key) as YMap<unknown>;
  const text = readText(map, "text") as YText;
  const put = (field: "title" | "kind" | "language" | "at"): void => {
    if (map.get(field) !== shown[field]) map.set(field, shown[field]);
  };
  const isSame = readHeads(map.get("heads")).join() === shown.heads.join();
  doc.transact(() => {
    put("title");
    put("kind");
    put("language");
    put("at");
    if (!isSame) map.delete("heads");
  });
  while (doc.transact(() => editText(text, shown.text, draftPieceCharsMax)));
  if (!isSame) map.set("heads", [...shown.heads]);
}
