import "fake-indexeddb/auto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runIdFromBytes } from "#crypto/ids.ts";
import { createLiveRuns } from "./docs/liveRuns.ts";
import type { Chat } from "./docs/chat.ts";
import { runRoots } from "./docs/run.ts";
import { liveHoldMs } from "./limits.ts";
import type { OpenEntry } from "./openDocs.ts";
import { createOverlay } from "./overlay.ts";
import type { TestLane } from "./testing/testAgent.ts";
import { addTestDevice, sleep, until } from "./testing/testDevice.ts";
import { createTestWorld } from "./testing/testWorld.ts";

const run = runIdFromBytes(new Uint8Array(16).fill(1));
const place = "text" as const;

/** A world whose agent takes a run and then does only what the test says. */
async function createLiveWorld() {
  const taken = Promise.withResolvers<TestLane>();
  const world = await createTestWorld({ answer: async (lane) => taken.resolve(lane) });
  const id = await world.vault.createChat();
  const chat = await world.vault.openChat(id);
  const { run: asked } = await world.vault.ask(id, { text: "Tell me.", parent: null });
  const lane = await taken.promise;
  await lane.write((doc) => doc.getText(runRoots(asked).text).insert(0, "One "));
  await until(() => chat.value.run(asked).text === "One ", "the first word");
  return { ...world, id, chat, asked, lane };
}

