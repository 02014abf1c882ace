/** Two editors over two artifacts: without a page, as the editor binds them. */
import fc from "fast-check";
import { EditorState } from "@codemirror/state";
import { beforeAll, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { createDeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { openArtifact, type Artifact } from "#sync/artifacts/artifact.ts";
import { loadEngine, type Engine } from "#sync/artifacts/engine.ts";
import { patchesToChanges, smallestChange, spliceInto, whatCame } from "./boundText.ts";

await sodiumReady;
let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine();
});

const id = docIdFromBytes(systemRandom(16));

/** An editor's state over its artifact, as createEditor.ts keeps them one. */
class Desk {
  state: EditorState;
  readonly doc = new Y.Doc();
  readonly artifact: Artifact;
  shown: ReturnType<Artifact["heads"]>;
  fallbacks = 0;
  isMine = false;

  private constructor(artifact: Artifact, doc: Y.Doc) {
    this.artifact = artifact;
    this.doc = doc;
    this.state = EditorState.create({ doc: artifact.text(), extensions: [EditorState.lineSeparator.of("\n")] });
    this.shown = artifact.written();
    artifact.subscribe(() => this.take());
  }

  static async open(): Promise<Desk> {
    const [doc, keys] = [new Y.Doc(), createDeviceKeys(systemRandom)];
    const artifact = await openArtifact({
      id,
      doc,
      engine,
      clock: { now: () => 1_700_000_000_000, after: () => () => {} },
      keys,
      signKeyOf: () => keys.sign.publicKey,
      onDamaged: () => {},
    });
    return new Desk(artifact, doc);
  }

  type(edits: readonly { at: number; del: number; text: string }[]): void {
    const { length } = this.state.doc;
    const was = this.state.doc.toString();
    // Nobody's caret stands within one character.
    const whole = (at: number): number => (/[\udc00-\udfff]/.test(was.charAt(at)) ? at + 1 : at);
    // Of one transaction: places in the text before it, in order, and none within another.
    let last = 0;
    const changes = edits.flatMap(({ at, del, text }) => {
      const from = whole(Math.min(length, last + (at % (length - last + 1))));
      const to = whole(Math.min(length, from + del));
      if (from < last) return [];
      last = to;
      return [{ from, to, insert: this.state.toText(text) }];
    });
    const transaction = this.state.update({ changes });
    this.state = transaction.state;
    this.isMine = true;
    spliceInto(this.artifact, transaction.changes);
    this.isMine = false;
    this.shown = this.artifact.written();
  }

  take(): void {
    if (this.isMine) return;
    const came = whatCame(this.artifact, this.shown, this.state.doc);
    this.shown = this.artifact.written();
    if (came === null) return;
    if (!came.isExact) this.fallbacks += 1;
    this.state = this.state.update({ changes: came.changes }).state;
  }
}

function exchange(a: Desk, b: Desk): void {
  // The other still types: what waits there comes before what arrives.
  a.artifact.settle();
  Y.applyUpdate(b.doc, Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(b.doc)), "remote");
  Y.applyUpdate(a.doc, Y.encodeStateAsUpdate(b.doc, Y.encodeStateVector(a.doc)), "remote");
}

const edit = fc.record({
  at: fc.nat(60),
  del: fc.nat(4),
  text: fc.constantFrom("", "a", "b c", "\n", "two\nlines", "é", "🦉", "\r\n", "שלום"),
});
const step = fc.oneof(
  fc.record({ who: fc.nat(1), edits: fc.array(edit, { minLength: 1, maxLength: 3 }) }),
  fc.constant("exchange" as const),
);

describe("an editor bound to an artifact", () => {
  it("AB1 both sides are the same text after every step, on two devices at once", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 25 }), async (steps) => {
        const desks = [await Desk.open(), await Desk.open()] as const;
        for (const next of steps) {
          if (next === "exchange") exchange(...desks);
          else desks[next.who === 0 ? 0 : 1].type(next.edits);
          for (const { state, artifact } of desks) expect(state.doc.toString()).toBe(artifact.text());
        }
        for (const { artifact } of desks) artifact.settle();
        exchange(...desks);
        expect(desks[0].state.doc.toString()).toBe(desks[1].state.doc.toString());
        expect(desks[0].fallbacks + desks[1].fallbacks, "never by replacing").toBe(0);
        compared += desks[0].state.doc.length > 0 ? 1 : 0;
      }),
      { numRuns: 60 },
    );
    expect(compared).toBeGreaterThan(20);
  }, 120_000);

  it("AB2 what is no splice of the text is told as such, and the smallest change leads there all the same", () => {
    const { doc } = EditorState.create({ doc: "one two three" });
    expect(patchesToChanges([{ action: "put", path: ["text"], value: "x" }] as never, doc.length)).toBeNull();
    expect(patchesToChanges([{ action: "del", path: ["text", 99] }] as never, doc.length)).toBeNull();
    expect(smallestChange(doc, "one 2 three")).toEqual({ from: 4, to: 7, insert: "2" });
    expect(smallestChange(doc, "one two three")).toMatchObject({ insert: "", from: 13, to: 13 });
  });
});
