/** From an answer to artifacts and proposals: a host that writes as models do, and devices that file what it wrote. */
import "fake-indexeddb/auto";
import { Text as YText, Map as YMap, Array as YArray, type Doc } from "yjs";
import { afterEach, describe, expect, it } from "vitest";
import type { DocId, RunId } from "#crypto/ids.ts";
import type { SeenArtifact } from "./docs/answerArtifacts.ts";
import { readShownArtifacts } from "./docs/shownArtifacts.ts";
import { runRoots } from "./docs/run.ts";
import type { TestLane } from "./testing/testAgent.ts";
import { addTestDevice, until } from "./testing/testDevice.ts";
import { createTestWorld, untilLive, untilSettled } from "./testing/testWorld.ts";
import type { Vault } from "./vault.ts";

const open = new Set<Vault>();
afterEach(async () => {
  await Promise.all([...open].map((vault) => vault.close()));
  open.clear();
});

/** What the next answers say; each gets as `seen` what `seen` holds, and nothing about artifacts where that is `null`. */
const says: string[] = [];
let seen: readonly SeenArtifact[] | null = [];

async function answer(lane: TestLane): Promise<void> {
  const text = says.shift() ?? "";
  const roots = runRoots(lane.run);
  await lane.write((doc: Doc) => {
    if (seen !== null) doc.getArray(roots.steps).push([{ kind: "artifacts", seen: seen.map((each) => ({ ...each })) }]);
    doc.getText(roots.text).insert(0, text);
    doc.getMap(roots.meta).set("model", "qwen");
  });
  await lane.write((doc) => doc.getMap(roots.meta).set("end", "done"));
  await lane.finish();
}

async function ask(vault: Vault, chat: DocId, ...texts: string[]): Promise<RunId> {
  says.push(...texts);
  const { value, close } = await vault.openChat(chat);
  const { run } = await vault.ask(chat, { text: "Please.", parent: value.thread().at(-1)?.id ?? null });
  await until(() => value.run(run).status === "done", "it is answered");
  close();
  return run;
}

const filedOf = async (vault: Vault, chat: DocId, run: RunId) => {
  const { value, close } = await vault.openChat(chat);
  await until(() => value.run(run).filed !== null, "it is filed");
  close();
  return value.run(run).filed ?? [];
};

async function begin() {
  says.length = 0;
  seen = [];
  const world = await createTestWorld({ answer });
  open.add(world.vault);
  return { ...world, chat: await world.vault.createChat() };
}

