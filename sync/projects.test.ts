import "fake-indexeddb/auto";
import { Doc } from "yjs";
import { describe, expect, it } from "vitest";
import { docIdFromBytes } from "#crypto/ids.ts";
import { createProjectList } from "./docs/projectList.ts";
import { noTerms, readTerms } from "./docs/terms.ts";
import { instructionsCharsMax } from "./limits.ts";
import { addTestDevice, until } from "./testing/testDevice.ts";
import { createTestWorld, untilSettled } from "./testing/testWorld.ts";

const id = (byte: number) => docIdFromBytes(new Uint8Array(16).fill(byte));

describe("the list of projects", () => {
  it("PJ1 keeps what is given, one line a name, and a deleted one comes back as it was", () => {
    const list = createProjectList(new Doc());
    list.add(id(1), "Kitchen\nand garden", "moss", 5);
    list.add(id(2), "Atelier", "wax", 6);
    list.add(id(1), "Again", "ink", 7);
    expect(list.all().map(({ name }) => name)).toEqual(["Atelier", "Kitchen and garden"]);
    list.change(id(1), { isLocalOnly: true, model: "qwen", archived: true, colour: "teal", name: "Kitchen" });
    const kept = list.entry(id(1));
    expect(kept).toMatchObject({ name: "Kitchen", colour: "teal", model: "qwen", isLocalOnly: true, archived: true });
    list.remove(id(1), 9);
    expect(list.all()).toHaveLength(1);
    expect(list.entry(id(1))?.deletedAt).toBe(9);
    list.restore(id(1));
    expect(list.entry(id(1))).toEqual(kept);
    list.change(id(3), { name: "Nobody" });
    expect(list.entry(id(3))).toBeNull();
  });

  it("PJ2 what another version or a hostile member wrote is read as far as it makes sense", () => {
    const doc = new Doc();
    const root = doc.getMap<unknown>("projects");
    root.set(id(1), "no map");
    root.set("no id", 1);
    const list = createProjectList(doc);
    expect(list.all()).toEqual([]);
    list.add(id(2), "Fine", "wax", 1);
    list.change(id(2), { colour: "url(http://x)" as never, isLocalOnly: "yes" as never });
    expect(list.entry(id(2))).toMatchObject({ colour: "ink", isLocalOnly: false });
  });
});

describe("projects in a vault", () => {
  it("PJ3 instructions are written by two devices at once, and reach every chat that asks", async () => {
    const { relay, device, vault } = await createTestWorld();
    const project = await vault.createProject("Kitchen", "moss");
    const mine = await vault.openProject(project);
    mine.value.setInstructions("Be brief.");
    await untilSettled(vault);
    const phone = await (await addTestDevice(relay, device)).open();
    await until(() => phone.catalog.value.projects.all().length === 1, "the phone lists it");
    const theirs = await phone.openProject(project);
    await until(() => theirs.value.readInstructions() === "Be brief.", "the phone reads it");
    theirs.value.setInstructions("Always be brief.");
    mine.value.setInstructions("Be brief. Use metric units.");
    await until(() => mine.value.readInstructions() === "Always be brief. Use metric units.", "both are there");

    const chat = await phone.createChat();
    await phone.moveChat(chat, project);
    await phone.setLocalOnly(project, true);
    const open = await phone.openChat(chat);
    expect(readTerms(open.yDoc), "nothing was asked yet").toEqual(noTerms);
    await phone.ask(chat, { text: "How long?", parent: null });
    const asked = { instructions: "Always be brief. Use metric units.", isLocalOnly: true };
    expect(readTerms(open.yDoc)).toMatchObject({ ...asked, wantsArtifacts: false });
    const onPhone = await phone.openProject(project);
    onPhone.value.setWantsArtifacts(true);
    await phone.ask(chat, { text: "A letter?", parent: null });
    expect(open.value.wantsArtifacts, "the project's").toBe(true);
    open.value.setWantsArtifacts(false);
    await phone.ask(chat, { text: "No letter?", parent: null });
    expect(open.value.wantsArtifacts, "the chat's own comes before it").toBe(false);
    open.value.setWantsArtifacts(null);
    expect(open.value.wantsArtifacts).toBe(true);
    onPhone.close();
    await phone.close();
    await vault.close();
  });

  it("PJ7 a question that waits is held to a label that is set while it waits, also in a project deleted since", async () => {
    const { relay, vault } = await createTestWorld();
    const project = await vault.createProject("Private", "wax");
    const chat = await vault.createChat();
    await untilSettled(vault);
    relay.setOnline(false);
    const open = await vault.openChat(chat);
    await vault.ask(chat, { text: "Is this private?", parent: null });
    expect(readTerms(open.yDoc).isLocalOnly).toBe(false);
    await vault.setLocalOnly(project, true);
    await vault.moveChat(chat, project);
    expect(readTerms(open.yDoc).isLocalOnly).toBe(true);
    await vault.setLocalOnly(project, false);
    expect(readTerms(open.yDoc).isLocalOnly).toBe(false);
    await vault.setLocalOnly(project, true);
    vault.catalog.value.projects.remove(project, 9);
    await vault.askAgain(chat, open.value.runs()[0] as never);
    expect(readTerms(open.yDoc).isLocalOnly, "its label outlives it").toBe(true);
    await vault.moveChat(chat, null);
    expect(readTerms(open.yDoc).isLocalOnly).toBe(false);
    await vault.close();
  });

  it("PJ8 instructions are no longer than a prompt can bear", async () => {
    const { vault } = await createTestWorld();
    const open = await vault.openProject(await vault.createProject("Long", "ink"));
    open.value.setInstructions("x".repeat(instructionsCharsMax * 2));
    expect(open.value.readInstructions()).toHaveLength(instructionsCharsMax);
    await vault.close();
  });
});
