/** What is typed before there is anything to type into: the page, the chat that the first letter makes, and its draft, at whatever pace each of them comes. */
import { createRoot, createSignal } from "solid-js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DocId } from "#crypto/ids.ts";
import type { Thread } from "../bridge/createThread.ts";
import { createDraft, type DraftField } from "../chat/createDraft.ts";
import { createBeginning } from "./createBeginning.ts";

// As it runs in a browser: what Node is given of it runs no effects. It has no types under this name.
const { solid } = vi.hoisted((): { solid: string } => ({ solid: "solid-js/dist/solid.js" }));
vi.mock("solid-js", () => import(solid));

interface Route {
  chat(): DocId | null;
  go(id: DocId | null): void;
}
const route = vi.hoisted((): Route => ({ chat: () => null, go: () => undefined }));
vi.mock("./route.ts", () => ({
  routedChat: () => route.chat(),
  routedProject: () => null,
  goToChat: (id: DocId | null) => route.go(id),
}));

const [first, other] = ["first", "other"] as unknown as readonly [DocId, DocId];

/** Drafts as the vault keeps them. What it is asked for comes once it is let come. */
function createWorld() {
  const drafts = new Map<DocId, string>([[other, "Theirs. "]]);
  const [chat, setChat] = createSignal<DocId | null>(null);
  const [opened, setOpened] = createSignal<DocId | null>(null);
  Object.assign(route, { chat, go: setChat });
  const waiting: (() => void)[] = [];
  const later = <T>(value: () => T): Promise<T> => new Promise((done) => waiting.push(() => done(value())));
  const open = (id: DocId): Thread =>
    ({
      id,
      draft: () => drafts.get(id) ?? "",
      setDraft: (text: string) => void drafts.set(id, text),
    }) as unknown as Thread;
  const vault = {
    createChat: () => later(() => first),
    moveChat: () => Promise.resolve(),
    openChat: (id: DocId) =>
      later(() => ({ value: { ...open(id), draft: drafts.get(id) ?? "" }, close: () => undefined })),
  } as unknown as Parameters<typeof createBeginning>[0]["vault"];
  const made = createRoot((dispose): { readonly draft: DraftField; dispose(): void } => {
    const shown = new Map<DocId, Thread>();
    const thread = (): Thread | null => {
      const id = opened();
      if (id === null || id !== chat()) return null;
      const known = shown.get(id) ?? open(id);
      shown.set(id, known);
      return known;
    };
    const beginning = createBeginning({ vault, thread, adopt: () => undefined });
    const draft = createDraft({
      ...{ chat, thread, isSending: () => false, field: () => undefined },
      keepTyped: (typed) => void beginning.keep(typed),
      isBegun: beginning.isBegun,
    });
    return { draft, dispose };
  });
  return {
    ...made,
    drafts,
    go: (id: DocId | null) => void setChat(id),
    show: (id: DocId) => void setOpened(id),
    /** All that was asked for until now, and what follows from it. */
    come: async () => {
      for (const each of waiting.splice(0)) each();
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    },
  };
}

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  world = createWorld();
});
afterEach(() => {
  world.dispose();
  vi.unstubAllGlobals();
});

it("what is typed while its chat is made and opened is in its draft once", async () => {
  const { draft, drafts, come, show } = world;
  draft.write("a");
  draft.write("ab");
  await come();
  draft.write("abc");
  await come();
  await come();
  expect(drafts.get(first)).toBe("abc");
  show(first);
  expect([draft.text(), drafts.get(first)]).toEqual(["abc", "abc"]);
  draft.write("abcd");
  expect(drafts.get(first)).toBe("abcd");
});

it("who leaves the chat they began and comes back adds to it, and does not begin it anew", async () => {
  const { draft, drafts, come, show, go } = world;
  draft.write("Begun. ");
  await come();
  await come();
  show(first);
  go(other);
  show(other);
  expect(draft.text()).toBe("Theirs. ");
  go(first);
  draft.write("More.");
  await come();
  await come();
  show(first);
  expect([draft.text(), drafts.get(first)]).toEqual(["Begun. More.", "Begun. More."]);
});

it("letters go into the draft of the chat they were typed in, also when another is opened before they are stored", async () => {
  const { draft, drafts, come, show, go } = world;
  draft.write("Begun.");
  await come();
  go(other);
  draft.write("For the other.");
  await come();
  await come();
  expect(drafts.get(first)).toBe("Begun.");
  show(other);
  expect([draft.text(), drafts.get(other)]).toEqual(["Theirs. For the other.", "Theirs. For the other."]);
});

it("what was typed into a chat that was left before it could be shown is added to its draft", async () => {
  const { draft, drafts, come, show, go } = world;
  go(other);
  draft.write("Typed early.");
  go(null);
  await come();
  expect([draft.text(), drafts.get(other)]).toEqual(["", "Theirs. Typed early."]);
  go(other);
  show(other);
  draft.write("Theirs. Once.");
  go(null);
  await come();
  expect(drafts.get(other)).toBe("Theirs. Once.");
});

it("who goes on to another chat while theirs is still being made stays there, and the words are kept", async () => {
  const { draft, drafts, come, go } = world;
  draft.write("Begun.");
  go(other);
  await come();
  await come();
  expect([route.chat(), drafts.get(first)]).toEqual([other, "Begun."]);
});

it("a chat that was left before its words were stored has them, when the next one is begun at once", async () => {
  const { draft, drafts, come, go } = world;
  draft.write("Begun.");
  await come();
  go(null);
  draft.write("N");
  await come();
  expect(drafts.get(first)).toBe("Begun.");
});

it("what was sent before its chat could be shown is no draft any more", async () => {
  const { draft, drafts, come, show } = world;
  draft.write("Sent. ");
  await come();
  draft.settle("Sent. ");
  await come();
  await come();
  show(first);
  expect([draft.text(), drafts.get(first)]).toEqual(["", ""]);
});

it("what was sent before its chat could be shown is taken out behind the draft that stood there", async () => {
  const { draft, drafts, show, go } = world;
  go(other);
  draft.write("Sent.");
  show(other);
  expect(draft.text()).toBe("Theirs. Sent.");
  draft.write("Theirs. Sent. And more.");
  draft.settle("Sent.");
  expect([draft.text(), drafts.get(other)]).toEqual(["Theirs. And more.", "Theirs. And more."]);
  // From then on all of it is what is sent.
  draft.settle("Theirs. And more.");
  expect(draft.text()).toBe("");
});
