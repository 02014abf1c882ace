import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { createDeviceKeys } from "#crypto/device.ts";
import { parseEnvelope } from "#crypto/envelopeHeader.ts";
import type { DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { runRoots } from "./docs/run.ts";
import { bodyBytesMax, questionBytesMax } from "./limits.ts";
import { createMemoryRelay } from "./testing/memoryRelay.ts";
import { startTestAgent, type TestAgentOptions, type TestLane } from "./testing/testAgent.ts";
import { addTestDevice, createTestClaim, createTestDevice, encodingsOf, sleep, until } from "./testing/testDevice.ts";
import {
  cloneIdentity,
  createTestWorld,
  dumpDatabases,
  realClock,
  untilLive,
  untilSettled,
} from "./testing/testWorld.ts";
import type { Vault } from "./vault.ts";

const appendsIn = (relay: { received: readonly { type: string }[] }): number =>
  relay.received.filter(({ type }) => type === "append").length;

describe("founding", () => {
  it("VF0 a link makes a vault whose roster lists this device and the host", async () => {
    const { relay, host, vault } = await createTestWorld();
    expect(relay.rosterEntries()).toHaveLength(2);
    expect(vault.status()).toMatchObject({
      link: "live",
      refusal: null,
      alarms: [],
      host: { id: host.id, live: true },
    });
    await vault.close();
  });

  it("VF1 a link that was used is refused, and the device keeps nothing", async () => {
    const { relay, host, vault } = await createTestWorld();
    const second = createTestDevice(relay);
    await expect(second.create(createTestClaim(host, relay))).rejects.toMatchObject({ code: "claim-used" });
    expect(await second.identity.read()).toBeNull();
    await vault.close();
  });

  it("VF2 a host with other keys than the link's is not claimed", async () => {
    const relay = createMemoryRelay();
    const agent = startTestAgent(relay, { clock: realClock });
    const device = createTestDevice(relay);
    const other = createDeviceKeys(systemRandom);
    await expect(device.create(createTestClaim(other, relay))).rejects.toMatchObject({ code: "wrong-host" });
    expect(relay.rosterEntries()).toHaveLength(0);
    expect(await device.identity.read()).toBeNull();
    agent.stop();
  });

  it("VF3 a claim that was cut off after it reached the host goes on when the app opens again", async () => {
    const relay = createMemoryRelay();
    const host = createDeviceKeys(systemRandom);
    const agent = startTestAgent(relay, { clock: realClock, host });
    const device = createTestDevice(relay);
    relay.beforeAck = () => false;
    const creating = device.create(createTestClaim(host, relay));
    creating.catch(() => {});
    await until(() => relay.rosterEntries().length === 1, "the genesis arrived");
    device.kill();
    relay.beforeAck = () => true;
    const vault = await device.open();
    await until(() => vault.status().host?.live === true, "the host is listed");
    expect(relay.rosterEntries()).toHaveLength(2);
    await vault.close();
    agent.stop();
  });
});

describe("asking", () => {
  it("a question is answered, its title set, and nothing waits any more", async () => {
    const { vault, agent } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    const { run } = await vault.ask(id, { text: "Good morning?", parent: null });
    await until(() => chat.value.run(run).status === "done", "answer");
    expect(chat.value.thread().map((message) => message.text)).toEqual(["Good morning?", "Hello there"]);
    expect(agent.taken).toEqual([run]);
    expect(vault.catalog.value.waiting()).toEqual([]);
    expect(vault.catalog.value.chats()[0]?.title).toBe("Good morning?");
    await vault.close();
  });

  it("a title that came while nobody had the chat open is set when somebody opens it", async () => {
    const answer: TestAgentOptions["answer"] = async (lane) => {
      await lane.write((doc) => {
        const { meta } = runRoots(lane.run);
        doc.getMap(meta).set("title", "Greetings");
        doc.getMap(meta).set("end", "done");
      });
      await lane.finish();
    };
    const { device, vault } = await createTestWorld({ answer });
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    await vault.ask(id, { text: "Good morning?", parent: null });
    const titleIn = ({ catalog }: Vault) => catalog.value.entry(id)?.title;
    await until(() => titleIn(vault) === "Greetings", "the title");
    chat.close();
    // As where a log was only kept: its answer lies in the journal, and its title nowhere else.
    vault.catalog.value.autoTitle(id, "Good morning?");
    await vault.flush();
    await vault.close();
    const again = await device.open();
    const reopened = await again.openChat(id);
    await until(() => titleIn(again) === "Greetings", "the title again");
    expect(titleIn(again)).toBe("Greetings");
    reopened.close();
    await again.close();
  });

  it("SZ1 a value that no device would take is not sealed: it counts as unsaved, and sets the chat aside nowhere", async () => {
    const { device, relay, vault } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    chat.yDoc.getMap("odd").set("large", new Uint8Array(bodyBytesMax));
    await expect(vault.flush()).rejects.toThrow("nothing can be sealed yet");
    expect(vault.docStatus(id)).toMatchObject({ unsaved: 1, alarm: null });
    const phone = await (await addTestDevice(relay, device)).open();
    await until(() => phone.catalog.value.entry(id) !== null, "the chat is listed");
    const there = await phone.openChat(id);
    await until(() => phone.docStatus(id).phase === "live", "it is read");
    expect(phone.docStatus(id).alarm).toBeNull();
    there.close();
    await phone.close();
    await vault.close();
  });

  it("GT1 without a host the question waits, survives a reload, and is answered once when one comes", async () => {
    const { relay, device, vault, agent, restartAgent } = await createTestWorld();
    const id = await vault.createChat();
    await untilSettled(vault);
    relay.setOnline(false);
    const { run } = await vault.ask(id, { text: "Anybody there?", parent: null });
    await vault.close();

    const again = await device.open();
    const chat = await again.openChat(id);
    expect(again.docStatus(id).phase).toBe("local");
    expect(chat.value.thread().map((message) => message.text)).toEqual(["Anybody there?", ""]);
    expect(chat.value.run(run).status).toBe("requested");
    expect(again.catalog.value.waiting()).toEqual([{ chat: id, run }]);
    chat.close();

    relay.setOnline(true);
    again.wake();
    const fresh = restartAgent();
    await until(() => fresh.taken.length > 0, "the run is taken");
    const reopened = await again.openChat(id);
    await until(() => reopened.value.run(run).status === "done", "answer");
    await sleep(300);
    expect([...agent.taken, ...fresh.taken]).toEqual([run]);
    expect(again.catalog.value.waiting()).toEqual([]);
    await again.close();
  });

  it("GT2 a waiting question is granted after a reload although nobody opens its chat", async () => {
    const { relay, device, vault, restartAgent } = await createTestWorld();
    const id = await vault.createChat();
    await untilSettled(vault);
    relay.setOnline(false);
    await vault.ask(id, { text: "In the background", parent: null });
    await vault.close();
    const again = await device.open();
    relay.setOnline(true);
    again.wake();
    const fresh = restartAgent();
    await until(() => fresh.taken.length === 1, "taken without a view");
    await until(() => again.catalog.value.waiting().length === 0, "the catalog says so");
    expect(fresh.taken).toHaveLength(1);
    await again.close();
  });

  it("GT3 an agent that dies before it takes the run is followed by one that is granted anew", async () => {
    const { vault, agent, restartAgent } = await createTestWorld({ accepts: () => false });
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    const { run } = await vault.ask(id, { text: "Hello?", parent: null });
    await untilSettled(vault);
    expect(agent.taken).toEqual([]);
    restartAgent();
    await until(() => chat.value.run(run).status === "done", "answer by the next life");
    await vault.close();
  });

  it("GT4 an agent that dies mid-answer leaves what it wrote, marked as interrupted, and asking again makes a sibling", async () => {
    const half = async (lane: TestLane): Promise<void> => {
      await lane.write((doc) => doc.getText(runRoots(lane.run).text).insert(0, "Half an ans"));
    };
    const { vault, restartAgent } = await createTestWorld({ answer: half });
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    const { run, question } = await vault.ask(id, { text: "Tell me.", parent: null });
    await until(() => chat.value.run(run).text === "Half an ans", "half of it");
    restartAgent();
    await until(() => chat.value.run(run).status === "interrupted", "marked");
    expect(chat.value.run(run).text).toBe("Half an ans");
    // The next agent answers it anew by itself (CN5), and once more when asked to.
    await until(() => chat.value.thread().at(-1)?.text === "Hello there", "the second answer");
    await vault.askAgain(id, run);
    const answers = chat.value.thread().filter((message) => message.role === "assistant");
    expect(answers).toHaveLength(1);
    expect(chat.value.siblings(answers[0]?.id ?? "")).toHaveLength(3);
    expect(chat.value.message(question)?.text).toBe("Tell me.");
    await vault.close();
  });

  it("GT5 a question taken back is not answered", async () => {
    const { relay, vault, agent, restartAgent } = await createTestWorld();
    const id = await vault.createChat();
    await untilSettled(vault);
    agent.stop();
    await until(() => vault.status().host?.live === false, "host is away");
    const { run } = await vault.ask(id, { text: "Never mind", parent: null });
    await vault.withdraw(id, run);
    expect(vault.catalog.value.waiting()).toEqual([]);
    const fresh = restartAgent();
    await until(() => vault.status().host?.live === true, "host is back");
    await sleep(300);
    expect(fresh.taken).toEqual([]);
    expect(relay.entries(id).some(({ envelope }) => parseEnvelope(envelope).kind === "accept")).toBe(false);
    await vault.close();
  });
});

describe("on the disk", () => {
  it("QL1 a question too long for one message is refused, and a draft of any length is kept", async () => {
    const { vault, device } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    const long = "\u{1f600} long ".repeat(250_000);
    chat.value.setDraft(long);
    await expect(vault.ask(id, { text: long, parent: null })).rejects.toMatchObject({ code: "too-long" });
    expect(chat.value.thread()).toEqual([]);
    await untilSettled(vault);
    await vault.close();

    const again = await device.open();
    const reopened = await again.openChat(id);
    expect(reopened.value.draft.toString() === long).toBe(true);
    await again.close();
  });

  it("QL2 a question of the greatest length is kept", async () => {
    const { vault, device } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    const text = "x".repeat(questionBytesMax);
    chat.value.setDraft(text);
    await vault.ask(id, { text, parent: null });
    await vault.close();
    const again = await device.open();
    const [question] = (await again.openChat(id)).value.thread();
    expect(question?.text === text).toBe(true);
    await again.close();
  });

  it("JR1 nothing that was typed or answered lies in a database in the clear", async () => {
    const canary = "Zebrafish-canary sings at noon";
    const { vault, relay } = await createTestWorld({
      answer: async (lane) => {
        await lane.write((doc) => doc.getText(runRoots(lane.run).text).insert(0, `${canary} again`));
        await lane.finish();
      },
    });
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    const { run } = await vault.ask(id, { text: canary, parent: null });
    await until(() => chat.value.run(run).status === "done", "answer");
    // Enough to have it folded into a base as well.
    for (let at = 0; at < 80; at++) {
      chat.value.setDraft(`${canary} ${at}`);
      await vault.flush();
    }
    await untilSettled(vault);
    await vault.close();
    const dump = await dumpDatabases();
    expect(dump.length).toBeGreaterThan(4);
    const seen = (where: readonly Buffer[]): boolean =>
      encodingsOf(canary).some((form) => where.some((value) => value.includes(form)));
    expect(seen(dump)).toBe(false);
    expect(seen(relay.entries(id).map(({ envelope }) => Buffer.from(envelope)))).toBe(false);
    // The search would find it: in each of its forms, in a row like any other.
    for (const form of encodingsOf(canary))
      expect(seen([...dump, Buffer.concat([Buffer.from("xy"), form])])).toBe(true);
    const plain = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open("plain", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("rows", { autoIncrement: true });
      request.onsuccess = () => resolve(request.result);
    });
    plain
      .transaction("rows", "readwrite")
      .objectStore("rows")
      .put(new TextEncoder().encode(`…${canary}…`));
    plain.close();
    expect(seen(await dumpDatabases())).toBe(true);
    indexedDB.deleteDatabase("plain");
  });

  it("JR2 a page killed before its envelope left sends it after the next start, once", async () => {
    const { relay, device, vault } = await createTestWorld();
    const id = await vault.createChat();
    await untilSettled(vault);
    relay.setOnline(false);
    const chat = await vault.openChat(id);
    chat.value.setDraft("Typed, committed, never sent");
    await vault.flush();
    device.kill();
    relay.setOnline(true);
    const before = relay.entries(id).length;
    const again = await device.open();
    await until(() => relay.entries(id).length === before + 1, "it was sent");
    await untilSettled(again);
    expect(relay.entries(id)).toHaveLength(before + 1);
    const reopened = await again.openChat(id);
    expect(reopened.value.draft.toString()).toBe("Typed, committed, never sent");
    await again.close();
  });

  it("JR3 a page killed before the answer to its APPEND repeats it, and the log holds it once", async () => {
    const { relay, device, vault } = await createTestWorld();
    const id = await vault.createChat();
    await untilSettled(vault);
    relay.beforeAck = () => false;
    const before = relay.entries(id).length;
    const chat = await vault.openChat(id);
    chat.value.setDraft("Stored, never acknowledged");
    await vault.flush();
    await until(() => relay.entries(id).length === before + 1, "stored");
    device.kill();
    relay.beforeAck = () => true;
    const again = await device.open();
    await again.openChat(id);
    await untilLive(again, id);
    await untilSettled(again);
    expect(relay.entries(id)).toHaveLength(before + 1);
    expect(again.docStatus(id).alarm).toBeNull();
    await again.close();
  });

  it("OB5 a device whose journals are gone reads its own log before it goes on with it", async () => {
    const { relay, device, vault } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    for (let at = 0; at < 20; at++) {
      chat.value.draft.insert(0, `${at} `);
      await vault.flush();
    }
    const text = chat.value.draft.toString();
    await untilSettled(vault);
    await vault.close();
    const again = await createTestDevice(relay, await cloneIdentity(device.identity)).open();
    await until(() => again.catalog.value.entry(id) !== null, "the catalog came back");
    const reopened = await again.openChat(id);
    // Typed before the log could be read: it must not take a place that is taken.
    reopened.value.draft.insert(0, "at once ");
    await untilLive(again, id);
    await untilSettled(again);
    expect(reopened.value.draft.toString()).toHaveLength(text.length + "at once ".length);
    expect(again.status().alarms).toEqual([]);
    expect(relay.entries(id)).toHaveLength(22);
    await again.close();
  });

  it("OB5 the same when it was ended in the middle of reading: what it has then is no chain to go on with", async () => {
    const { relay, device, vault } = await createTestWorld();
    for (let at = 0; at < 3; at++) {
      await vault.createChat();
      await vault.flush();
    }
    const chats = vault.catalog.value.chats().length;
    await untilSettled(vault);
    await vault.close();
    const stored = relay.entries(vault.catalog.yDoc.guid as DocId).length;
    const late = createTestDevice(relay, await cloneIdentity(device.identity));
    relay.servedMax = 2;
    const begun = await late.open();
    await until(() => relay.received.at(-1)?.type === "sub", "it asked for its catalog");
    await sleep(50);
    await begun.flush();
    late.kill();
    // Now it has a journal, and a piece of its own chain in it.
    relay.setOnline(false);
    relay.servedMax = Infinity;
    const again = await late.open();
    await expect(again.createChat()).rejects.toMatchObject({ code: "no-host" });
    relay.setOnline(true);
    again.wake();
    await until(
      () => again.catalog.value.chats().length > chats,
      "the catalog came back, with what was typed meanwhile",
    );
    await untilSettled(again);
    expect(again.status().alarms).toEqual([]);
    expect(relay.entries(vault.catalog.yDoc.guid as DocId)).toHaveLength(stored + 1);
    await again.close();
  });

  it("JR14 a flush waits for what was there when it was asked for, and what is typed meanwhile does not fail it", async () => {
    const { vault } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    let isTyping = true;
    const typing = (async () => {
      for (let at = 0; isTyping; at++) {
        chat.value.draft.insert(chat.value.draft.length, `${at} `);
        await sleep(0);
      }
    })();
    for (let at = 0; at < 20; at++) await expect(vault.flush()).resolves.toBeUndefined();
    isTyping = false;
    await typing;
    await vault.close();
  });

  it("JR5 many edits are folded into a base, and everything is there after a reload without a host", async () => {
    const { relay, device, vault } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    for (let at = 0; at < 150; at++) {
      chat.value.draft.insert(chat.value.draft.length, `${at} `);
      await vault.flush();
    }
    const text = chat.value.draft.toString();
    const { run } = await vault.ask(id, { text: "And then?", parent: null });
    await until(() => chat.value.run(run).status === "done", "answer");
    await untilSettled(vault);
    await vault.close();
    relay.setOnline(false);
    const again = await device.open();
    const reopened = await again.openChat(id);
    expect(reopened.value.draft.toString()).toBe(text);
    expect(reopened.value.run(run).text).toBe("Hello there");
    expect(again.docStatus(id)).toMatchObject({ phase: "local", pending: 0, unsaved: 0, alarm: null });
    await again.close();
  });
});

