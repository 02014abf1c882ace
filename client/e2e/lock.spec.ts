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
