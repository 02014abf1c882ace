import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { AxeBuilder } from "@axe-core/playwright";
import { say } from "../../host/testing/scriptedBackend.ts";
import { scanFolder } from "./canaryScan.ts";
import { answers, ask, createVault, messageBox, syncStatus, waitForServiceWorker } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const words = "seven lanterns by the orchard wall";

test("UL4 a passphrase is set, asked for, refused when wrong, and opens; the browser's own key opens nothing any more", async ({
  runHost,
  backend,
  openDevice,
  folder,
}) => {
  backend.script(say("Blue."));
  const host = await runHost();
  const profile = join(folder, "profile");
  const device = await openDevice({ profile });
  const { page } = device;
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await createVault(page, host.link);
  await ask(page, "Name a colour");
  await expect(answers(page)).toContainText(["Blue."]);
  await expect(syncStatus(page)).toHaveText(/on your host/i);
  // What the browser's key opens. While it lies on the disk, whoever has the profile has the vault.
  const platformWrap = await storedPlatformWrap(page);
  expect(platformWrap.length).toBeGreaterThan(40);

  await command(page, "Lock with a passphrase");
  const dialog = page.getByRole("dialog", { name: "Lock this device with a passphrase" });
  await dialog.getByLabel("Passphrase").fill(words);
  await dialog.getByLabel("The same once more").fill("something else");
  await dialog.getByRole("button", { name: "Set passphrase" }).click();
  await expect(dialog).toContainText("not the same");
  await dialog.getByLabel("Passphrase").fill("short");
  await dialog.getByLabel("The same once more").fill("short");
  await dialog.getByRole("button", { name: "Set passphrase" }).click();
  await expect(dialog).toContainText("at least 8 characters");
  await dialog.getByLabel("Passphrase").fill(words);
  await dialog.getByLabel("The same once more").fill(words);
  expect(
    asked.filter((path) => /stretchWorker/.test(path)),
    "nothing of it is loaded before",
  ).toEqual([]);
  await dialog.getByRole("button", { name: "Set passphrase" }).click();
  await expect(dialog).toHaveCount(0);
  await waitForServiceWorker(page);

  await page.reload();
  await expect(page.getByRole("heading", { name: "This device is locked" })).toBeVisible();
  await expect(messageBox(page)).toHaveCount(0);
  await expect(page.getByLabel("Passphrase")).toBeFocused();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await unlock(page, "seven lanterns by the orchard gate");
  await expect(page.getByText("That did not unlock this device.")).toBeVisible();
  await expect(messageBox(page)).toHaveCount(0);
  await unlock(page, words);
  await expect(answers(page)).toContainText(["Blue."]);

  await command(page, "Lock now");
  await expect(page.getByRole("heading", { name: "This device is locked" })).toBeVisible();
  await device.close();
  const forms = [{ name: "what the browser's key opened", bytes: platformWrap }];
  expect(scanFolder(profile, forms), "every file of the locked profile").toEqual([]);

  // The app is still there without its host, and so is the way in.
  await host.stop();
  const again = await openDevice({ profile });
  await again.page.goto(host.origin);
  await unlock(again.page, words);
  await again.page.getByRole("navigation", { name: "Chats" }).getByText("Name a colour").click();
  await expect(answers(again.page)).toContainText(["Blue."]);
});

test("UL4 the scan finds what the browser's key opens, for as long as it is not locked", async ({
  runHost,
  openDevice,
  folder,
}) => {
  const host = await runHost();
  const profile = join(folder, "profile");
  const device = await openDevice({ profile });
  await createVault(device.page, host.link);
  await expect(syncStatus(device.page)).toHaveText(/on your host/i);
  const platformWrap = await storedPlatformWrap(device.page);
  await device.close();
  expect(scanFolder(profile, [{ name: "wrap", bytes: platformWrap }])).not.toEqual([]);
});

