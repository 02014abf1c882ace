import { describe, expect, it } from "vitest";
import { Doc, encodeStateAsUpdate, applyUpdate } from "yjs";
import { authorIdFromBytes, runIdFromBytes, type RunId } from "#crypto/ids.ts";
import { createChat, type Chat } from "./chat.ts";
import { runRoots } from "./run.ts";

const device = authorIdFromBytes(new Uint8Array(16).fill(9));
const run = (n: number): RunId => runIdFromBytes(new Uint8Array(16).fill(n));

function askedChat(text = "One two thr"): Chat {
  const chat = createChat(new Doc());
  chat.ask({ run: run(1), question: "q", answer: "a1", parent: null, text: "Count", model: null, device, at: 1 });
  write(chat, 1, text, { acceptedAt: 1 });
  chat.markInterrupted(run(1), 2);
  return chat;
}

function write(chat: Chat, n: number, text: string, meta: Record<string, unknown> = {}): void {
  const roots = runRoots(run(n));
  const already = chat.doc.getText(roots.text);
  already.insert(already.length, text);
  for (const [key, value] of Object.entries(meta)) chat.doc.getMap(roots.meta).set(key, value);
}

const goOn = (chat: Chat, from: number, n: number, isAutomatic = false): boolean =>
  chat.continueRun({ run: run(n), answer: `a${n}`, continues: run(from), device, at: 10 + n, isAutomatic });

const thread = (chat: Chat): (string | null)[] => chat.thread().map(({ text }) => text);

describe("an answer of several runs", () => {
  it("CN8 reads as one, cut where the later run began, in one place of the thread", () => {
    const chat = askedChat();
    expect(goOn(chat, 1, 2)).toBe(true);
    expect(chat.answer(run(1))).toMatchObject({ status: "requested", text: "One two thr", continuedBy: run(2) });
    write(chat, 2, "three four", { acceptedAt: 3, continuedAt: 8 });
    // What the first lane still managed to write is not shown twice.
    write(chat, 1, "ee fo");
    expect(chat.answer(run(1))).toMatchObject({ status: "streaming", text: "One two three four", continuedBy: run(2) });
    chat.markInterrupted(run(2), 9);
    expect(goOn(chat, 2, 3)).toBe(true);
    write(chat, 3, " five", { acceptedAt: 4, continuedAt: 10, end: "done" });
    expect(chat.answer(run(1))).toMatchObject({ status: "done", text: "One two three four five" });
    expect(chat.links(run(2))).toEqual([run(1), run(2), run(3)]);
    expect(thread(chat)).toEqual(["Count", "One two three four five"]);
    expect(chat.forks().size).toBe(0);
    expect(chat.siblings("a1")).toEqual(["a1"]);
  });

  it("CN5 one that began anew is a version beside it", () => {
    const chat = askedChat();
    goOn(chat, 1, 2);
    write(chat, 2, "Anew.", { acceptedAt: 3 });
    expect(chat.answer(run(1))).toMatchObject({ status: "interrupted", text: "One two thr", continuedBy: null });
    expect(chat.siblings("a1")).toEqual(["a1", "a2"]);
    expect(thread(chat)).toEqual(["Count", "Anew."]);
  });

  it("CN9 of two devices that continue it apart, one stands; what a host already wrote for the other is a whole version", () => {
    const [left, right] = [askedChat(), createChat(new Doc())];
    applyUpdate(right.doc, encodeStateAsUpdate(left.doc));
    goOn(left, 1, 2);
    goOn(right, 1, 3);
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const)
      applyUpdate(to.doc, encodeStateAsUpdate(from.doc));
    const winner = left.request(run(1))?.continuedBy;
    expect(right.request(run(1))?.continuedBy).toBe(winner);
    const other = winner === run(2) ? 3 : 2;
    expect(left.pendingRuns()).toEqual([winner]);
    expect(left.run(run(other)).status).toBe("withdrawn");
    expect(thread(left)).toEqual(["Count", "One two thr"]);
    write(left, other, " quatre", { acceptedAt: 3, continuedAt: 11 });
    expect(left.answer(run(other)).text).toBe("One two thr quatre");
    expect(left.siblings("a1")).toEqual(["a1", `a${other}`]);
  });

  it("CN10 one that came to nothing leaves the answer as it was, and it can be continued again", () => {
    const chat = askedChat();
    goOn(chat, 1, 2);
    expect(goOn(chat, 1, 3)).toBe(false);
    write(chat, 2, "", { acceptedAt: 3, continuedAt: 11, end: "failed", error: { code: "x", says: "Start it." } });
    expect(chat.answer(run(1))).toMatchObject({ status: "interrupted", text: "One two thr", error: { code: "x" } });
    expect(goOn(chat, 2, 3)).toBe(true);
    chat.withdraw(run(3), 5);
    expect(chat.answer(run(1))).toMatchObject({ status: "interrupted", text: "One two thr" });
    expect(goOn(chat, 2, 4)).toBe(true);
    write(chat, 4, "ee", { acceptedAt: 3, continuedAt: 0 });
    expect(thread(chat)).toEqual(["Count", "One two three"]);
  });

  it("CN11 a change to any of its runs is told of all before it, and a circle ends", () => {
    const chat = askedChat();
    goOn(chat, 1, 2);
    const told: RunId[] = [];
    chat.observe((change) => told.push(...change.runs));
    write(chat, 2, "x", { continuedAt: 11 });
    expect(told).toContain(run(1));
    const requests = chat.doc.getMap<{ set(key: string, value: unknown): void }>("requests");
    requests.get(run(1))?.set("continues", run(2));
    requests.get(run(2))?.set("continuedBy", run(1));
    write(chat, 1, "", { continuedAt: 0 });
    expect(chat.links(run(1)).length).toBeLessThan(4);
    expect(chat.answer(run(1)).text.length).toBeLessThan(40);
    chat.thread();
  });
});