describe("two devices", () => {
  it("converge, and edits made without a host arrive later, each once", async () => {
    const { relay, device, vault } = await createTestWorld();
    const phone = await (await addTestDevice(relay, device)).open();
    const id = await vault.createChat();
    const here = await vault.openChat(id);
    await until(() => phone.catalog.value.entry(id) !== null, "the phone knows the chat");
    const there = await phone.openChat(id);
    await untilLive(phone, id);
    here.value.draft.insert(0, "laptop ");
    await until(() => there.value.draft.toString() === "laptop ", "it arrived");

    relay.setOnline(false);
    await until(() => phone.status().link !== "live", "offline");
    here.value.draft.insert(0, "[here]");
    there.value.draft.insert(there.value.draft.length, "[there]");
    await Promise.all([vault.flush(), phone.flush()]);
    const before = relay.entries(id).length;
    relay.setOnline(true);
    for (const each of [vault, phone]) each.wake();
    await until(
      () => here.value.draft.toString() === there.value.draft.toString() && here.value.draft.length > 15,
      "converged",
    );
    expect(here.value.draft.toString()).toBe("[here]laptop [there]");
    await Promise.all([untilSettled(vault), untilSettled(phone)]);
    expect(relay.entries(id)).toHaveLength(before + 2);
    await Promise.all([vault.close(), phone.close()]);
  });

  it("SS3 idle reconnects append nothing", async () => {
    const { relay, vault } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    chat.value.setDraft("something, and then less");
    chat.value.setDraft("less");
    await untilSettled(vault);
    const before = appendsIn(relay);
    for (let turn = 0; turn < 5; turn++) {
      relay.cut();
      await until(() => vault.status().link !== "live", "cut");
      vault.wake();
      await untilLive(vault, id);
    }
    await sleep(300);
    expect(appendsIn(relay)).toBe(before);
    await vault.close();
  });

  it("PS1 presence travels sealed and is not stored", async () => {
    const { relay, device, vault } = await createTestWorld();
    const phone = await (await addTestDevice(relay, device)).open();
    const id = await vault.createChat();
    const here = await vault.openChat(id);
    await until(() => phone.catalog.value.entry(id) !== null, "the phone knows the chat");
    const there = await phone.openChat(id);
    await untilLive(phone, id);
    await untilSettled(vault);
    const before = relay.entries(id).length;
    here.awareness.setLocalState({ caret: 7 });
    await until(() => [...there.awareness.getStates().values()].some((state) => state["caret"] === 7), "seen");
    expect(relay.entries(id)).toHaveLength(before);
    await Promise.all([vault.close(), phone.close()]);
  });
});

