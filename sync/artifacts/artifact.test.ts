/** Artifacts on docs that talk to each other directly: what a replica does between them is proved elsewhere. */
import { beforeAll, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { docIdFromBytes, type AuthorId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { hunksApartMax } from "../limits.ts";
import { openArtifact, type Artifact } from "./artifact.ts";
import { chunksOf } from "./chunkStore.ts";
import { loadEngine, type Engine } from "./engine.ts";
import { writeFork } from "./fork.ts";

await sodiumReady;
let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine();
});

const [id, otherId] = [docIdFromBytes(systemRandom(16)), docIdFromBytes(systemRandom(16))];

class People {
  readonly keys = new Map<AuthorId, DeviceKeys>();
  now = 1_700_000_000_000;

  readonly newKeys = (): DeviceKeys => {
    const keys = createDeviceKeys(systemRandom);
    this.keys.set(keys.id, keys);
    return keys;
  };

  open(doc: Y.Doc, keys = this.newKeys(), damaged: string[] = [], artifact = id): Promise<Artifact> {
    return openArtifact({
      id: artifact,
      doc,
      engine,
      clock: { now: () => this.now, after: () => () => {} },
      keys,
      signKeyOf: (device) => this.keys.get(device)?.sign.publicKey ?? null,
      onDamaged: (name) => damaged.push(name),
    });
  }
}

/** Two docs, joined now and again. */
function exchange(a: Y.Doc, b: Y.Doc): void {
  Y.applyUpdate(b, Y.encodeStateAsUpdate(a, Y.encodeStateVector(b)), "remote");
  Y.applyUpdate(a, Y.encodeStateAsUpdate(b, Y.encodeStateVector(a)), "remote");
}

const model = { run: "ab".repeat(16), model: "qwen", at: 1_700_000_100_000, index: 0 };