test("UL5 a passkey is set, asked for, and opens; one that keeps no secret is not taken; closing the question changes nothing", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Green."));
  const host = await runHost();
  const { context, page } = await openDevice();
  const client = await context.newCDPSession(page);
  await client.send("WebAuthn.enable");
  const addAuthenticator = async (hasPrf: boolean): Promise<string> => {
    const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        ctap2Version: "ctap2_1",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        hasPrf,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return authenticatorId;
  };
  await createVault(page, host.link);
  await ask(page, "Name another colour");
  await expect(answers(page)).toContainText(["Green."]);
  await waitForServiceWorker(page);
  await page.getByRole("button", { name: "Devices", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Devices" });
  const ways = sheet.getByRole("list", { name: "Unlocking this device" });
  await expect(ways).toHaveText("This browser, without asking");

  const plain = await addAuthenticator(false);
  await sheet.getByRole("button", { name: "Lock with a passkey" }).click();
  await expect(sheet.getByText("This passkey cannot keep a secret for a page")).toBeVisible();
  await expect(ways).toHaveText("This browser, without asking");
  await client.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: plain });

  // Once it was refused, a virtual one refuses for good.
  const refusing = await addAuthenticator(true);
  await client.send("WebAuthn.setUserVerified", { authenticatorId: refusing, isUserVerified: false });
  await sheet.getByRole("button", { name: "Lock with a passkey" }).click();
  await expect(sheet.getByText("The passkey was not used.")).toBeVisible();
  await client.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: refusing });
  await addAuthenticator(true);
  await sheet.getByRole("button", { name: "Lock with a passkey" }).click();
  await expect(sheet.getByText("This device now asks for your passkey")).toBeVisible();
  await expect(ways).toHaveText("Passkey");

  await page.reload();
  await expect(page.getByRole("heading", { name: "This device is locked" })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await expect(messageBox(page)).toHaveCount(0);
  await page.getByRole("button", { name: "Unlock with a passkey" }).click();
  await expect(answers(page)).toContainText(["Green."]);
});

async function command(page: Page, name: string): Promise<void> {
  await messageBox(page).focus();
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search and commands" });
  await expect(palette.getByRole("combobox")).toBeFocused();
  await page.keyboard.type(name);
  await palette.getByRole("option").first().click();
}

async function unlock(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel("Passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Unlock", exact: true }).click();
}

/** The platform slot's wrap, as crypto/lockForm.ts has it: version, lock id and count, then kind, slot id and a length. */
async function storedPlatformWrap(page: Page): Promise<Buffer> {
  const sealed = await page.evaluate(
    () =>
      new Promise<number[]>((done, failed) => {
        const opening = indexedDB.open("sovereign-identity");
        opening.onerror = () => failed(opening.error);
        opening.onsuccess = () => {
          const row = opening.result.transaction("identity").objectStore("identity").get("device");
          row.onerror = () => failed(row.error);
          row.onsuccess = () => {
            opening.result.close();
            done([...(row.result as { sealed: Uint8Array }).sealed]);
          };
        };
      }),
  );
  const bytes = Buffer.from(sealed);
  const slot = 1 + 16 + 1;
  const wrap = slot + 1 + 16 + 2;
  expect(bytes[slot], "a platform slot").toBe(1);
  return bytes.subarray(wrap, wrap + bytes.readUInt16BE(wrap - 2));
}

test("UL6 locked, no tab of the browser holds its key or a word of it any more: heaps and the processes' memory are searched", async ({
  runHost,
  backend,
  openDevice,
  folder,
}) => {
  const canary = "canary-mulberry-5521";
  backend.script(say(`It says ${canary}.`));
  const host = await runHost();
  const profile = join(folder, "profile");
  const { context, page } = await openDevice({ profile });
  await createVault(page, host.link);
  await ask(page, `What about ${canary}?`);
  await expect(answers(page)).toContainText([canary]);
  await waitForServiceWorker(page);
  const lockSecret = await storedLockSecret(page);
  await setPassphrase(page);

  // The first tab has read all of it before the second takes over.
  const second = await context.newPage();
  await second.goto(host.origin);
  await second.getByRole("button", { name: "Use it here" }).click();
  await second.getByRole("heading", { name: "This device is locked" }).waitFor();
  await unlock(second, words);
  await second.getByRole("navigation", { name: "Chats" }).getByText(canary).click();
  await expect(answers(second)).toContainText([canary]);
  expect(await isInHeap(second, canary), "the search finds what is there").toBe(true);
  if (process.platform === "linux")
    expect(countInMemory(profile, lockSecret), "the same of the key").toBeGreaterThan(0);

  // Both begin anew: a mark on the page goes with what was there.
  for (const tab of [page, second]) await tab.evaluate(() => document.body.setAttribute("data-before", ""));
  await second.keyboard.press("Control+Shift+L");
  for (const tab of [page, second])
    await expect(tab.locator("body:not([data-before]) h1")).toHaveText(/This device is locked|open in another tab/);
  for (const tab of [page, second]) expect(await isInHeap(tab, canary)).toBe(false);
  // A process whose page has gone may take a moment to end.
  if (process.platform === "linux") await expect.poll(() => countInMemory(profile, lockSecret)).toBe(0);
  // Locked, not lost; which of the two has the lock is a matter of who was quicker.
  const asking = async (): Promise<Page | undefined> => {
    for (const tab of [page, second]) if (await tab.getByLabel("Passphrase").isVisible()) return tab;
    return undefined;
  };
  await expect.poll(asking).toBeDefined();
  const open = (await asking()) ?? page;
  await unlock(open, words);
  await expect(messageBox(open)).toBeVisible();
});

