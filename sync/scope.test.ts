import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  applyUpdate,
  Doc,
  encodeStateAsUpdate,
  encodeStateVector,
  mergeUpdates,
  Map as YMap,
  Text as YText,
} from "yjs";
import { runIdFromBytes } from "#crypto/ids.ts";
import { runRoots } from "./docs/run.ts";
import { createScope, type Scope } from "./scope.ts";

const run = runIdFromBytes(new Uint8Array(16).fill(1));
const otherRun = runIdFromBytes(new Uint8Array(16).fill(2));
const clientId = 0x12345678;
const roots = runRoots(run);

/** A lane as a host has it: an empty doc with a fixed clientID, and each transaction's update. */
function lane(id = clientId) {
  const doc = new Doc();
  doc.clientID = id;
  const text = doc.getText(roots.text);
  const capture = (work: () => void): Uint8Array => {
    const updates: Uint8Array[] = [];
    const keep = (update: Uint8Array): unknown => updates.push(update);
    doc.on("update", keep);
    doc.transact(work);
    doc.off("update", keep);
    return updates[0] ?? encodeStateAsUpdate(new Doc());
  };
  return {
    doc,
    text,
    capture,
    say: (words: string) => capture(() => text.insert(text.length, words)),
    think: (words: string) =>
      capture(() => {
        const type = doc.getText(roots.thinking);
        type.insert(type.length, words);
      }),
    push: (...values: unknown[]) => capture(() => doc.getArray(roots.steps).push(values)),
    meta: (key: string, value: unknown) => capture(() => doc.getMap(roots.meta).set(key, value)),
    final: () => encodeStateAsUpdate(doc),
  };
}

type Lane = ReturnType<typeof lane>;

const scopeOf = (bytesMax = 1_000_000): Scope => createScope({ run, clientId, bytesMax });

/** A scope and a lane that have said "Hello" to each other. */
function begun() {
  const host = lane();
  const scope = scopeOf();
  expect(scope.check(host.say("Hello"))).toBe(null);
  return { host, scope };
}

