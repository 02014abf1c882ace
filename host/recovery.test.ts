/** Recovery against the real relay: real listener, real frames, real vaults. Rules: sync/PROTOCOL.md. */
import "fake-indexeddb/auto";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { hostFingerprint } from "#crypto/claim.ts";
import type { DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { createRecoverySecret, readRecoveryWords, recoveryWords, type RecoverySecret } from "#crypto/recovery.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import { anyPlace, parseRecoveryLink, recoveryLink, type RecoveryPlace } from "#sync/recoveryLink.ts";
import { beginRestoring } from "#sync/restoring.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore, until } from "#sync/testing/testDevice.ts";
import { createVault, openVault, type Vault, type VaultPorts } from "#sync/vault.ts";
import type { OpenLink } from "#sync/ports.ts";
import { announceHost, connectPeer, startTestRelay, type TestRelay } from "./testing/testRelay.ts";

// reason: in Node, each y-websocket provider listens for the exit of the process, and a test has more docs open than a page.
process.setMaxListeners(0);
beforeAll(() => sodiumReady);

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const portsFor = (relay: TestRelay): VaultPorts => ({
  clock: systemClock,
  random: systemRandom,
  openLink: createWebSocketLink(`ws://127.0.0.1:${relay.port}/link`),
  identity: createMemoryIdentityStore(),
});

const fingerprintOf = ({ hostKeys: { sign, box }, relayKey }: TestRelay): Uint8Array =>
  hostFingerprint(sign.publicKey, box.publicKey, relayKey);

/** As it comes back from paper. */
const fromPaper = (secret: RecoverySecret): RecoverySecret => {
  const read = readRecoveryWords(recoveryWords(secret, wordlist).join("\n"), wordlist);
  if (read.kind !== "secret") throw new Error(read.kind);
  return read.secret;
};

async function scene() {
  const relay = await startTestRelay();
  endings.push(() => relay.dispose());
  const agent = await connectPeer(relay, relay.hostKeys, null);
  agent.send({ type: "announce", announcement: announceHost(relay.hostKeys) });
  const claim = { seed: relay.claimSeed, fingerprint: fingerprintOf(relay) };
  const ports = portsFor(relay);
  const laptop = await createVault(ports, { claim, deviceName: "Laptop" });
  endings.push(() => laptop.close());
  await until(() => laptop.status().link === "live", "the laptop is live");
  const secret = createRecoverySecret(systemRandom);
  await laptop.recovery.set(secret);
  await until(() => laptop.recovery.isSet(), "the words count");
  const chat = await laptop.createChat();
  await laptop.ask(chat, { text: "written before the flood", parent: null });
  await until(() => laptop.status().pending === 0, "the host has it");
  return { relay, laptop, ports, secret, chat };
}

async function restore(relay: TestRelay, secret: RecoverySecret, place: RecoveryPlace, next: RecoverySecret) {
  const restoring = await beginRestoring(portsFor(relay), { secret: fromPaper(secret), place });
  const vault = await restoring.finish({ next, deviceName: "New laptop" });
  endings.push(() => vault.close());
  return { vault, restoring };
}

async function firstText(vault: Vault, chat: DocId): Promise<string | undefined> {
  await until(() => vault.catalog.value.entry(chat) !== null, "the catalog names the chat");
  const opened = await vault.openChat(chat);
  await until(() => opened.value.thread().length > 0, "the chat is there");
  return opened.value.thread()[0]?.text;
}

const linkOf = (vault: Vault, origin: string): string => {
  const place = vault.recovery.place();
  if (place === null) throw new Error("no host is listed");
  return recoveryLink(origin, place);
};

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "nothing",
    (error: { code?: string }) => error.code ?? String(error),
  );