test("UL7 locks by itself after the minutes that were chosen, when nobody touched it; and not before", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await page.clock.install();
  await createVault(page, host.link);
  await waitForServiceWorker(page);
  await setPassphrase(page);
  await page.getByRole("button", { name: "Devices", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Devices" });
  await sheet.getByLabel("Lock by itself").selectOption("After 5 minutes");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press("Escape");
  await page.clock.fastForward("04:00");
  await messageBox(page).press("a");
  await page.clock.fastForward("04:00");
  await expect(messageBox(page)).toBeVisible();
  await page.clock.fastForward("02:00");
  await expect(page.getByRole("heading", { name: "This device is locked" })).toBeVisible();
  await expect(messageBox(page)).toHaveCount(0);
});

async function setPassphrase(page: Page): Promise<void> {
  await command(page, "Lock with a passphrase");
  const dialog = page.getByRole("dialog", { name: "Lock this device with a passphrase" });
  await dialog.getByLabel("Passphrase").fill(words);
  await dialog.getByLabel("The same once more").fill(words);
  await dialog.getByRole("button", { name: "Set passphrase" }).click();
  await expect(dialog).toHaveCount(0);
}

/** What the vault's secrets are sealed under, opened with the browser's own key while there is one: crypto/lock.ts, lockForm.ts. */
async function storedLockSecret(page: Page): Promise<Buffer> {
  const opened = await page.evaluate(async () => {
    const rows = await new Promise<Record<string, unknown>[]>((done, failed) => {
      const opening = indexedDB.open("sovereign-identity");
      opening.onerror = () => failed(opening.error);
      opening.onsuccess = () => {
        const all = opening.result.transaction("identity").objectStore("identity").getAll();
        all.onerror = () => failed(all.error);
        all.onsuccess = () => {
          opening.result.close();
          done(all.result as Record<string, unknown>[]);
        };
      };
    });
    const values = rows.flatMap((row) => (row instanceof CryptoKey ? [row] : Object.values(row)));
    const key = values.find((value) => value instanceof CryptoKey);
    const sealed = values.find((value) => value instanceof Uint8Array && value[0] === 2);
    if (!(key instanceof CryptoKey) || !(sealed instanceof Uint8Array)) throw new Error("no lock is stored");
    const [lockId, kindAndId] = [sealed.slice(1, 17), sealed.slice(18, 35)];
    const length = ((sealed[35] ?? 0) << 8) | (sealed[36] ?? 0);
    const wrap = sealed.slice(37, 37 + length);
    const text = (words: string): number[] => [...new TextEncoder().encode(words)];
    const additionalData = Uint8Array.from([
      ...text("sovereign/lock/v1"),
      ...text("sovereign/lock-slot/v1"),
      ...lockId,
      ...kindAndId,
    ]);
    const plain = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: wrap.slice(1, 13), additionalData },
      key,
      wrap.slice(13),
    );
    return [...new Uint8Array(plain)];
  });
  return Buffer.from(opened);
}

/** Whether the text is anywhere in what a tab's engine still reaches: after a collection, so that only what is held counts. */
async function isInHeap(page: Page, text: string): Promise<boolean> {
  const client = await page.context().newCDPSession(page);
  try {
    let isFound = false;
    let before = "";
    client.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => {
      isFound ||= (before + chunk).includes(text);
      before = chunk.slice(-text.length);
    });
    await client.send("HeapProfiler.collectGarbage");
    await client.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    return isFound;
  } finally {
    await client.detach();
  }
}

/** In how many places of the memory of the browser's page processes the bytes lie: everything that is mapped, freed or not. */
function countInMemory(profile: string, bytes: Buffer): number {
  let count = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (isRendererOf(pid, profile)) count += countInProcess(pid, bytes);
  }
  return count;
}

function isRendererOf(pid: string, profile: string): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return (
      command.includes("--type=renderer") &&
      parentsOf(pid).some((each) => readFileSync(`/proc/${each}/cmdline`, "utf8").includes(profile))
    );
  } catch {
    return false; // it ended meanwhile
  }
}

function parentsOf(pid: string): string[] {
  const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return parent === "0" ? [] : [parent, ...parentsOf(parent)];
}

function countInProcess(pid: string, bytes: Buffer): number {
  let count = 0;
  const memory = openSync(`/proc/${pid}/mem`, "r");
  const part = Buffer.alloc(1 << 20);
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      const end = Number.parseInt(to, 16);
      for (let at = Number.parseInt(from, 16); at < end; at += part.length - bytes.length) {
        let read = 0;
        try {
          read = readSync(memory, part, 0, Math.min(part.length, end - at), at);
        } catch {
          break; // reserved, and nothing behind it
        }
        const seen = part.subarray(0, read);
        for (let found = seen.indexOf(bytes); found !== -1; found = seen.indexOf(bytes, found + 1)) count += 1;
        if (read < part.length) break;
      }
    }
    return count;
  } finally {
    closeSync(memory);
  }
}
