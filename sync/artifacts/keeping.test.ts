/** That nothing of an artifact is ever in one device's memory alone, once a moment has passed: with the timers that automerge-repo saves by. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import { createDeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { typingBatchMs } from "../limits.ts";
import { systemClock } from "../systemClock.ts";
import { openArtifact, type Artifact } from "./artifact.ts";
import { chunksOf } from "./chunkStore.ts";
import { loadEngine, type Engine } from "./engine.ts";

await sodiumReady;
let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine();
});
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const id = docIdFromBytes(systemRandom(16));
const keys = createDeviceKeys(systemRandom);

const open = (doc: Y.Doc): Promise<Artifact> =>
  openArtifact({
    id,
    doc,
    engine,
    clock: systemClock,
    keys,
    signKeyOf: () => keys.sign.publicKey,
    onDamaged: (name) => expect.unreachable(`damaged: ${name}`),
  });

const copyOf = (doc: Y.Doc): Y.Doc => {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
};

/** Longer than typing is collected, and automerge-repo waits, together. */
const momentMs = typingBatchMs + 150;

describe("an artifact while it is open", () => {
  it("AF13 what two write in turns and at once is in the doc of each a moment later, for whoever opens it then", async () => {
    const docs = [new Y.Doc(), new Y.Doc()] as const;
    const artifacts = [await open(docs[0]), await open(docs[1])] as const;
    const join = (): void => {
      for (const [from, to] of [
        [docs[0], docs[1]],
        [docs[1], docs[0]],
      ] as const)
        Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)), "remote");
    };
    for (let turn = 0; turn < 40; turn++) {
      const writer = artifacts[turn % 2 === 0 ? 0 : 1];
      writer.splice(writer.text().length, 0, `word ${turn} `);
      // Now and then both at once, and each has saved its own before it sees the other's.
      if (turn % 4 > 1) artifacts[turn % 2 === 0 ? 1 : 0].splice(0, 0, `${turn} `);
      // What the other wrote comes before it is saved, or after.
      if (turn % 3 === 0) join();
      await vi.advanceTimersByTimeAsync(momentMs);
      if (turn % 3 !== 0) join();
      await vi.advanceTimersByTimeAsync(momentMs);
      join();
      expect(artifacts[0].text()).toBe(artifacts[1].text());
      const later = await open(copyOf(docs[turn % 2 === 0 ? 1 : 0]));
      expect(later.text(), `after turn ${turn}`).toBe(artifacts[0].text());
      await later.close();
    }
    for (const artifact of artifacts) await artifact.close();
  }, 90_000);

  it("AF14 a long sitting is folded while it lasts, and loses nothing by it", async () => {
    const doc = new Y.Doc();
    const artifact = await open(doc);
    for (let letter = 0; letter < 1_300; letter++) {
      artifact.splice(letter, 0, String(letter % 10));
      artifact.settle();
    }
    const pieces = [...doc.getMap<Y.Map<unknown>>("sittings").values()].reduce((sum, { size }) => sum + size, 0);
    expect(pieces + chunksOf(doc).size).toBeLessThan(200);
    const later = await open(copyOf(doc));
    expect(later.text()).toBe(artifact.text());
    await later.close();
    await artifact.close();
  }, 90_000);

  it("AF17 what is typed within a moment is in the text at once, and one change in the doc when the moment is over", async () => {
    const doc = new Y.Doc();
    const artifact = await open(doc);
    artifact.splice(0, 0, "a  c");
    artifact.settle();
    let told = 0;
    artifact.subscribe(() => (told += 1));
    const was = Y.encodeStateVector(doc);
    for (const [index, letter] of [..."word"].entries()) {
      artifact.splice(2 + index, 0, letter);
      expect(artifact.text()).toBe(`a ${"word".slice(0, index + 1)} c`);
      expect(told).toBe(index + 1);
      await vi.advanceTimersByTimeAsync(typingBatchMs / 5);
    }
    expect(Y.encodeStateVector(doc)).toEqual(was);
    // Where the caret of who types stands has a name that lasts; no letter becomes a change for it.
    const caret = artifact.caretAt(6);
    expect(artifact.written()).toEqual((await open(copyOf(doc))).heads());
    expect(artifact.placeOf(caret)).toBe(6);
    await vi.advanceTimersByTimeAsync(typingBatchMs);
    expect(artifact.placeOf(caret)).toBe(6);
    const later = await open(copyOf(doc));
    expect(later.text()).toBe("a word c");
    expect(later.versions().map(({ changes, hand }) => [changes, hand?.device])).toEqual([[2, keys.id]]);
    for (const each of [later, artifact]) await each.close();
  });

  it("AF17 letters that were taken back within the moment hold up none that come after it", async () => {
    const doc = new Y.Doc();
    const artifact = await open(doc);
    artifact.splice(0, 0, "x");
    artifact.splice(0, 1, "");
    await vi.advanceTimersByTimeAsync(momentMs);
    artifact.splice(0, 0, "kept");
    await vi.advanceTimersByTimeAsync(momentMs);
    const later = await open(copyOf(doc));
    expect(later.text()).toBe("kept");
    for (const each of [later, artifact]) await each.close();
  });

  it("AF17 what comes from elsewhere, or is asked for, comes after what was typed", async () => {
    const docs = [new Y.Doc(), new Y.Doc()] as const;
    const [here, there] = [await open(docs[0]), await open(docs[1])] as const;
    here.splice(0, 0, "one three\n");
    here.settle();
    Y.applyUpdate(docs[1], Y.encodeStateAsUpdate(docs[0]), "remote");
    there.splice(0, 0, "zero ");
    there.settle();
    here.splice(4, 0, "two ");
    Y.applyUpdate(docs[0], Y.encodeStateAsUpdate(docs[1]), "remote");
    expect(here.text()).toBe("zero one two three\n");
    here.splice(0, 0, "now ");
    const heads = here.heads();
    expect(here.textAt(heads)).toBe("now zero one two three\n");
    const edit = { kind: "pieces", pieces: [{ find: "zero", replace: "0" }] } as const;
    const filed = here.propose(edit, heads, { run: "ab".repeat(16), model: "m", at: 1, index: 0 });
    here.splice("now zero one two three".length, 0, " four");
    expect(filed.kind === "filed" && here.accept(filed.id)).toBe(true);
    expect(here.text()).toBe("now 0 one two three four\n");
    // Half a character cannot wait: nobody knows what the engine makes of it but the engine.
    here.splice(0, 1, "🦉");
    here.splice(1, 1, "");
    const said = here.text();
    here.settle();
    expect(here.text()).toBe(said);
    for (const each of [here, there]) await each.close();
  });

  it("AF13 what a killed page left in pieces is there after the next sitting", async () => {
    const doc = new Y.Doc();
    const first = await open(doc);
    for (let letter = 0; letter < 30; letter++) {
      first.splice(letter, 0, "x");
      first.settle();
    }
    // The page is gone; the next one hands over what it wrote at once, before automerge-repo asks for it.
    const next = copyOf(doc);
    const second = await open(next);
    second.splice(0, 0, "y");
    second.settle();
    await vi.advanceTimersByTimeAsync(momentMs);
    const later = await open(copyOf(next));
    expect(later.text()).toBe(`y${"x".repeat(30)}`);
    for (const artifact of [first, second, later]) await artifact.close();
  });
});
