/** What is remembered: proposed by a model, kept by the owner, told in other chats, never in a temporary one. */
import { AxeBuilder } from "@axe-core/playwright";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("a model proposes, the owner decides, and what was kept goes with other chats until it is forgotten, but never with a temporary one", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(
    say("Enjoy the lentils.\n<remember>Is vegetarian.</remember>\n<remember>Owns a wok.</remember>"),
    say("Of course."),
  );
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  const system = (): string => String(backend.requests.at(-1)?.body.messages?.[0]?.content);

  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings.getByRole("checkbox", { name: /Let models propose/ }).check();
  await settings.getByRole("textbox", { name: "Add something to remember" }).fill("Lives in Kiel");
  await page.keyboard.press("Enter");
  await expect(settings.getByRole("textbox", { name: "What is remembered" })).toHaveValue("Lives in Kiel");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press("Escape");

  await ask(page, "What can I cook? I eat no meat.");
  await expect(answers(page)).toContainText("Enjoy the lentils.");
  expect(system()).toMatch(/- Lives in Kiel[^]*<remember>/);
  const proposals = answers(page).getByRole("group", { name: "Remember this?" });
  await expect(proposals).toHaveCount(2);
  await expect(answers(page)).not.toContainText("<remember>");
  await proposals.filter({ hasText: "wok" }).getByRole("button", { name: "No" }).click();
  await proposals.getByRole("button", { name: "Remember", exact: true }).click();
  await expect(proposals).toHaveCount(0);

  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await ask(page, "And tomorrow?");
  await expect(answers(page)).toContainText("Of course.");
  expect(system()).toContain("- Is vegetarian.");
  expect(system()).not.toContain("wok");

  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await page.getByRole("main").getByRole("button", { name: "Temporary chat" }).click();
  await ask(page, "Just between us?");
  await expect(answers(page)).toContainText("Of course.");
  expect(system()).not.toMatch(/vegetarian|remember/);

  await page.reload();
  await expect(messageBox(page)).toBeVisible();
  await page.keyboard.press("Control+,");
  await settings.getByRole("button", { name: "Forget: Is vegetarian." }).click();
  await expect(settings.getByRole("textbox", { name: "What is remembered" })).toHaveCount(1);
});