describe("artifact", () => {
  it("AF1 what was typed is in the doc in the same turn, and another opening has text and history", async () => {
    const people = new People();
    const doc = new Y.Doc();
    const first = await people.open(doc);
    first.splice(0, 0, "Dear reader");
    first.splice(5, 6, "friend");
    first.settle();
    // The page is gone: nothing is closed.
    const again = await people.open(copyOf(doc));
    expect(again.text()).toBe("Dear friend");
    expect(again.heads()).toEqual(first.heads());
    expect(again.versions()).toHaveLength(1);
  });

  it("AF2 two devices that began at once, and wrote at once, have the same text with all that both wrote", async () => {
    const people = new People();
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const [a, b] = [await people.open(one), await people.open(two)];
    a.splice(0, 0, "left ");
    b.splice(0, 0, "right ");
    for (const artifact of [a, b]) artifact.settle();
    exchange(one, two);
    expect(a.text()).toBe(b.text());
    expect(a.text()).toContain("left ");
    expect(a.text()).toContain("right ");
    expect(a.heads()).toEqual(b.heads());
  });

  it("AF3 what came from another device is not written once more", async () => {
    const people = new People();
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const [a, b] = [await people.open(one), await people.open(two)];
    for (let word = 0; word < 20; word++) {
      a.splice(a.text().length, 0, `word ${word} `);
      a.settle();
      exchange(one, two);
    }
    const before = Y.encodeStateVector(two);
    await b.close();
    await a.close();
    // Closing folds: the reader, which has nothing of its own, may write one whole save and nothing else.
    const own = Y.decodeStateVector(Y.encodeStateVector(two)).get(two.clientID) ?? 0;
    expect(own - (Y.decodeStateVector(before).get(two.clientID) ?? 0)).toBeLessThanOrEqual(1);
  });

  it("AF4 each version says whose hand it was, and a claim that was not signed is nobody's", async () => {
    const people = new People();
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const keys = [people.newKeys(), people.newKeys()] as const;
    const [a, b] = [await people.open(one, keys[0]), await people.open(two, keys[1])];
    a.splice(0, 0, "A wrote this. ");
    a.settle();
    exchange(one, two);
    b.splice(b.text().length, 0, "B wrote that. ");
    b.settle();
    exchange(one, two);
    expect(a.versions().map(({ hand }) => hand?.device)).toEqual([keys[0].id, keys[1].id]);
    expect(a.textAt(a.versions()[0]?.heads ?? [])).toBe("A wrote this. ");

    const [sitting = new Y.Map<Uint8Array>()] = [...one.getMap<Y.Map<Uint8Array>>("sittings").values()];
    const [actor = ""] = [...sitting.keys()].filter((key) => key.length === 32);
    const forged = sitting.get(actor)?.slice() ?? new Uint8Array(0);
    forged.set(Buffer.from(keys[1].id, "hex"), 1);
    one.getMap("signers").set(actor, forged);
    expect(
      a.versions().every(({ hand }) => hand !== null),
      "what is right stands elsewhere",
    ).toBe(true);
    sitting.set(actor, forged);
    expect(a.versions().some(({ hand }) => hand === null)).toBe(true);
  });

  it("AF5 a model's edit changes nothing until it is accepted, and what was typed meanwhile stays", async () => {
    const people = new People();
    const artifact = await people.open(new Y.Doc());
    artifact.splice(0, 0, "one\ntwo\nthree\n");
    const seen = artifact.heads();
    artifact.splice(artifact.text().length, 0, "four, by hand\n");
    const filed = artifact.propose({ kind: "pieces", pieces: [{ find: "two", replace: "2" }] }, seen, model);
    if (filed.kind !== "filed") throw new Error(filed.says);
    expect(artifact.text()).toBe("one\ntwo\nthree\nfour, by hand\n");
    expect(artifact.view(filed.id)).toMatchObject({ before: "one\ntwo\nthree\n", after: "one\n2\nthree\n" });
    expect(artifact.accept(filed.id)).toBe(true);
    expect(artifact.text()).toBe("one\n2\nthree\nfour, by hand\n");
    expect(artifact.proposals()).toMatchObject([{ id: filed.id, choice: "accepted" }]);
    expect(artifact.versions().map(({ hand }) => hand?.by?.model ?? null)).toContain("qwen");
    expect(artifact.accept(filed.id)).toBe(false);
  });

  it("AF6 hunks are taken one by one", async () => {
    const people = new People();
    const artifact = await people.open(new Y.Doc());
    artifact.splice(0, 0, "a\nb\nc\nd\ne\n");
    const filed = artifact.propose({ kind: "whole", text: "A\nb\nC\nd\nE\n" }, artifact.heads(), model);
    if (filed.kind !== "filed") throw new Error(filed.says);
    expect(artifact.view(filed.id)?.hunks.map(({ before, after }) => [before, after])).toEqual([
      ["a\n", "A\n"],
      ["c\n", "C\n"],
      ["e\n", "E\n"],
    ]);
    expect(artifact.accept(filed.id, new Set([0, 2]))).toBe(true);
    expect(artifact.text()).toBe("A\nb\nc\nd\nE\n");
    expect(artifact.proposals()[0]?.choice).toBe("part");
  });

  it("AF19 what was taken over is taken out again, nothing else, and waits once more", async () => {
    const people = new People();
    const doc = new Y.Doc();
    const artifact = await people.open(doc);
    artifact.rewrite("one\ntwo\nthree\n");
    const filed = artifact.propose({ kind: "whole", text: "ONE\ntwo\nTHREE 🦉\n" }, artifact.heads(), model);
    if (filed.kind !== "filed") throw new Error(filed.says);
    expect(artifact.undo(filed.id), "nothing was taken").toBe(false);
    artifact.splice(4, 0, "and ");
    expect(artifact.accept(filed.id)).toBe(true);
    artifact.splice(0, 0, "zero\n");
    expect(artifact.text()).toBe("zero\nONE\nand two\nTHREE 🦉\n");
    people.now += 200_000;
    expect(artifact.undo(filed.id)).toBe(true);
    expect(artifact.text()).toBe("zero\none\nand two\nthree\n");
    expect(artifact.undo(filed.id), "once").toBe(false);
    const [again, first] = artifact.proposals();
    expect([again?.choice, again?.by, first?.id, first?.choice]).toEqual([
      null,
      { run: model.run, model: "qwen" },
      filed.id,
      "accepted",
    ]);
    expect(artifact.accept(again?.id ?? "", new Set([1]))).toBe(true);
    expect(artifact.text()).toBe("zero\none\nand two\nTHREE 🦉\n");
    expect(artifact.versions().every(({ hand }) => hand !== null)).toBe(true);
    await artifact.close();
  });

  it("AF20 a fork goes on from a version with all that led there, and each hand in it is known still", async () => {
    const people = new People();
    const [keys, other] = [people.newKeys(), people.newKeys()];
    const source = new Y.Doc();
    const artifact = await people.open(source, keys);
    artifact.rewrite("first\n");
    const heads = artifact.heads();
    artifact.nameVersion(heads, "the first");
    const filed = artifact.propose({ kind: "whole", text: "second\n" }, heads, model);
    if (filed.kind !== "filed") throw new Error(filed.says);
    artifact.accept(filed.id);
    const second = artifact.heads();
    artifact.rewrite("third\n");
    const fork = artifact.fork(second);
    expect(artifact.fork(["ab".repeat(32)])).toBeNull();
    if (fork === null) throw new Error("no fork");
    const doc = new Y.Doc();
    writeFork(doc, { id: otherId, engine, fork });
    const forked = await people.open(doc, other, [], otherId);
    expect(forked.text()).toBe("second\n");
    forked.splice(0, 0, "the ");
    expect(forked.versions().map(({ hand, name }) => [hand?.device, hand?.by?.model, name])).toEqual([
      [keys.id, undefined, "the first"],
      [keys.id, "qwen", null],
      [other.id, undefined, null],
    ]);
    expect(forked.proposals()).toEqual([]);
    expect(artifact.text(), "apart").toBe("third\n");
    const again = new Y.Doc();
    writeFork(again, { id, engine, fork: forked.fork(forked.heads()) ?? fork });
    const twice = await people.open(again, other);
    expect(twice.versions().map(({ hand }) => hand?.device)).toEqual([keys.id, keys.id, other.id]);
    for (const each of [artifact, forked, twice]) await each.close();
  });

  it("AF6 more hunks than are taken one by one are taken as the model made them, and it is said who took them", async () => {
    const people = new People();
    const artifact = await people.open(new Y.Doc());
    const lines = Array.from({ length: 2 * hunksApartMax + 4 }, (_, at) => `line ${at}\n`);
    artifact.splice(0, 0, lines.join(""));
    const text = lines.map((line, at) => (at % 2 === 0 ? line : line.toUpperCase())).join("");
    const filed = artifact.propose({ kind: "whole", text }, artifact.heads(), model);
    if (filed.kind !== "filed") throw new Error(filed.says);
    expect(artifact.view(filed.id)?.hunks).toHaveLength(hunksApartMax + 2);
    expect(artifact.accept(filed.id)).toBe(true);
    expect(artifact.text()).toBe(text);
    expect(artifact.versions().map(({ hand, changes }) => [hand?.by?.model, changes])).toEqual([
      [undefined, 1],
      ["qwen", 1],
    ]);
    expect(artifact.versions().every(({ hand }) => hand !== null)).toBe(true);
  });

  it("AF5 one that was taken whole lies in the history alone, and is shown from there as it was, on every device and later", async () => {
    const people = new People();
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const [a, b] = [await people.open(one), await people.open(two)];
    a.splice(0, 0, "one\ntwo\nthree\n");
    const text = "1\ntwo\nthree and a half\n";
    const filed = a.propose({ kind: "whole", text }, a.heads(), model);
    if (filed.kind !== "filed") throw new Error(filed.says);
    a.settle();
    exchange(one, two);
    const before = b.view(filed.id);
    expect(before?.hunks).toHaveLength(2);
    const bytes = (): number => (one.getMap("proposals").get(`${filed.id}/body`) as Uint8Array).length;
    const written = bytes();
    expect(a.accept(filed.id)).toBe(true);
    expect(bytes()).toBeLessThan(written);
    exchange(one, two);
    for (const artifact of [a, b, await people.open(copyOf(two))]) {
      expect(artifact.view(filed.id)).toEqual(before);
      expect(artifact.proposals()).toMatchObject([{ id: filed.id, choice: "accepted", by: { model: "qwen" } }]);
      expect(artifact.accept(filed.id)).toBe(false);
      // Filed once more by who has not seen it: it is the same, and taken.
      expect(artifact.propose({ kind: "whole", text }, [...(artifact.proposals()[0]?.base ?? [])], model)).toEqual(
        filed,
      );
      expect(artifact.proposals().map(({ choice }) => choice)).toEqual(["accepted"]);
      expect(artifact.text()).toBe(text);
    }
  });

  it("AF4 once sittings are folded, all that a device vouched for stands under one signature of its own, and nobody else's", async () => {
    const people = new People();
    const doc = new Y.Doc();
    const keys = [people.newKeys(), people.newKeys()] as const;
    for (let sitting = 0; sitting < 3; sitting++) {
      const artifact = await people.open(doc, keys[0]);
      for (let line = 0; line < 12; line++) {
        artifact.splice(0, 0, `line ${sitting}.${line}\n`);
        artifact.settle();
      }
      const edit = { kind: "pieces", pieces: [{ find: `line ${sitting}.1\n`, replace: "by a model\n" }] } as const;
      const filed = artifact.propose(edit, artifact.heads(), { ...model, index: sitting });
      expect(filed.kind === "filed" && artifact.accept(filed.id)).toBe(true);
      await artifact.close();
    }
    const signers = doc.getMap<Uint8Array>("signers");
    expect(doc.getMap("sittings").size).toBe(0);
    expect(signers.size).toBe(1);
    const later = await people.open(copyOf(doc), keys[1]);
    const hands = later.versions().map(({ hand }) => [hand?.device, hand?.by?.model ?? null]);
    expect(new Set(hands.map((hand) => hand.join()))).toEqual(new Set([`${keys[0].id},`, `${keys[0].id},qwen`]));
    // Who changes a letter of it, or says that it was another device, unsigns all of it.
    const [[key, set] = ["", new Uint8Array(0)]] = [...signers];
    for (const at of [1, set.length - 1]) {
      const forged = set.slice();
      if (at === 1) forged.set(Buffer.from(keys[1].id, "hex"), 1);
      else forged[at] = (forged[at] ?? 0) ^ 1;
      const copy = copyOf(doc);
      copy.getMap("signers").set(key, forged);
      const shown = await people.open(copy, keys[1]);
      expect(shown.versions().every(({ hand }) => hand === null)).toBe(true);
      // Nor does anybody else's word become this device's when it folds its own.
      shown.splice(0, 0, "x".repeat(2_000));
      await shown.close();
      const again = await people.open(copyOf(copy), keys[0]);
      expect(again.versions()[0]?.hand).toBe(null);
    }
  });

  it("AF7 two devices that file and accept the same answer at once end with it once", async () => {
    const people = new People();
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const [a, b] = [await people.open(one), await people.open(two)];
    a.splice(0, 0, "The cat sat.");
    a.settle();
    exchange(one, two);
    const seen = a.heads();
    for (const artifact of [a, b]) {
      const filed = artifact.propose({ kind: "pieces", pieces: [{ find: "cat", replace: "dog" }] }, seen, model);
      if (filed.kind !== "filed") throw new Error(filed.says);
      artifact.accept(filed.id);
    }
    exchange(one, two);
    expect([a.text(), b.text()]).toEqual(["The dog sat.", "The dog sat."]);
    expect(a.proposals()).toHaveLength(1);
  });

  it("AF7 devices that know different things beyond what the model saw file the same change, and some of the same hunks taken at once are there once", async () => {
    const people = new People();
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const [a, b] = [await people.open(one), await people.open(two)];
    a.splice(0, 0, "a\nb\nc\nd\ne\n");
    a.settle();
    exchange(one, two);
    const seen = a.heads();
    a.splice(a.text().length, 0, "of A\n");
    b.splice(0, 0, "of B\n");
    b.splice(0, 0, "and more of B\n");
    const edit = { kind: "whole", text: "A\nb\nC\nd\nE\n" } as const;
    for (const artifact of [a, b]) expect(artifact.propose(edit, seen, model).kind).toBe("filed");
    people.now += 1000;
    const [{ id: name } = { id: "" }] = a.proposals();
    const bodies = [one, two].map((doc) => [...doc.getMap<Uint8Array>("proposals").values()].map((body) => [...body]));
    expect(bodies[0]).toEqual(bodies[1]);
    a.accept(name, new Set([0, 1]));
    people.now += 1000;
    b.accept(name, new Set([1, 2]));
    exchange(one, two);
    expect(a.text()).toBe("and more of B\nof B\nA\nb\nC\nd\nE\nof A\n");
    expect(b.text()).toBe(a.text());
    expect(a.heads()).toEqual(b.heads());
    expect(a.versions().every(({ hand }) => hand !== null)).toBe(true);
  });

  it("AF7 taken here and rejected there at once: it is taken, and says so", async () => {
    const people = new People();
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const [a, b] = [await people.open(one), await people.open(two)];
    a.splice(0, 0, "The cat sat.");
    a.settle();
    exchange(one, two);
    const filed = a.propose({ kind: "whole", text: "The dog sat." }, a.heads(), model);
    if (filed.kind !== "filed") throw new Error(filed.says);
    exchange(one, two);
    b.reject(filed.id);
    a.accept(filed.id);
    exchange(one, two);
    for (const artifact of [a, b]) {
      expect(artifact.text()).toBe("The dog sat.");
      expect(artifact.proposals()).toMatchObject([{ choice: "accepted" }]);
      expect(artifact.accept(filed.id)).toBe(false);
    }
  });

  it("AF5 a whole new text leaves what the owner writes meanwhile in the lines that it leaves", async () => {
    const people = new People();
    const artifact = await people.open(new Y.Doc());
    artifact.splice(0, 0, "one\ntwo\nthree\n");
    const seen = artifact.heads();
    artifact.splice("one\ntwo".length, 0, ", my own");
    const filed = artifact.propose({ kind: "whole", text: "ONE\ntwo\nTHREE\n" }, seen, model);
    if (filed.kind !== "filed") throw new Error(filed.says);
    artifact.accept(filed.id);
    expect(artifact.text()).toBe("ONE\ntwo, my own\nTHREE\n");
  });

  it("AF8 an edit that does not fit tells the model why, and leaves nothing", async () => {
    const people = new People();
    const artifact = await people.open(new Y.Doc());
    artifact.splice(0, 0, "again and again");
    const says = (find: string): string => {
      const filed = artifact.propose({ kind: "pieces", pieces: [{ find, replace: "x" }] }, artifact.heads(), model);
      return filed.kind === "unfit" ? filed.says : "";
    };
    expect(says("never")).toContain("is not there");
    expect(says("again")).toContain("more than once");
    expect(says("")).toContain("nothing to find");
    expect(artifact.propose({ kind: "whole", text: "again and again" }, artifact.heads(), model).kind).toBe("unfit");
    expect(artifact.propose({ kind: "whole", text: "x" }, ["00".repeat(32)], model).kind).toBe("unfit");
    expect(artifact.proposals()).toEqual([]);
  });

  it("AF9 restoring brings the text back as a change, and loses nothing after it", async () => {
    const people = new People();
    const artifact = await people.open(new Y.Doc());
    artifact.rewrite("first");
    const was = artifact.heads();
    people.now += 3_600_000;
    artifact.rewrite("second");
    const later = artifact.heads();
    people.now += 3_600_000;
    artifact.restore(was);
    expect(artifact.text()).toBe("first");
    expect(artifact.textAt(later)).toBe("second");
    expect(artifact.versions()).toHaveLength(3);
    artifact.nameVersion(later, "  The\nsecond  one ");
    expect(artifact.versions().map(({ name }) => name)).toEqual([null, "The second one", null]);
  });

  it("AF10 a chunk that does not read is left out and told; the text is there", async () => {
    const people = new People();
    const doc = new Y.Doc();
    const artifact = await people.open(doc);
    artifact.splice(0, 0, "kept");
    artifact.settle();
    const [name = ""] = [...chunksOf(doc).keys()];
    const damaged: string[] = [];
    const bad = `${name.split("/")[0]}/incremental/bad`;
    const copy = copyOf(doc);
    chunksOf(copy).set(bad, Uint8Array.of(1, 2, 3));
    const again = await people.open(copy, undefined, damaged);
    expect(again.text()).toBe("kept");
    expect(damaged).toEqual([bad]);
    // And one that comes while it is open.
    chunksOf(doc).set(`${bad}2`, Uint8Array.of(0x85, 0x6f, 0x4a, 0x83, 9));
    expect(artifact.text()).toBe("kept");
  });

  it("AF11 a caret stays at its place while others write", async () => {
    const people = new People();
    const artifact = await people.open(new Y.Doc());
    artifact.splice(0, 0, "hello world");
    const caret = artifact.caretAt(6);
    artifact.splice(0, 0, "oh, ");
    expect(artifact.placeOf(caret)).toBe(10);
    expect(artifact.placeOf("nowhere")).toBeNull();
  });

  it("AF15 a sitting that goes on elsewhere is not taken away by who closes", async () => {
    const people = new People();
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const [a, b] = [await people.open(one), await people.open(two)];
    for (let word = 0; word < 20; word++) {
      a.splice(0, 0, "a ");
      b.splice(0, 0, "b ");
      for (const artifact of [a, b]) artifact.settle();
    }
    exchange(one, two);
    // Not joined for a while: A closes and folds, B goes on writing into its own.
    await a.close();
    b.splice(0, 0, "and more ");
    b.settle();
    exchange(one, two);
    const again = await people.open(copyOf(one));
    expect(again.text()).toBe(b.text());
    expect(again.text()).toContain("and more ");
    await b.close();
    exchange(one, two);
    expect((await people.open(copyOf(one))).text()).toBe(again.text());
  });

  it("AF12 closing folds what was saved in small pieces", async () => {
    const people = new People();
    const doc = new Y.Doc();
    const artifact = await people.open(doc);
    for (let letter = 0; letter < 300; letter++) {
      artifact.splice(letter, 0, "x");
      artifact.settle();
    }
    const written = Y.encodeStateAsUpdate(doc).length;
    await artifact.close();
    expect(chunksOf(doc).size).toBe(1);
    expect(doc.getMap("sittings").size).toBe(0);
    const again = await people.open(copyOf(doc));
    expect(again.text()).toBe("x".repeat(300));
    expect(
      again.versions().every(({ hand }) => hand !== null),
      "and who wrote it is still vouched for",
    ).toBe(true);
    const folded = Y.encodeStateAsUpdate(doc).length;
    expect(folded, `${written} bytes before`).toBeLessThan(2_000);
  });
});

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
}
