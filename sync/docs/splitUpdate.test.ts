import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { digestOf } from "../snapshot.ts";
import { applyUpdate } from "./applyUpdate.ts";
import { splitUpdate } from "./splitUpdate.ts";

/** Two writers, one long row of typing, formatting, maps within maps, deletions. */
function createLongDoc(): Y.Doc {
  const [doc, other] = [new Y.Doc(), new Y.Doc()];
  const text = doc.getText("draft");
  for (let at = 0; at < 3_000; at++) text.insert(text.length, `${at} 😀 ü `);
  doc.getMap("messages").set("one", new Y.Map([["text", new Y.Text("x".repeat(9_000))]]));
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  for (let at = 0; at < 400; at++) other.getText("draft").insert(at * 3, `«${at}»`);
  for (let at = 0; at < 300; at++) other.getText("draft").delete(at * 5, 2);
  other.getText("draft").format(10, 500, { bold: true });
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  return doc;
}

describe("an update in pieces", () => {
  it.each([600, 5_000, 60_000])("BT3 pieces of at most %d bytes make the very same document", (bytesMax) => {
    const doc = createLongDoc();
    const pieces = splitUpdate(Y.encodeStateAsUpdate(doc), bytesMax);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(bytesMax);
    const made = new Y.Doc();
    for (const piece of pieces) applyUpdate(made, piece);
    made.getText("draft");
    made.getMap("messages");
    expect(digestOf(made)).toEqual(digestOf(doc));
    expect(made.getText("draft").toString()).toBe(doc.getText("draft").toString());
    expect(made.store.pendingStructs).toBeNull();
  });

  it("BT3 what goes in one stays one", () => {
    const doc = new Y.Doc();
    doc.getText("draft").insert(0, "short");
    expect(splitUpdate(Y.encodeStateAsUpdate(doc), 1_000)).toHaveLength(1);
  });

  it("BT3 also behind what others know, and with a hole in it", () => {
    const doc = new Y.Doc();
    const text = doc.getText("draft");
    text.insert(0, "known ");
    const first = Y.encodeStateAsUpdate(doc);
    const known = Y.encodeStateVector(doc);
    text.insert(text.length, "y".repeat(5_000));
    const second = Y.encodeStateAsUpdate(doc, known);
    const afterSecond = Y.encodeStateVector(doc);
    doc.getMap("notes").set("a", 1);
    const third = Y.encodeStateAsUpdate(doc, afterSecond);
    const made = new Y.Doc();
    for (const piece of splitUpdate(Y.mergeUpdates([first, third]), 600)) applyUpdate(made, piece);
    for (const piece of splitUpdate(second, 600)) applyUpdate(made, piece);
    made.getText("draft");
    made.getMap("notes");
    expect(digestOf(made)).toEqual(digestOf(doc));
  });
});
