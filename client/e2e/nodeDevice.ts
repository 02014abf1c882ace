/** A device without a screen, of the same vault as a page's: it writes and proposes as a person's other device does, by the vault's own methods. */
import "fake-indexeddb/auto";
import type { Page } from "@playwright/test";
import { systemRandom } from "#crypto/random.ts";
import type { Artifact } from "#sync/artifacts/artifact.ts";
import { joinVault } from "#sync/joining.ts";
import { createWebSocketLink } from "#sync/links/webSocket.ts";
import { parsePairingLink } from "#sync/pairingLink.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createMemoryIdentityStore } from "#sync/testing/testDevice.ts";
import type { OpenDoc, Vault } from "#sync/vault.ts";
import { expect } from "./fixtures.ts";

/** The page lets it in. Close the vault before the host stops. */
export async function pairNodeDevice(page: Page, deviceName: string): Promise<Vault> {
  await page.getByRole("button", { name: "Devices", exact: true }).click();
  await page.getByRole("button", { name: "Add a device" }).click();
  const link = (await page.locator(".pair-link").textContent()) ?? "";
  const parsed = parsePairingLink(link);
  if (parsed === null) throw new Error("The page shows no link to pair with.");
  const { port } = new URL(page.url());
  const joining = await joinVault(
    {
      clock: systemClock,
      random: systemRandom,
      openLink: createWebSocketLink(`ws://localhost:${port}/link`),
      identity: createMemoryIdentityStore(),
      kind: "terminal",
    },
    { invitation: parsed.invitation, deviceName },
  );
  await page.getByRole("button", { name: "They are the same" }).click();
  joining.confirm();
  const vault = await joining.joined;
  if (vault === null) throw new Error(`It was not let in: ${JSON.stringify(joining.state())}`);
  await expect(page.getByText(deviceName, { exact: false }).first()).toBeVisible();
  await page.keyboard.press("Escape");
  return vault;
}

/** The newest artifact of this name, once it is there with its text. */
export async function openThere(vault: Vault, title: string, text: string): Promise<OpenDoc<Artifact>> {
  const find = () => vault.catalog.value.artifacts.all().find((entry) => entry.title === title);
  await expect.poll(() => find()?.title).toBe(title);
  const entry = find();
  if (entry === undefined) throw new Error(`There is no artifact called ${title}.`);
  const doc = await vault.openArtifact(entry.id);
  await expect.poll(() => doc.value.text()).toContain(text);
  return doc;
}