describe("alarms", () => {
  it("RS3 a relay whose roster was rolled back is given its entries again", async () => {
    const { relay, vault } = await createTestWorld();
    relay.rollBackRoster(1);
    relay.cut();
    vault.wake();
    await until(() => relay.rosterEntries().length === 2, "the host is listed again");
    expect(vault.status().alarms).toEqual([]);
    await vault.close();
  });

  it("RS2 a relay that shows another roster raises ROSTER_FORK, and none of it is taken", async () => {
    const { relay, vault, host } = await createTestWorld();
    const other = await createTestWorld();
    relay.pushRoster(0, other.relay.rosterEntries());
    await until(() => vault.status().alarms.some(({ code }) => code === "ROSTER_FORK"), "ROSTER_FORK");
    expect(vault.status().host?.id).toBe(host.id);
    await Promise.all([vault.close(), other.vault.close()]);
  });

  it("CK1 a host whose clock is far ahead raises CLOCK, until one comes whose clock is right", async () => {
    const { vault, restartAgent } = await createTestWorld({ aheadMs: 3_600_000 });
    expect(vault.status().alarms.map(({ code }) => code)).toEqual(["CLOCK"]);
    restartAgent();
    await until(() => vault.status().alarms.length === 0, "the alarm is gone");
    expect(vault.status().host?.live).toBe(true);
    await vault.close();
  });

  it("CK2 a host that was there for long raises nothing; one that says a time far behind while it is there raises CLOCK", async () => {
    const { vault, agent } = await createTestWorld({ aheadMs: -86_400_000 });
    expect(vault.status().alarms).toEqual([]);
    agent.announce(-86_300_000);
    await until(() => vault.status().alarms.some(({ code }) => code === "CLOCK"), "CLOCK");
    agent.announce(0);
    await until(() => vault.status().alarms.length === 0, "the alarm is gone");
    await vault.close();
  });

  it("RB1 a relay that was rolled back is given again what it lost", async () => {
    const { relay, vault, device } = await createTestWorld();
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    for (let at = 0; at < 90; at++) {
      chat.value.draft.insert(0, `${at} `);
      await vault.flush();
    }
    await untilSettled(vault);
    const whole = relay.entries(id).length;
    await vault.close();
    relay.store.rollBack(id, 12);

    const again = await device.open();
    await again.openChat(id);
    await untilLive(again, id);
    await until(() => relay.entries(id).length === whole, "the log is whole again");
    await untilSettled(again);
    expect(again.docStatus(id).alarm).toBeNull();
    await again.close();
  });

  it("CH3 a clone that wrote in the meantime raises FORK, the doc is read-only and kept, and the rest goes on", async () => {
    const { relay, device, vault } = await createTestWorld();
    const id = await vault.createChat();
    const other = await vault.createChat();
    const chat = await vault.openChat(id);
    chat.value.setDraft("before");
    await untilSettled(vault);
    relay.setOnline(false);
    await until(() => vault.status().link !== "live", "offline");
    chat.value.setDraft("of the original");
    await vault.close();

    // The clone has the keys and the log, and does not know what the original typed.
    const clone = createTestDevice(relay, await cloneIdentity(device.identity));
    relay.setOnline(true);
    const cloned = await clone.open();
    await until(() => cloned.catalog.value.entry(id) !== null, "the clone reads the catalog");
    const clonedChat = await cloned.openChat(id);
    await untilLive(cloned, id);
    clonedChat.value.setDraft("of the clone");
    await untilSettled(cloned);

    const again = await device.open();
    const kept = await again.openChat(id);
    await until(() => again.docStatus(id).alarm?.code === "FORK", "FORK");
    expect(again.docStatus(id).phase).toBe("quarantine");
    expect(again.status().alarms).toMatchObject([{ code: "FORK", doc: id }]);
    expect(kept.value.draft.toString()).toBe("of the original");
    await expect(again.ask(id, { text: "?", parent: null })).rejects.toMatchObject({ code: "quarantine" });
    const rest = await again.openChat(other);
    await until(() => again.status().host?.live === true, "the host is there");
    const { run } = await again.ask(other, { text: "Still there?", parent: null });
    await until(() => rest.value.run(run).status === "done", "another chat is answered");
    await Promise.all([again.close(), cloned.close()]);
  });

  it("SC0 a lane that writes elsewhere is shut out, and the chat goes on", async () => {
    let turn = 0;
    const { vault } = await createTestWorld({
      answer: async (lane) => {
        turn += 1;
        if (turn === 1) {
          await lane.write((doc) => doc.getText(runRoots(lane.run).text).insert(0, "So far so good"));
          await lane.write((doc) => doc.getText("draft").insert(0, "words put into your mouth"));
        }
        await lane.write((doc) => doc.getText(runRoots(lane.run).text).insert(0, "late "));
        await lane.finish();
      },
    });
    const id = await vault.createChat();
    const chat = await vault.openChat(id);
    const first = await vault.ask(id, { text: "One?", parent: null });
    await until(() => vault.docStatus(id).alarm?.code === "SCOPE", "SCOPE");
    await sleep(100);
    expect(chat.value.draft.toString()).toBe("");
    expect(chat.value.run(first.run).text).toBe("So far so good");
    const second = await vault.askAgain(id, first.run);
    await until(() => chat.value.run(second).status === "done", "the next lane is heard");
    expect(chat.value.run(second).text).toBe("late ");
    await vault.close();
  });
});
