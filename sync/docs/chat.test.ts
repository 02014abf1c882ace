import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate, Map as YMap, Text as YText } from "yjs";
import { authorIdFromBytes, runIdFromBytes, type RunId } from "#crypto/ids.ts";
import { createChat, type Chat } from "./chat.ts";
import type { ChatChange } from "./chatChange.ts";
import { runRoots } from "./run.ts";

const device = authorIdFromBytes(new Uint8Array(16).fill(9));
const run = (byte: number): RunId => runIdFromBytes(new Uint8Array(16).fill(byte));
const newChat = (): Chat => createChat(new Doc());

function ask(chat: Chat, number: number, parent: string | null, at = number): void {
  chat.ask({
    run: run(number),
    question: `q${number}`,
    answer: `a${number}`,
    parent,
    text: `question ${number}`,
    model: null,
    device,
    at,
  });
}

const ids = (messages: readonly { id: string }[]): string[] => messages.map((message) => message.id);
const write = (chat: Chat, number: number, text: string): void => {
  const type = chat.doc.getText(runRoots(run(number)).text);
  type.insert(type.length, text);
};
const setMeta = (chat: Chat, number: number, key: string, value: unknown): unknown =>
  chat.doc.getMap(runRoots(run(number)).meta).set(key, value);

describe("chat", () => {
  test("a thread is its messages in order, and an answer's text is what the host wrote", () => {
    const chat = newChat();
    ask(chat, 1, null);
    ask(chat, 2, "a1");
    write(chat, 1, "Hello");
    expect(ids(chat.thread())).toEqual(["q1", "a1", "q2", "a2"]);
    expect(chat.message("a1")).toMatchObject({ role: "assistant", text: "Hello", run: run(1), parent: "q1" });
    write(chat, 1, " there");
    expect(chat.message("a1")?.text).toBe("Hello there");
    expect(ids(chat.path("q2"))).toEqual(["q1", "a1", "q2"]);
    expect(chat.path("nowhere")).toEqual([]);
  });

  test("a message is pinned on any branch and on any device, and let go again; one that is gone is not among them", () => {
    const chat = newChat();
    ask(chat, 1, null);
    ask(chat, 2, "a1");
    ask(chat, 3, "a1");
    chat.setPinned("a2", 20);
    chat.setPinned("a1", 20);
    chat.setPinned("q1", 30);
    chat.setPinned("q1", 40);
    chat.setPinned("nowhere", 40);
    expect(ids(chat.pinned())).toEqual(["q1", "a1", "a2"]);
    chat.setPinned("a1", null);
    const other = newChat();
    applyUpdate(other.doc, encodeStateAsUpdate(chat.doc));
    expect(ids(other.pinned())).toEqual(["q1", "a2"]);
    other.setPinned("q1", null);
    other.setDeleted("q2", 50);
    applyUpdate(chat.doc, encodeStateAsUpdate(other.doc));
    expect(ids(chat.pinned())).toEqual([]);
    chat.setDeleted("q2", null);
    expect(ids(chat.pinned())).toEqual(["a2"]);
  });

  test("another answer and another question are branches; the newest is shown", () => {
    const chat = newChat();
    ask(chat, 1, null);
    ask(chat, 2, "a1");
    chat.askAgain({ run: run(3), question: "q1", answer: "a3", model: null, device, at: 3 });
    expect(ids(chat.thread())).toEqual(["q1", "a3"]);
    expect(ids(chat.thread("a1"))).toEqual(["q1", "a1", "q2", "a2"]);
    expect(chat.siblings("a3")).toEqual(["a1", "a3"]);
    ask(chat, 4, null);
    expect(chat.siblings("q4")).toEqual(["q1", "q4"]);
    expect(ids(chat.thread())).toEqual(["q4", "a4"]);
  });

  test("how long a model is to think stands with its request, and goes on with what goes on from it", () => {
    const chat = newChat();
    const [question, parent, text, model, at] = ["q1", null, "why?", null, 1] as const;
    chat.ask({ run: run(1), question, answer: "a1", parent, text, model, device, at, effort: "high" });
    expect(chat.request(run(1))?.effort).toBe("high");
    chat.continueRun({ run: run(2), answer: "a2", device, at, continues: run(1), isAutomatic: true });
    expect(chat.request(run(2))?.effort).toBe("high");
    ask(chat, 3, null);
    expect(chat.request(run(3))?.effort).toBeNull();
    chat.doc.getMap<YMap<unknown>>("requests").get(run(3))?.set("effort", "forever");
    expect(chat.request(run(3))?.effort, "no word of ours").toBeNull();
  });

  test("what follows is shown even when a clock went backwards", () => {
    const chat = newChat();
    ask(chat, 1, null, 1000);
    ask(chat, 2, "a1", 5);
    expect(ids(chat.thread())).toEqual(["q1", "a1", "q2", "a2"]);
  });

  test("two devices that ask at the same time both keep their question", () => {
    const a = newChat();
    const b = newChat();
    ask(a, 1, null);
    applyUpdate(b.doc, encodeStateAsUpdate(a.doc));
    ask(a, 2, "a1");
    ask(b, 3, "a1");
    applyUpdate(a.doc, encodeStateAsUpdate(b.doc));
    applyUpdate(b.doc, encodeStateAsUpdate(a.doc));
    expect(a.siblings("q2")).toEqual(["q2", "q3"]);
    expect(ids(a.thread())).toEqual(ids(b.thread()));
  });

  test("the states of a run are read from the document", () => {
    const chat = newChat();
    ask(chat, 1, null);
    const status = (): string => chat.run(run(1)).status;
    expect(status()).toBe("requested");
    expect(chat.pendingRuns()).toEqual([run(1)]);
    setMeta(chat, 1, "acceptedAt", 5);
    expect(status()).toBe("accepted");
    expect(chat.pendingRuns()).toEqual([]);
    expect(chat.activeRuns()).toEqual([run(1)]);
    write(chat, 1, "x");
    expect(status()).toBe("streaming");
    chat.stop(run(1), 7);
    expect(status()).toBe("streaming");
    chat.markInterrupted(run(1), 8);
    expect(status()).toBe("interrupted");
    setMeta(chat, 1, "end", "done");
    expect(status()).toBe("done");
    expect(chat.activeRuns()).toEqual([]);
  });

  test("a request nobody has taken can be withdrawn or stopped; one that was taken cannot be withdrawn", () => {
    const chat = newChat();
    ask(chat, 1, null);
    ask(chat, 2, "a1");
    ask(chat, 3, "a2");
    chat.withdraw(run(1), 5);
    chat.stop(run(2), 5);
    setMeta(chat, 3, "acceptedAt", 5);
    chat.withdraw(run(3), 6);
    expect([1, 2, 3].map((number) => chat.run(run(number)).status)).toEqual(["withdrawn", "stopped", "accepted"]);
    expect(chat.pendingRuns()).toEqual([]);
  });

  test("a view carries what the host said about the run", () => {
    const chat = newChat();
    ask(chat, 1, null);
    for (const [key, value] of Object.entries({
      label: "Guide, not a model",
      model: "guide",
      where: "this host",
      queueMs: 3,
      firstTokenMs: 40,
      promptTokens: 5,
      completionTokens: 6,
      end: "failed",
      error: { code: "backend-away", says: "Start it again." },
    })) {
      setMeta(chat, 1, key, value);
    }
    expect(chat.run(run(1))).toEqual({
      run: run(1),
      status: "failed",
      text: "",
      thinking: "",
      label: "Guide, not a model",
      model: "guide",
      where: "this host",
      error: { code: "backend-away", says: "Start it again." },
      usage: { promptTokens: 5, completionTokens: 6 },
      timings: { queueMs: 3, firstTokenMs: 40, totalMs: null, tokensPerSecond: null },
      overlay: "",
      thinkingOverlay: "",
      reading: null,
      waitingUntil: null,
      title: null,
      sources: null,
      calls: [],
      found: [],
      dropped: 0,
      redacted: null,
      seen: null,
      filed: null,
      queue: null,
      continues: null,
      continuedBy: null,
      continuedAt: null,
    });
  });

  test("asking empties the draft that was asked, and no other", () => {
    const chat = newChat();
    chat.setDraft("question 1\n");
    ask(chat, 1, null);
    expect(chat.draft.toString()).toBe("");
    chat.setDraft("something else");
    ask(chat, 2, "a1");
    expect(chat.draft.toString()).toBe("something else");
  });

  test("two devices writing in one draft both keep their words", () => {
    const a = newChat();
    const b = newChat();
    a.setDraft("one three");
    applyUpdate(b.doc, encodeStateAsUpdate(a.doc));
    a.setDraft("one two three");
    b.setDraft("one three four");
    applyUpdate(a.doc, encodeStateAsUpdate(b.doc));
    expect(a.draft.toString()).toBe("one two three four");
  });

  test("a draft is what was set, whatever it was before, with emoji whole", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "😀", "😁", "e\u0301", "\n"), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const chat = newChat();
        chat.setDraft(before);
        chat.setDraft(after);
        const other = newChat();
        applyUpdate(other.doc, encodeStateAsUpdate(chat.doc));
        expect(chat.draft.toString()).toBe(after);
        expect(other.draft.toString()).toBe(after);
      }),
    );
  });

  test("observers hear what changed", () => {
    const chat = newChat();
    const heard: ChatChange[] = [];
    const leave = chat.observe((change) => heard.push(change));
    ask(chat, 1, null);
    write(chat, 1, "x");
    chat.setDraft("y");
    leave();
    write(chat, 1, "z");
    expect(heard).toEqual([
      { thread: true, draft: false, runs: new Set(), isBeside: false },
      { thread: false, draft: false, runs: new Set([run(1)]), isBeside: false },
      { thread: false, draft: true, runs: new Set(), isBeside: false },
    ]);
  });

  test("observers hear of words on their way, and that the document is as it was", () => {
    const chat = newChat();
    ask(chat, 1, null);
    const heard: ChatChange[] = [];
    chat.observe((change) => heard.push(change));
    chat.takeLive(run(1), { place: "text", offset: 0, text: "x" });
    write(chat, 1, "x");
    chat.clearLive(run(1));
    expect(heard.map(({ runs, isBeside }) => ({ runs: [...runs], isBeside }))).toEqual([
      { runs: [run(1)], isBeside: true },
      { runs: [run(1)], isBeside: false },
      { runs: [run(1)], isBeside: true },
    ]);
  });

  test("observers hear of a lane whose steps another of them has read before them", () => {
    const chat = newChat();
    ask(chat, 1, null);
    const lane = new Doc();
    const heard: ChatChange[] = [];
    chat.observe(() => chat.run(run(1)));
    chat.observe((change) => heard.push(change));
    lane.getArray(runRoots(run(1)).steps).push([{ kind: "call" }]);
    applyUpdate(chat.doc, encodeStateAsUpdate(lane));
    expect(heard.map((change) => [...change.runs])).toEqual([[run(1)]]);
  });

  test("observers hear of a lane that nobody has read yet", () => {
    const chat = newChat();
    const lane = new Doc();
    const heard: ChatChange[] = [];
    chat.observe((change) => heard.push(change));
    lane.getText(runRoots(run(1)).text).insert(0, "x");
    applyUpdate(chat.doc, encodeStateAsUpdate(lane));
    expect(heard.map((change) => [...change.runs])).toEqual([[run(1)]]);
  });

  test("messages in a circle, or under a parent that never came, do not hang a reader", () => {
    const chat = newChat();
    const messages = chat.doc.getMap<unknown>("messages");
    const put = (id: string, parent: unknown): unknown =>
      messages.set(
        id,
        new YMap<unknown>([
          ["parent", parent],
          ["role", "user"],
          ["device", device],
          ["at", 1],
          ["text", new YText(id)],
        ]),
      );
    put("x", "y");
    put("y", "x");
    put("self", "self");
    put("orphan", "gone");
    for (const id of ["x", "y", "self", "orphan"]) {
      expect(chat.thread(id).length).toBeGreaterThan(0);
      expect(chat.path(id).at(-1)?.id).toBe(id);
    }
    expect(ids(chat.path("orphan"))).toEqual(["orphan"]);
  });

  test("a chat of ten thousand messages is read without recursion, and fast", () => {
    const chat = newChat();
    chat.doc.transact(() => {
      for (let number = 0; number < 5_000; number++) {
        chat.ask({
          run: runIdFromBytes(new Uint8Array(16).map((_, at) => (number >> (at * 8)) & 255)),
          question: `q${number}`,
          answer: `a${number}`,
          parent: number === 0 ? null : `a${number - 1}`,
          text: "x",
          model: null,
          device,
          at: number,
        });
      }
    });
    const before = performance.now();
    expect(chat.thread().length).toBe(10_000);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test("whatever a hostile member writes, readers do not throw", () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        "q1",
        "a1",
        "user",
        "assistant",
        run(1),
        device,
        new Uint8Array([1]),
        Number.NaN,
        undefined,
      ),
      fc.string().map((text) => new YText(text)),
      fc.constant(null).map(
        () =>
          new YMap<unknown>([
            ["role", "user"],
            ["device", device],
            ["parent", 7],
            ["text", "t"],
          ]),
      ),
      fc.constant(null).map(() => new Doc()),
    );
    const root = fc.constantFrom("messages", "requests", runRoots(run(1)).meta);
    const key = fc.constantFrom(
      "q1",
      "a1",
      run(1),
      "parent",
      "role",
      "text",
      "run",
      "at",
      "end",
      "error",
      "stopAt",
      "constructor",
      "__proto__",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(root, fc.boolean(), key, key, anything), { maxLength: 12 }), (writes) => {
        const chat = newChat();
        ask(chat, 1, null);
        for (const [rootName, isNested, outer, inner, value] of writes) {
          const map = chat.doc.getMap<unknown>(rootName);
          const nested = map.get(outer);
          if (!isNested) map.set(outer, value);
          else if (nested instanceof YMap) nested.set(inner, value);
        }
        chat.doc.getText(runRoots(run(1)).text).insertEmbed(0, { image: 1 });
        for (const message of [...chat.thread(), ...chat.thread("q1"), ...chat.path("a1")]) {
          expect(typeof message.text).toBe("string");
        }
        for (const known of chat.runs()) chat.run(known);
        chat.siblings("q1");
        chat.pendingRuns();
        chat.stop(run(1), 1);
        chat.run(run(2));
      }),
      { numRuns: 300 },
    );
  });
});
