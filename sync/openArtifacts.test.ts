import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { parseRunId, type RunId } from "#crypto/ids.ts";
import { VaultError } from "./errors.ts";
import { artifactCharsMax, slipEveryMs } from "./limits.ts";
import { addTestDevice, encodingsOf, until } from "./testing/testDevice.ts";
import { createTestWorld, dumpDatabases, untilLive, untilSettled } from "./testing/testWorld.ts";

const run = parseRunId("0f".repeat(16)) as RunId;

describe("artifacts in a vault", () => {
  it("AV1 one made here is on another device with its history, and lies nowhere in the clear", async () => {
    const { relay, device, vault } = await createTestWorld();
    const secret = "the only copy of this sentence";
    const id = await vault.createArtifact({ title: "Notes", kind: "markdown", text: "first\n" });
    const open = await vault.openArtifact(id);
    open.value.splice(6, 0, secret);
    await vault.flush();
    await untilSettled(vault);
    const phone = await (await addTestDevice(relay, device)).open();
    await until(() => phone.catalog.value.artifacts.entry(id)?.title === "Notes", "the phone lists it");
    // Read in the background, without anybody looking at it.
    await until(() => phone.docStatus(id).phase === "live", "its log is read");
    const there = await phone.openArtifact(id);
    await until(() => there.value.text() === `first\n${secret}`, "the text is there");
    there.value.splice(0, 0, "from the phone: ");
    await untilSettled(phone);
    await until(() => open.value.text().startsWith("from the phone: first"), "and back");
    expect(open.value.versions().map(({ hand }) => hand?.device)).toEqual([vault.deviceId, phone.deviceId]);
    for (const form of encodingsOf(secret)) {
      for (const { envelope } of relay.entries(id)) expect(Buffer.from(envelope).includes(form)).toBe(false);
      for (const bytes of await dumpDatabases()) expect(bytes.includes(form)).toBe(false);
    }
    await Promise.all([vault.close(), phone.close()]);
  }, 90_000);

  it("AV2 what was flushed is there after the device died", async () => {
    const { device, vault } = await createTestWorld();
    const id = await vault.createArtifact({ title: "Draft", kind: "text" });
    const { value } = await vault.openArtifact(id);
    value.splice(0, 0, "typed and kept");
    await vault.flush();
    device.kill();
    const again = await device.open();
    expect((await again.openArtifact(id)).value.text()).toBe("typed and kept");
    await again.close();
  });

  it("AV5 what was typed a moment before the page was killed is there, once, and its hand is known", async () => {
    const { device, vault } = await createTestWorld();
    const id = await vault.createArtifact({ title: "Draft", kind: "text", text: "kept\n" });
    let { value } = await vault.openArtifact(id);
    for (const words of ["first ", "second ", "third "]) {
      for (const letter of words) value.splice(value.text().length, 0, letter);
      // Long before the moment is over in which what is typed becomes a change.
      await new Promise((resolve) => setTimeout(resolve, 2 * slipEveryMs));
      device.kill();
      const again = await device.open();
      ({ value } = await again.openArtifact(id));
      expect(value.text().endsWith(words)).toBe(true);
    }
    expect(value.text()).toBe("kept\nfirst second third ");
    expect(value.versions().every(({ hand }) => hand !== null)).toBe(true);
  });

  it("AV3 two devices that read the same answer make one artifact, with its text once", async () => {
    const { relay, device, vault } = await createTestWorld();
    const chat = await vault.createChat();
    await untilSettled(vault);
    const phone = await (await addTestDevice(relay, device)).open();
    await until(() => phone.catalog.value.entry(chat) !== null, "the phone has the chat");
    const id = vault.artifactOfAnswer(chat, run, 0);
    expect(phone.artifactOfAnswer(chat, run, 0)).toBe(id);
    const made = {
      id,
      title: "Letter",
      kind: "email",
      chat,
      text: "Dear reader",
      by: { run, model: "m", at: 1000, index: 0 },
    } as const;
    await Promise.all([vault.createArtifact(made), phone.createArtifact(made)]);
    const [here, there] = [await vault.openArtifact(id), await phone.openArtifact(id)];
    await untilLive(vault, id);
    await untilLive(phone, id);
    await Promise.all([untilSettled(vault), untilSettled(phone)]);
    await until(() => String(here.value.heads()) === String(there.value.heads()), "both have the same");
    expect(here.value.text()).toBe("Dear reader");
    expect(here.value.versions().map(({ hand }) => hand?.by?.model)).toEqual(["m"]);
    await Promise.all([vault.close(), phone.close()]);
  });

  it("AV7 a text that is longer than an artifact makes none, changes none, and says how much fits", async () => {
    const { vault } = await createTestWorld();
    const text = "x".repeat(artifactCharsMax);
    const id = await vault.createArtifact({ title: "Full", kind: "text", text });
    const { value } = await vault.openArtifact(id);
    expect(() => value.splice(0, 0, "one more")).toThrow("long-artifact");
    expect(() => value.rewrite(`${text}y`)).toThrow("long-artifact");
    expect(value.text()).toBe(text);
    await expect(vault.createArtifact({ title: "More", kind: "text", text: `${text}y` })).rejects.toThrow(
      "long-artifact",
    );
    expect(vault.catalog.value.artifacts.all().map(({ title }) => title)).toEqual(["Full"]);
    expect(new VaultError("long-artifact", "").ownerSentence).toContain("250,000 characters");
    await vault.close();
  });

  it("AV4 one that was deleted is not listed, and is back when it is restored", async () => {
    const { vault } = await createTestWorld();
    const { artifacts } = vault.catalog.value;
    const id = await vault.createArtifact({ title: "Gone", kind: "code", language: "rust" });
    artifacts.remove(id, 5);
    expect(artifacts.all()).toEqual([]);
    artifacts.restore(id);
    expect(artifacts.all()).toMatchObject([{ id, title: "Gone", kind: "code", language: "rust", deletedAt: null }]);
    await expect(vault.openArtifact(vault.artifactOfAnswer(id, run, 9))).rejects.toThrow("unknown-doc");
    await vault.close();
  });
});