describe("scope", () => {
  test("SC1 an answer as a host writes it passes, batch by batch", () => {
    const host = lane();
    const scope = scopeOf();
    const updates = [
      host.meta("acceptedAt", 1_700_000_000_000),
      host.capture(() => {
        host.doc.getMap(roots.meta).set("label", "Guide, not a model");
        host.doc.getMap(roots.meta).set("queueMs", 3);
      }),
      host.think("let me see"),
      host.say("Hel"),
      host.capture(() => {
        host.text.insert(3, "lo ");
        host.text.insert(6, "wörld 😀");
        host.doc.getText(roots.thinking).insert(10, " more");
        host.doc.getArray(roots.steps).push([{ kind: "cite", at: 3 }, ["x"], null]);
        host.text.insert(host.text.length, "!");
      }),
      host.push({ kind: "cite" }),
      host.meta("error", { code: "drop", says: "It went away." }),
      host.capture(() => {
        host.doc.getMap(roots.meta).set("totalMs", 12.5);
        host.doc.getMap(roots.meta).set("end", "done");
      }),
    ];
    for (const update of updates) expect(scope.check(update)).toBe(null);
    expect(scope.isEnded).toBe(true);
    const device = new Doc();
    for (const update of updates) applyUpdate(device, update);
    expect(device.getText(roots.text).toString()).toBe("Hello wörld 😀!");
  });

  const violations: [string, string, (host: Lane) => Uint8Array][] = [
    ["SC2", "inserting in the middle", (host) => host.capture(() => host.text.insert(1, "X"))],
    ["SC2", "inserting in front", (host) => host.capture(() => host.text.insert(0, "X"))],
    ["SC3", "deleting", (host) => host.capture(() => host.text.delete(0, 1))],
    [
      "SC3",
      "deleting its own words and writing others",
      (host) => host.capture(() => (host.text.delete(0, 5), host.text.insert(0, "x"))),
    ],
    ["SC4", "formatting", (host) => host.capture(() => host.text.format(0, 2, { bold: true }))],
    ["SC4", "appending with a format", (host) => host.capture(() => host.text.insert(5, "x", { bold: true }))],
    ["SC4", "embedding an object", (host) => host.capture(() => host.text.insertEmbed(5, { image: "x" }))],
    ["SC4", "an attribute of the text", (host) => host.capture(() => host.text.setAttribute("k", "v"))],
    ["SC5", "a person's messages", (host) => host.capture(() => host.doc.getMap("messages").set("q1", "forged"))],
    ["SC5", "a request", (host) => host.capture(() => host.doc.getMap("requests").set(run, "forged"))],
    ["SC5", "the draft", (host) => host.capture(() => host.doc.getText("draft").insert(0, "forged"))],
    [
      "SC5",
      "another run's answer",
      (host) => host.capture(() => host.doc.getText(`gen/${otherRun}`).insert(0, "forged")),
    ],
    ["SC5", "another run's meta", (host) => host.capture(() => host.doc.getMap(`meta/${otherRun}`).set("end", "done"))],
    ["SC5", "a map key on its own text", () => fresh((doc) => doc.getMap(roots.text).set("x", 1))],
    ["SC5", "a list where its map is", (host) => host.capture(() => host.doc.getArray(roots.meta).push([1]))],
    ["SC6", "a nested type as a step", (host) => host.push(new YMap([["a", 1]]))],
    ["SC6", "a nested text in meta", (host) => host.meta("label", new YText("x"))],
    ["SC6", "a subdocument", (host) => host.push(new Doc())],
    ["SC6", "bytes as a step", (host) => host.push(new Uint8Array([1]))],
    ["SC6", "a number that is none", (host) => host.push(Number.NaN)],
    ["SC6", "a step nested too deeply", (host) => host.push(JSON.parse("[".repeat(40) + "]".repeat(40)))],
    ["SC6", "a big integer", (host) => host.push({ a: 12n })],
    ["SC7", "an unknown meta key", (host) => host.meta("colour", "x")],
    ["SC7", "a meta key that every object has", (host) => host.meta("constructor", "x")],
    ["SC7", "a title longer than a line", (host) => host.meta("title", "x".repeat(121))],
    ["SC7", "a title that is no text", (host) => host.meta("title", 1)],
    ["SC7", "an end that is none", (host) => host.meta("end", "great")],
    ["SC7", "a text where a time belongs", (host) => host.meta("acceptedAt", "now")],
    ["SC7", "a negative count", (host) => host.meta("promptTokens", -1)],
    ["SC7", "a label of a page", (host) => host.meta("label", "x".repeat(201))],
    ["SC7", "an error with more fields", (host) => host.meta("error", { code: "x", says: "y", link: "z" })],
    ["SC8", "an update over its size", (host) => host.say("x".repeat(65_537))],
    ["SC8", "garbage", () => new Uint8Array([255, 255, 255, 255, 255])],
    ["SC8", "nothing at all", () => new Uint8Array()],
    ["SC8", "an empty update", () => encodeStateAsUpdate(new Doc())],
  ];
  test.each(violations)("%s %s is refused", (_rule, _name, violate) => {
    const { host, scope } = begun();
    expect(scope.check(violate(host))).not.toBe(null);
  });

  test("SC2 pushing a step before the others is refused", () => {
    const { host, scope } = begun();
    expect(scope.check(host.push(1, 2))).toBe(null);
    expect(scope.check(host.capture(() => host.doc.getArray(roots.steps).insert(0, [0])))).toBe("not appended");
  });

  test("SC7 a meta key set twice is refused", () => {
    const { host, scope } = begun();
    expect(scope.check(host.meta("model", "a"))).toBe(null);
    expect(scope.check(host.meta("model", "b"))).not.toBe(null);
  });

  test("SC7 a meta key set twice without naming the first is refused", () => {
    const { scope } = begun();
    const again = lane();
    again.say("Hello");
    expect(scope.check(again.meta("model", "a"))).toBe(null);
    const blind = lane();
    blind.say("Hello!");
    expect(scope.check(blind.meta("model", "b"))).toBe("set twice");
  });

  test("SC1 a second beginning of the text is refused", () => {
    const { scope } = begun();
    const other = lane();
    other.think("Hello");
    expect(scope.check(other.say("World"))).toBe("not appended");
  });

  test("SC1 a replay, a gap and a foreign client are refused", () => {
    const host = lane();
    const first = host.say("Hello");
    const second = host.say(" world");
    const third = host.say("!");
    const replayed = scopeOf();
    expect([replayed.check(first), replayed.check(first)]).toEqual([null, "replay"]);
    const gapped = scopeOf();
    expect([gapped.check(first), gapped.check(third)]).toEqual([null, "gap"]);
    expect(scopeOf().check(lane(77).say("x"))).toBe("another client");
    expect(scopeOf().check(mergeUpdates([first, third]))).not.toBe(null);
    expect(scopeOf().check(mergeUpdates([first, second]))).toBe(null);
    const two = new Doc();
    applyUpdate(two, lane(77).say("x"));
    applyUpdate(two, first);
    expect(scopeOf().check(encodeStateAsUpdate(two))).toBe("another client");
  });

  test("SC1 appending to what another client wrote is refused", () => {
    const { host, scope } = begun();
    const person = new Doc();
    applyUpdate(person, host.final());
    person.getText(roots.text).insert(5, " I say");
    applyUpdate(host.doc, encodeStateAsUpdate(person));
    expect(scope.check(host.say("!"))).toBe("not appended");
  });

  test("SC7 nothing may follow the end", () => {
    const { host, scope } = begun();
    expect(scope.check(host.meta("end", "stopped"))).toBe(null);
    expect(scope.check(host.say("one more"))).toBe("after the end");
  });

  test("SC8 a run over its size is refused", () => {
    const host = lane();
    const scope = scopeOf(1_000);
    const outcomes = Array.from({ length: 40 }, () => scope.check(host.say("x".repeat(40))));
    expect(outcomes[0]).toBe(null);
    expect(outcomes.at(-1)).toBe("run too large");
  });

  test("SC8 after one violation nothing more is taken", () => {
    const { host, scope } = begun();
    scope.check(new Uint8Array([9]));
    expect(scope.check(host.say(" world"))).not.toBe(null);
    expect(scope.checkFinal(host.final())).not.toBe(null);
  });

  describe("final", () => {
    test("SC9 one that repeats and extends what was received passes, and ends the run", () => {
      const { host, scope } = begun();
      scope.check(host.think("hm"));
      host.say(" world");
      host.push(1);
      host.meta("end", "done");
      expect(scope.checkFinal(host.final())).toBe(null);
      expect(scope.isEnded).toBe(true);
      expect(scopeOf().checkFinal(host.final())).toBe(null);
    });

    test("SC9 the very same state passes", () => {
      const { host, scope } = begun();
      scope.check(host.meta("end", "done"));
      expect(scope.checkFinal(host.final())).toBe(null);
    });

    const rewrites: [string, Lane][] = [
      ["says something else", laneThat((host) => host.say("Hullo there"))],
      ["is shorter", laneThat((host) => host.say("Hel"))],
      ["puts the same operations in another place", laneThat((host) => [host.think("Hello"), host.say("Hello")])],
      ["puts one of them in another place", laneThat((host) => [host.say("Hell"), host.think("o"), host.say("o")])],
    ];
    test.each(rewrites)("SC9 one that %s is refused", (_name, host) => {
      expect(begun().scope.checkFinal(host.final())).not.toBe(null);
    });

    test("SC9 one that changes a step or a meta value is refused", () => {
      const scope = scopeOf();
      const host = lane();
      scope.check(host.push({ a: 1 }));
      scope.check(host.meta("model", "a"));
      const other = lane();
      other.push({ a: 2 });
      other.meta("model", "a");
      expect(scope.checkFinal(other.final())).toBe("final differs");
      const honest = scopeOf();
      const again = lane();
      honest.check(again.push({ a: 1 }));
      honest.check(again.meta("model", "a"));
      expect(honest.checkFinal(host.final())).toBe(null);
    });

    test("SC9 one that deletes is refused", () => {
      const { host, scope } = begun();
      host.capture(() => host.text.delete(0, 1));
      expect(scope.checkFinal(host.final())).toBe("deletes");
    });
  });

  test("a scope resumed from the doc goes on where the other was, and knows what was written", () => {
    const { host } = begun();
    const doc = new Doc();
    doc.getMap("messages").set("q1", "a person's words");
    doc.getText("draft").insert(0, "abc");
    doc.getText("draft").delete(0, 1);
    applyUpdate(doc, host.final());
    const resumed = (): Scope => createScope({ run, clientId, bytesMax: 1_000_000, resumeFrom: doc });
    expect(resumed().check(host.capture(() => host.text.insert(1, "X")))).toBe("not appended");
    const honest = lane();
    const first = honest.say("Hello");
    expect(resumed().check(first)).toBe("replay");
    expect(resumed().check(honest.say(" world"))).toBe(null);
    expect(resumed().checkFinal(honest.final())).toBe(null);
    expect(resumed().checkFinal(laneThat((other) => other.say("Hullo there")).final())).toBe("final differs");
  });

  test("any way of cutting an honest answer into batches passes, and so does its final after any of them", () => {
    const part = fc.oneof(
      fc.tuple(fc.constant("say" as const), fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 })),
      fc.tuple(fc.constant("think" as const), fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 })),
      fc.tuple(fc.constant("push" as const), fc.string({ maxLength: 4 })),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(part, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        fc.nat(8),
        (batches, heard) => {
          const host = lane();
          const scope = scopeOf();
          const listener = new Doc();
          batches.forEach((batch, index) => {
            const update = host.capture(() => {
              for (const [what, words] of batch) {
                if (what === "push") host.doc.getArray(roots.steps).push([words]);
                else {
                  const type = host.doc.getText(what === "say" ? roots.text : roots.thinking);
                  type.insert(type.length, words);
                }
              }
            });
            if (index >= heard) return;
            expect(scope.check(update)).toBe(null);
            applyUpdate(listener, update);
          });
          expect(scope.checkFinal(host.final())).toBe(null);
          applyUpdate(listener, host.final());
          expect(listener.getText(roots.text).toString()).toBe(host.text.toString());
        },
      ),
    );
  });

  test("no update that passes ever changes what others wrote", () => {
    const honest = lane();
    const seeds = [
      honest.say("Hello"),
      honest.think("hm"),
      honest.push({ a: 1 }, 2),
      honest.meta("model", "m"),
      honest.final(),
    ];
    let passed = 0;
    fc.assert(
      fc.property(
        fc.nat(seeds.length - 1),
        fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
        (which, flips) => {
          const bytes = Uint8Array.from(seeds[which] ?? []);
          for (const [at, value] of flips) if (bytes.length > 0) bytes[at % bytes.length] = value;
          const scope = scopeOf();
          if (scope.check(bytes) !== null) return;
          passed += 1;
          const doc = new Doc();
          doc.getMap("messages").set("q1", new YText("a person's words"));
          doc.getText("draft").insert(0, "a draft");
          const before = JSON.stringify([doc.getMap("messages"), doc.getText("draft")]);
          applyUpdate(doc, bytes);
          const after = JSON.stringify([doc.getMap("messages"), doc.getText("draft")]);
          expect(after).toBe(before);
          const allowed = new Set<string>(["messages", "draft", ...Object.values(roots)]);
          expect([...doc.share.keys()].filter((name) => !allowed.has(name))).toEqual([]);
        },
      ),
      { numRuns: 3_000 },
    );
    expect(passed).toBeGreaterThan(20);
  });

  test("a long answer is checked in linear time", () => {
    const host = lane();
    const scope = scopeOf(4_194_304);
    const updates = Array.from({ length: 4_000 }, () => host.say("sixteen letters."));
    const before = performance.now();
    for (const update of updates) expect(scope.check(update)).toBe(null);
    expect(scope.checkFinal(host.final())).toBe(null);
    expect(performance.now() - before).toBeLessThan(15_000);
  });
});

/** A lane that never wrote its text, so that the name is free for a type of another kind. */
function fresh(work: (doc: Doc) => unknown): Uint8Array {
  const doc = new Doc();
  doc.clientID = clientId;
  doc.transact(() => {
    doc.getText(roots.thinking).insert(0, "Hello");
  });
  const before = encodeStateVector(doc);
  work(doc);
  return encodeStateAsUpdate(doc, before);
}

function laneThat(work: (host: Lane) => unknown): Lane {
  const host = lane();
  work(host);
  return host;
}
