import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { createKnownState } from "./knownState.ts";

/** Edits of a text: where, how many characters to delete, what to insert. */
const edits = fc.array(fc.tuple(fc.nat({ max: 50 }), fc.nat({ max: 3 }), fc.string({ maxLength: 3 })), {
  maxLength: 40,
});

function editedDoc(script: readonly (readonly [number, number, string])[]): { doc: Y.Doc; updates: Uint8Array[] } {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  const text = doc.getText("t");
  for (const [at, deleted, inserted] of script) {
    const from = Math.min(at, text.length);
    doc.transact(() => {
      text.delete(from, Math.min(deleted, text.length - from));
      text.insert(from, inserted);
    });
  }
  return { doc, updates };
}

describe("known state", () => {
  it("SS1 every update is news once, and never again", () => {
    fc.assert(
      fc.property(edits, (script) => {
        const known = createKnownState();
        const { doc, updates } = editedDoc(script);
        for (const update of updates) {
          expect(known.isNews(update)).toBe(true);
          known.learn(update);
          expect(known.isNews(update)).toBe(false);
        }
        expect(known.isNews(Y.encodeStateAsUpdate(doc))).toBe(false);
        expect(Y.decodeStateVector(known.stateVector())).toEqual(Y.decodeStateVector(Y.encodeStateVector(doc)));
      }),
      { numRuns: 200 },
    );
  });

  it("SS1 the whole state teaches the same as its updates one by one", () => {
    fc.assert(
      fc.property(edits, edits, (before, after) => {
        const { doc, updates } = editedDoc([...before, ...after]);
        const known = createKnownState();
        known.learn(Y.encodeStateAsUpdate(doc));
        for (const update of updates) expect(known.isNews(update)).toBe(false);
        doc.getText("t").insert(0, "!");
        expect(known.isNews(Y.encodeStateAsUpdate(doc))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("a delete alone is news", () => {
    const { doc } = editedDoc([[0, 0, "abc"]]);
    const known = createKnownState();
    known.learn(Y.encodeStateAsUpdate(doc));
    doc.getText("t").delete(1, 1);
    expect(known.isNews(Y.encodeStateAsUpdate(doc))).toBe(true);
  });

  it("throws on bytes that are no update", () => {
    expect(() => createKnownState().learn(new Uint8Array([255, 255, 255]))).toThrow(Error);
  });

  it("SS1 what a document holds is known as if its state had been learnt", () => {
    const doc = new Y.Doc();
    doc.getText("t").insert(0, "abcdef");
    doc.getText("t").delete(1, 2);
    const state = Y.encodeStateAsUpdate(doc);
    const known = createKnownState();
    known.learnDoc(doc);
    expect(known.isNews(state)).toBe(false);
    doc.getText("t").delete(0, 1);
    expect(known.isNews(Y.encodeStateAsUpdate(doc))).toBe(true);
    // What waits in it for something before it is known too: it came from elsewhere, and is nobody's news.
    const late = new Y.Doc();
    const updates: Uint8Array[] = [];
    late.on("update", (update: Uint8Array) => updates.push(update));
    late.getText("t").insert(0, "a");
    late.getText("t").insert(1, "b");
    const waiting = new Y.Doc();
    Y.applyUpdate(waiting, updates[1]!);
    const knownOfWaiting = createKnownState();
    knownOfWaiting.learnDoc(waiting);
    expect(knownOfWaiting.isNews(updates[1]!)).toBe(false);
  });
});