describe("recovery over a real relay", () => {
  it("RV1 right words alone restore everything from the host's sealed store; what is written then is sealed under a new vault key", async () => {
    const { relay, laptop, secret, chat } = await scene();
    await laptop.close();
    const { vault, restoring } = await restore(relay, secret, anyPlace, createRecoverySecret(systemRandom));
    expect(restoring.devices).toEqual(["Laptop"]);
    expect(await firstText(vault, chat)).toBe("written before the flood");
    expect(vault.recovery.isSet()).toBe(true);
    expect(vault.devices().map(({ name, role, isThis }) => [name, role, isThis])).toEqual([
      ["Laptop", "device", false],
      ["Host", "host", false],
      ["New laptop", "device", true],
    ]);
    const another = await vault.createChat();
    await vault.ask(another, { text: "and after it", parent: null });
    await until(() => vault.status().pending === 0, "the host took it");
  });

  it("RV2 wrong words are a stranger's: they are told nothing, and nothing is kept", async () => {
    const { relay, laptop } = await scene();
    const place = parseRecoveryLink(linkOf(laptop, "http://localhost:4242"));
    expect(place).toEqual({ vault: laptop.id, fingerprint: fingerprintOf(relay) });
    for (const where of [anyPlace, place ?? anyPlace]) {
      const heard: Uint8Array[] = [];
      const ports = portsFor(relay);
      const listening: OpenLink = (events) =>
        ports.openLink({
          ...events,
          onFrame: (frame) => {
            heard.push(frame.slice());
            events.onFrame(frame);
          },
        });
      const secret = createRecoverySecret(systemRandom);
      const attempt = beginRestoring({ ...ports, openLink: listening }, { secret, place: where });
      expect(await codeOf(attempt)).toBe("wrong-words");
      expect(await ports.identity.read()).toBeNull();
      // WELCOME and OK, or WELCOME and ERROR: no roster, no host, no doc.
      expect(heard).toHaveLength(2);
      expect(heard.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(400);
    }
  });

  it("RV3 used words are used up, and the new ones open; words that were replaced open nothing either", async () => {
    const { relay, laptop, secret, chat } = await scene();
    const [second, third] = [createRecoverySecret(systemRandom), createRecoverySecret(systemRandom)];
    const { vault } = await restore(relay, secret, anyPlace, second);
    expect(await codeOf(beginRestoring(portsFor(relay), { secret, place: anyPlace }))).toBe("wrong-words");
    const pinned = { vault: vault.id, fingerprint: fingerprintOf(relay) };
    expect(await codeOf(beginRestoring(portsFor(relay), { secret, place: pinned }))).toBe("wrong-words");
    await vault.recovery.set(third);
    expect(await codeOf(beginRestoring(portsFor(relay), { secret: second, place: pinned }))).toBe("wrong-words");
    await laptop.close();
    const again = await restore(relay, third, pinned, createRecoverySecret(systemRandom));
    expect(await firstText(again.vault, chat)).toBe("written before the flood");
  });

  it("RV4 the vault's other devices go on: both read what the other writes under the new key", async () => {
    const { relay, laptop, secret, chat } = await scene();
    const { vault } = await restore(relay, secret, anyPlace, createRecoverySecret(systemRandom));
    await until(() => laptop.devices().length === 3, "the laptop knows the new one");
    await until(() => vault.catalog.value.entry(chat) !== null, "the catalog is there");
    const fromNew = await vault.createChat();
    await vault.ask(fromNew, { text: "from the restored one", parent: null });
    expect(await firstText(laptop, fromNew)).toBe("from the restored one");
    const fromOld = await laptop.createChat();
    await laptop.ask(fromOld, { text: "from the old one", parent: null });
    expect(await firstText(vault, fromOld)).toBe("from the old one");
  });

  it("RV5 a restored vault opens again from what this device kept, and a device that has a vault restores none", async () => {
    const { relay, secret, chat } = await scene();
    const ports = portsFor(relay);
    const restoring = await beginRestoring(ports, { secret, place: anyPlace });
    const next = createRecoverySecret(systemRandom);
    await restoring.finish({ next, deviceName: "New laptop" }).then((vault) => vault.close());
    const again = await openVault(ports);
    if (again.kind !== "open") throw new Error(again.kind);
    endings.push(() => again.vault.close());
    expect(await firstText(again.vault, chat)).toBe("written before the flood");
    expect(await codeOf(beginRestoring(ports, { secret: next, place: anyPlace }))).toBe("has-vault");
  });

  it("RV6 another host than the link's is not trusted with the vault", async () => {
    const { relay, secret, laptop } = await scene();
    const place = { vault: laptop.id, fingerprint: systemRandom(16) };
    expect(await codeOf(beginRestoring(portsFor(relay), { secret, place }))).toBe("wrong-host");
  });

  it("RV7 an answer that is lost costs another try: the entry is there once", async () => {
    const { relay, secret, chat } = await scene();
    const ports = portsFor(relay);
    let cuts = 0;
    const losing: OpenLink = (events) => {
      const link = ports.openLink(events);
      return {
        ...link,
        send: (frame) => {
          link.send(frame);
          // ROSTER_CAS carries a whole entry, and nothing else that is sent here is as long.
          if (frame.length < 500 || cuts > 0) return;
          cuts += 1;
          events.onFrame = () => {};
          setTimeout(() => link.close(), 300);
        },
      };
    };
    const restoring = await beginRestoring({ ...ports, openLink: losing }, { secret, place: anyPlace });
    const vault = await restoring.finish({
      next: createRecoverySecret(systemRandom),
      deviceName: "New laptop",
    });
    endings.push(() => vault.close());
    expect(cuts).toBe(1);
    expect(await firstText(vault, chat)).toBe("written before the flood");
    expect(vault.devices().filter(({ name }) => name === "New laptop")).toHaveLength(1);
  });

  it("RV8 the words count only from when they are set; setting the same ones twice changes nothing", async () => {
    const { relay, laptop, secret } = await scene();
    const shown = createRecoverySecret(systemRandom);
    expect(await codeOf(beginRestoring(portsFor(relay), { secret: shown, place: anyPlace }))).toBe("wrong-words");
    await laptop.recovery.set(shown);
    await laptop.recovery.set(shown);
    expect(await codeOf(beginRestoring(portsFor(relay), { secret, place: anyPlace }))).toBe("wrong-words");
    expect((await beginRestoring(portsFor(relay), { secret: shown, place: anyPlace })).devices).toEqual(["Laptop"]);
  });
});

describe("the link beside the words", () => {
  it("RV9 is read as scanned, pasted or typed; a host's own link does as well, and others do not", async () => {
    await sodiumReady;
    const { laptop, relay } = await scene();
    const link = linkOf(laptop, "https://host.example.ts.net");
    const place = { vault: laptop.id, fingerprint: fingerprintOf(relay) };
    expect(link).toBe(recoveryLink("https://host.example.ts.net", place));
    for (const text of [link, ` ${link.slice(0, 40)}\n${link.slice(40)} `, link.slice(link.indexOf("#"))])
      expect(parseRecoveryLink(text)).toEqual(place);
    const ownLink = `http://localhost:4242/#${link.split("&")[1] ?? ""}`;
    expect(parseRecoveryLink(ownLink)).toEqual({ vault: null, fingerprint: place.fingerprint });
    for (const text of [
      "",
      "#",
      "http://localhost:4242/",
      link.slice(0, -1),
      `${link}&x=1`,
      link.replace("#r=", "#x="),
    ])
      expect(parseRecoveryLink(text)).toBeNull();
  });
});