describe("artifacts of answers", () => {
  it("FA1 a new one is made, with the model's hand, in the chat; the next question shows it as it is then", async () => {
    const { vault, chat } = await begin();
    const run = await ask(vault, chat, 'Here.\n<artifact title="Poem" kind="text">\nroses\n</artifact>\n');
    const [filed] = await filedOf(vault, chat, run);
    const id = vault.artifactOfAnswer(chat, run, 0);
    expect(filed).toEqual({ kind: "made", index: 0, artifact: id });
    expect(vault.catalog.value.artifacts.entry(id)).toMatchObject({ title: "Poem", kind: "text", chat });
    const artifact = await vault.openArtifact(id);
    expect(artifact.value.text()).toBe("roses");
    expect(artifact.value.versions().map(({ hand }) => hand?.by)).toEqual([{ run, model: "qwen" }]);
    artifact.value.splice(5, 0, " are red");
    const { value, close } = await vault.openChat(chat);
    expect(readShownArtifacts(value.doc, vault.deviceId)).toEqual([]);
    await ask(vault, chat, "Nice.");
    const heads = artifact.value.heads();
    expect(readShownArtifacts(value.doc, vault.deviceId)).toEqual([
      { id, title: "Poem", kind: "text", language: "", heads, text: "roses are red" },
    ]);
    // And no longer when it is gone.
    vault.catalog.value.artifacts.remove(id, 1);
    const other = await vault.createArtifact({ title: "Other", kind: "code", language: "rust", text: "fn", chat });
    await ask(vault, chat, "Nice.");
    expect(readShownArtifacts(value.doc, vault.deviceId).map((shown) => shown.id)).toEqual([other]);
    for (const view of [artifact, { close }]) view.close();
  });

  it("FA2 two devices that file an answer at once have each thing once, and its edits of one artifact are one proposal", async () => {
    const { relay, device, vault, chat } = await begin();
    const letter = await vault.createArtifact({
      title: "Letter",
      kind: "text",
      text: "Dear Ann,\nhello.\nBob\n",
      chat,
    });
    const { value: here, close } = await vault.openArtifact(letter);
    seen = [{ id: letter, heads: [...here.heads()] }];
    await untilSettled(vault);
    const phone = await (await addTestDevice(relay, device)).open();
    open.add(phone);
    await until(() => phone.catalog.value.entry(chat) !== null, "the phone has the chat");
    const there = await phone.openArtifact(letter);
    await untilLive(phone, letter);
    const short = letter.slice(0, 8);
    const run = await ask(
      vault,
      chat,
      [
        '<artifact title="Note" kind="markdown">',
        "# Note",
        "</artifact>",
        `<artifact-edit id="${short}">`,
        "<find>Ann</find><replace>Anna</replace>",
        "</artifact-edit>",
        `<artifact-edit id="${short}">`,
        "<find>Dear Anna</find><replace>My dear Anna</replace>",
        "</artifact-edit>",
        "",
      ].join("\n"),
    );
    const onPhone = await phone.openChat(chat);
    await until(() => onPhone.value.run(run).status === "done", "the phone has the answer");
    // The owner writes on while both file it.
    there.value.splice(there.value.text().length, 0, "PS: bye\n");
    await Promise.all([vault.fileAnswer(chat, run), phone.fileAnswer(chat, run)]);
    expect(await filedOf(vault, chat, run)).toEqual(await filedOf(phone, chat, run));
    const filed = await filedOf(vault, chat, run);
    expect(filed.map(({ kind, index }) => [kind, index])).toEqual([
      ["made", 0],
      ["proposed", 1],
      ["proposed", 2],
    ]);
    await Promise.all([untilSettled(vault), untilSettled(phone)]);
    await until(() => String(here.heads()) === String(there.value.heads()), "both have the same");
    for (const value of [here, there.value]) {
      expect(value.text()).toBe("Dear Ann,\nhello.\nBob\nPS: bye\n");
      expect(value.proposals()).toHaveLength(1);
    }
    const [{ id: proposal } = { id: "" }] = here.proposals();
    expect([here.accept(proposal), there.value.accept(proposal)]).toEqual([true, true]);
    await Promise.all([untilSettled(vault), untilSettled(phone)]);
    await until(() => String(here.heads()) === String(there.value.heads()), "both have the same");
    for (const value of [here, there.value]) expect(value.text()).toBe("My dear Anna,\nhello.\nBob\nPS: bye\n");
    expect(vault.catalog.value.artifacts.all()).toHaveLength(2);
    for (const view of [{ close }, there, onPhone]) view.close();
  });

  it("FA3 what does not fit is noted for the model, and changes nothing", async () => {
    const { vault, chat } = await begin();
    const id = await vault.createArtifact({ title: "Twice", kind: "text", text: "again and again", chat });
    const { value, close } = await vault.openArtifact(id);
    seen = [{ id, heads: [...value.heads()] }];
    const edit = (target: string, find: string): string =>
      `<artifact-edit id="${target}">\n<find>${find}</find><replace>x</replace>\n</artifact-edit>\n`;
    const short = id.slice(0, 8);
    const run = await ask(vault, chat, edit(short, "again") + edit(short, "never") + edit("ffffffff", "a"));
    expect(await filedOf(vault, chat, run)).toMatchObject([
      { kind: "unfit", index: 0, says: expect.stringContaining("more than once") as unknown },
      { kind: "unfit", index: 1, says: expect.stringContaining("is not there") as unknown },
      { kind: "unfit", index: 2, says: expect.stringContaining("no artifact with the id") as unknown },
    ]);
    expect(value.text()).toBe("again and again");
    expect(value.proposals()).toEqual([]);
    close();
  });

  it("FA4 a device that dies between the answer and its filing files it when it is back", async () => {
    const { device, vault, chat } = await begin();
    open.delete(vault);
    says.push('<artifact title="Kept" kind="text">\nhere\n</artifact>');
    const { value } = await vault.openChat(chat);
    const { run } = await vault.ask(chat, { text: "Please.", parent: null });
    const died = new Promise<void>((done) => {
      const leave = value.observe(() => {
        if (value.run(run).status !== "done") return;
        leave();
        // In the turn in which its last word came.
        device.kill();
        done();
      });
    });
    await died;
    const again = await device.open();
    open.add(again);
    const chatAgain = await again.openChat(chat);
    await until(() => chatAgain.value.run(run).filed !== null, "it is filed");
    const made = await again.openArtifact(again.artifactOfAnswer(chat, run, 0));
    expect(made.value.text()).toBe("here");
    for (const view of [made, chatAgain]) view.close();
  });

  it("FA5 what looks like an artifact where the model was told nothing of them is words", async () => {
    const { vault, chat } = await begin();
    seen = null;
    const run = await ask(vault, chat, '<artifact title="No" kind="text">\nhere\n</artifact>');
    await vault.fileAnswer(chat, run);
    const { value, close } = await vault.openChat(chat);
    expect(value.run(run)).toMatchObject({ seen: null, filed: null });
    expect(vault.catalog.value.artifacts.all()).toEqual([]);
    close();
  });

  it("FA6 an edit of what the same answer made goes into its first text; one that was never closed is as long as the answer", async () => {
    const { vault, chat } = await begin();
    const draft = '<artifact title="Draft" kind="text">\nold words\n</artifact>\n';
    const run = await ask(vault, chat, `${draft}\n<artifact title="Open" kind="code" language="rust">\nfn main() {}\n`);
    expect(await filedOf(vault, chat, run)).toMatchObject([
      { kind: "made", index: 0 },
      { kind: "made", index: 1 },
    ]);
    const { value, close } = await vault.openArtifact(vault.artifactOfAnswer(chat, run, 1));
    expect(value.text()).toBe("fn main() {}\n");
    close();
  });

  it("FA7 hostile notes and steps are read as far as they make sense", async () => {
    const { vault, chat } = await begin();
    const run = await ask(vault, chat, "Words.");
    const { value, yDoc, close } = await vault.openChat(chat);
    const request = yDoc.getMap<YMap<unknown>>("requests").get(run);
    request?.set("filed", [
      { kind: "made", index: 0, artifact: "../x" },
      7,
      null,
      { kind: "unfit", index: 1, says: "no" },
    ]);
    expect(value.run(run).filed).toEqual([{ kind: "unfit", index: 1, says: "no" }]);
    const shown = yDoc.getMap<unknown>("artifacts");
    shown.set(`${vault.deviceId}/nothing`, 7);
    shown.set(
      `${vault.deviceId}/${chat}`,
      new YMap<unknown>([
        ["text", new YArray()],
        ["heads", ["x"]],
      ]),
    );
    shown.set(
      `${vault.deviceId}/${vault.id}`,
      new YMap<unknown>([
        ["text", new YText("t")],
        ["heads", ["../"]],
      ]),
    );
    expect(readShownArtifacts(value.doc, vault.deviceId)).toEqual([]);
    close();
  });
});
