/** What other apps share, the app's shortcuts, and what the manifest promises. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answers, ask, createVault, messageBox, questions, waitForServiceWorker } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("a text, a link and a file that another app shares stand in the composer of a new chat, and reach no host on the way", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "An older chat");
  await expect(answers(page)).toHaveCount(1);
  await waitForServiceWorker(page);
  await page.reload();
  await expect(answers(page)).toHaveCount(1);
  const manifest = (await page.evaluate(async () => (await fetch("/manifest.webmanifest")).json())) as {
    share_target: { action: string; method: string; enctype: string };
    shortcuts: { url: string }[];
  };
  expect(manifest.share_target).toMatchObject({ method: "POST", enctype: "multipart/form-data" });
  expect(manifest.shortcuts.map(({ url }) => url)).toEqual(["/#/new", "/#/search"]);

  // What Chromium itself holds against installing it: its own check, not ours.
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  expect(installabilityErrors).toEqual([]);
  const { errors } = await session.send("Page.getAppManifest");
  expect(errors.map(({ message }) => message)).toEqual([]);

  // As the system does it: a form, sent to the address that the manifest names, opens the app.
  const form = `<!doctype html><form action="${host.origin}${manifest.share_target.action}" method="POST" enctype="multipart/form-data">
    <input name="title" value="A recipe"><input name="text" value="Bread in an hour"><input name="url" value="https://example.org/bread">
    <input type="file" name="files"><button>Share</button></form>`;
  const system = createServer((_, response) => response.setHeader("content-type", "text/html").end(form));
  await new Promise<void>((done) => system.listen(0, "127.0.0.1", done));
  await page.goto(`http://localhost:${(system.address() as AddressInfo).port}/`);
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "list.txt", mimeType: "text/plain", buffer: Buffer.from("flour\nwater\n") });
  await page.getByRole("button", { name: "Share" }).click();
  await expect(messageBox(page)).toHaveValue("A recipe\nBread in an hour\nhttps://example.org/bread");
  await expect(page.getByRole("list", { name: "Files to send" })).toContainText("list.txt");
  await expect(questions(page), "nothing is sent by itself").toHaveCount(0);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(questions(page)).toContainText("Bread in an hour");
  expect(host.printed()).not.toContain("recipe");
  system.close();

  // As the system does it where the app is installed: files for whoever asks the browser's queue.
  await page.addInitScript(() => {
    const files = [{ kind: "file", getFile: () => Promise.resolve(new File(["# Trees"], "trees.md")) }];
    Object.defineProperty(globalThis, "launchQueue", {
      value: { setConsumer: (take: (launch: object) => void) => setTimeout(take, 0, { files }) },
    });
  });
  await page.goto(`${host.origin}/`);
  await expect(page.getByRole("list", { name: "Files to send" }), "opened with the app").toContainText("trees.md");

  await page.goto(`${host.origin}/#/share`);
  await page.reload();
  await expect(page.locator(".toast")).toContainText("did not arrive");
  await page.goto(`${host.origin}/#/search`);
  await page.reload();
  await expect(page.getByRole("dialog", { name: "Search and commands" })).toBeVisible();
});