describe("live text", () => {
  it("LV4 is laid over the document up to the first gap, and the document wins", () => {
    const live = createLiveRuns();
    live.take(run, { place, offset: 4, text: "two " });
    live.take(run, { place, offset: 8, text: "three " });
    live.take(run, { place, offset: 20, text: "lost before" });
    live.take(run, { place: "thinking", offset: 0, text: "hm" });
    expect(live.after(run, place, 4)).toBe("two three ");
    expect(live.after(run, "thinking", 0)).toBe("hm");
    expect(live.after(run, place, 0)).toBe("");
    expect(live.after(run, place, 10)).toBe("ree ");
    expect(live.after(run, place, 20)).toBe("lost before");
    live.clear(run);
    expect(live.after(run, place, 4)).toBe("");
  });

  it("LV8 how much of a question was read stands until its first word", () => {
    const live = createLiveRuns();
    expect(live.readingOf(run)).toBeNull();
    live.take(run, { place: "reading", offset: 40, text: "" });
    live.take(run, { place: "reading", offset: 60, text: "" });
    expect([live.readingOf(run), live.after(run, place, 0)]).toEqual([60, ""]);
    live.take(run, { place: "thinking", offset: 0, text: "hm" });
    expect(live.readingOf(run)).toBeNull();
  });

  it("LV4 whatever is lost or late, document and overlay together are a beginning of what was said", () => {
    const words = fc.array(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 5 }), { maxLength: 40 });
    const doings = fc.array(fc.record({ lose: fc.boolean(), cover: fc.nat(30), late: fc.boolean() }), {
      minLength: 40,
    });
    fc.assert(
      fc.property(words, doings, (said, each) => {
        const live = createLiveRuns();
        const whole = said.join("");
        let offset = 0;
        let covered = 0;
        for (const [index, text] of said.entries()) {
          const { lose = false, cover = 0, late = false } = each[index] ?? {};
          if (!lose) live.take(run, { place, offset, text });
          if (late) live.take(run, { place, offset: 0, text: said[0] ?? "" });
          offset += text.length;
          covered = Math.max(covered, offset - cover);
          const shown = whole.slice(0, covered) + live.after(run, place, covered);
          expect(whole.slice(0, offset).startsWith(shown)).toBe(true);
        }
        expect(live.after(run, place, whole.length)).toBe("");
      }),
    );
  });

  it("LV5 reaches a reader before the document, is nothing that lasts, and is replaced by what does", async () => {
    const { relay, device, vault, chat, asked, lane, id } = await createLiveWorld();
    const second = await addTestDevice(relay, device);
    const reader = await second.open();
    await until(() => reader.catalog.value.entry(id) !== null, "the second device knows the chat");
    const seen = await reader.openChat(id);
    await until(() => seen.value.run(asked).text === "One ", "the first word there");
    const appends = relay.received.filter(({ type }) => type === "append").length;
    lane.say({ place, offset: 4, text: "two " });
    lane.say({ place: "thinking", offset: 0, text: "hm" });
    for (const { value } of [chat, seen]) {
      await until(() => value.run(asked).thinkingOverlay === "hm", "the live words");
      expect(value.run(asked)).toMatchObject({ text: "One ", overlay: "two ", thinking: "", status: "streaming" });
      expect(value.message(value.thread()[1]?.id ?? "")?.text).toBe("One ");
    }
    expect(relay.received.filter(({ type }) => type === "append").length).toBe(appends);
    await lane.write((doc) => doc.getText(runRoots(asked).text).insert(4, "two three"));
    await until(() => chat.value.run(asked).text === "One two three", "the words that last");
    expect(chat.value.run(asked).overlay).toBe("");
    await lane.finish();
    await until(() => chat.value.run(asked).status === "done", "the end");
    lane.say({ place, offset: 13, text: "more" });
    await sleep(50);
    expect(chat.value.run(asked).overlay).toBe("");
    await reader.close();
    await vault.close();
  });

  it("LV1 LV2 LV3 of another lane, out of its order or under another key it is not shown", async () => {
    const { vault, chat, asked, lane } = await createLiveWorld();
    lane.say({ place, offset: 4, text: "two " }, { counter: 10 });
    await until(() => chat.value.run(asked).overlay === "two ", "the live word");
    lane.say({ place, offset: 8, text: "again" }, { counter: 10 });
    lane.say({ place, offset: 8, text: "earlier" }, { counter: 9 });
    lane.say({ place, offset: 8, text: "forged" }, { counter: 11, docKey: new Uint8Array(32) });
    lane.say({ place, offset: 8, text: "three" }, { counter: 12 });
    await until(() => chat.value.run(asked).overlay.length > 4, "the next live word");
    expect(chat.value.run(asked).overlay).toBe("two three");
    await vault.close();
  });

  it("LV6 words are looked for in the chat of the last one first, and in the others when it has let go of them", () => {
    const asked: string[] = [];
    let owner = "b";
    const entryOf = (name: string): OpenEntry<Chat> =>
      ({
        replica: {
          openLive: () => {
            asked.push(name);
            return name === owner ? { run, place, offset: 0, text: "x" } : null;
          },
        },
        value: { takeLive: () => {}, clearLive: () => {} },
      }) as unknown as OpenEntry<Chat>;
    let open = ["a", "b"].map(entryOf);
    const clock = { now: () => 0, after: () => () => {} };
    const overlay = createOverlay({ clock, chats: () => open });
    const say = (): string => {
      asked.length = 0;
      overlay.take("lane", 1, new Uint8Array(0));
      return asked.join(" ");
    };
    expect([say(), say()]).toEqual(["a b", "b"]);
    owner = "a";
    expect([say(), say()]).toEqual(["b a", "a"]);
    open = [entryOf("c"), entryOf("a")];
    expect([say(), say()]).toEqual(["c a", "a"]);
    owner = "nobody";
    expect(say()).toBe("a c");
    overlay.close();
  });

  it("LV6 what the document does not cover in time is taken down", async () => {
    const { vault, chat, asked, lane } = await createLiveWorld();
    lane.say({ place, offset: 4, text: "never stored" });
    await until(() => chat.value.run(asked).overlay !== "", "the live words");
    await until(() => chat.value.run(asked).overlay === "", "taken down", liveHoldMs + 2_000);
    expect(chat.value.run(asked).text).toBe("One ");
    await vault.close();
  });
});
