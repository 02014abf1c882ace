import { join } from "node:path";
import { say } from "../../host/testing/scriptedBackend.ts";
import { canaryForms, filesUnder, scanBytes, scanFolder, type CanaryForm } from "./canaryScan.ts";
import { answers, ask, createVault, messageBox, syncStatus, waitForServiceWorker, type Device } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { dumpStorage } from "./storageDump.ts";

/** Short and first in its message, so that it also stands whole in the title that the chat is given. */
const typed = "otter hides eleven walnuts";
const answered = "seven lanterns were counted along the flooded orchard wall";
const unsent = "an unsent thought about the copper kettle and its lid";
const forms = [typed, answered, unsent].flatMap((sentence) => canaryForms(sentence));

test("S-11 I6 what is written and answered is readable nowhere on disk: not at the host, not in the browser's profile", async ({
  runHost,
  backend,
  openDevice,
  home,
  folder,
}) => {
  backend.script(say(`Listen: ${answered}.`));
  const host = await runHost();
  const device = await openDevice({ profile: join(folder, "profile") });
  const { page } = device;
  await createVault(page, host.link);
  await ask(page, `${typed} beneath the harbour stairs`);
  await expect(answers(page)).toContainText(answered);
  await expect(page.getByRole("navigation", { name: "Chats" })).toContainText(typed);
  await messageBox(page).fill(unsent);
  await expect(syncStatus(page)).toHaveText(/on your host/i);
  await waitForServiceWorker(page);
  await page.waitForTimeout(1_500);
  await page.reload();
  await expect(answers(page)).toContainText(answered);

  // The search is over something: the host has its log, the browser its journal.
  expect(filesUnder(home).length).toBeGreaterThan(2);
  expect(scanFolder(home, forms), "the host's home, while it runs").toEqual([]);
  expect(await findInPage(device, forms), "what the page keeps").toEqual([]);
  // The same search, on the same page, does find a sentence that stands in the app's own files.
  expect(await findInPage(device, canaryForms("Create vault"))).not.toEqual([]);

  await device.close();
  expect(await host.stop()).toBe(0);
  expect(scanFolder(home, forms), "the host's home, stopped").toEqual([]);
  expect(scanFolder(join(folder, "profile"), forms), "every file of the browser's profile").toEqual([]);
  expect(host.printed()).not.toContain(typed);
});

async function findInPage(device: Device, wanted: readonly CanaryForm[]): Promise<string[]> {
  const parts = await dumpStorage(device.page);
  expect(parts.filter(({ where }) => where.startsWith("IndexedDB")).length).toBeGreaterThan(0);
  return parts.flatMap(({ where, bytes }) => scanBytes(where, bytes, wanted).map(({ form }) => `${where}: ${form}`));
}
