import { hangAfter, say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, conversation, createVault, questions, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("Try again makes a second version; both can be read, and the focus stays on the switch", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("The first answer."), say("The second answer."), say("What follows the first."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Answer me twice");
  await expect(answers(page)).toContainText(["The first answer."]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(answers(page)).toContainText(["The second answer."]);
  await expect(answers(page)).toHaveCount(1);
  await expect(page.getByRole("group", { name: "Version 2 of 2" })).toContainText("2/2");
  await expect(page.getByRole("button", { name: "Next version" })).toBeDisabled();

  await page.getByRole("button", { name: "Previous version" }).press("Enter");
  await expect(answers(page)).toContainText(["The first answer."]);
  await expect(page.getByRole("group", { name: "Version 1 of 2" })).toContainText("1/2");
  await expect(page.getByRole("button", { name: "Previous version" })).toBeFocused();

  // What is asked now follows the version that is shown.
  await ask(page, "Go on from the first");
  await expect(answers(page)).toContainText(["The first answer.", "What follows the first."]);
  const shown = backend.requests[2]?.body.messages?.map(({ content }) => content) ?? [];
  expect(shown).toContain("The first answer.");
  expect(shown).not.toContain("The second answer.");

  await page.getByRole("button", { name: "Next version" }).click();
  await expect(answers(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Previous version" }).press("ArrowLeft");
  await expect(answers(page), "with what followed it").toContainText(["The first answer.", "What follows the first."]);
});

test("a question put differently is another branch, and the first stays", async ({ runHost, backend, openDevice }) => {
  backend.script(say("Blue."), say("Yellow."));
  const host = await runHost();
  const { page } = await openDevice({ viewport: { width: 390, height: 844 }, isTouch: true });
  await createVault(page, host.link);
  await ask(page, "Name a cold colour");
  await expect(answers(page)).toContainText(["Blue."]);

  const editor = page.getByRole("textbox", { name: "Edit message" });
  const editButton = page.getByRole("button", { name: "Edit", exact: true });
  await editButton.tap();
  await expect(editor).toBeFocused();
  await expect(editor).toHaveValue("Name a cold colour");
  await editor.fill("Not this");
  await editor.press("Escape");
  await expect(editor).toHaveCount(0);
  await expect(editButton).toBeFocused();
  await expect(questions(page)).toContainText(["Name a cold colour"]);

  await editButton.tap();
  await editor.fill("Name a warm colour");
  await editor.press("Control+Enter");
  await expect(questions(page)).toContainText(["Name a warm colour"]);
  await expect(answers(page)).toContainText(["Yellow."]);
  await expect(questions(page)).toHaveCount(1);
  await expect(conversation(page)).toContainText("2/2");
  for (const button of await conversation(page).getByRole("button").all()) {
    const box = await button.boundingBox();
    if (box !== null) expect(Math.round(box.height), "a finger's width").toBeGreaterThanOrEqual(44);
  }

  await page.getByRole("button", { name: "Previous version" }).tap();
  await expect(questions(page)).toContainText(["Name a cold colour"]);
  await expect(answers(page)).toContainText(["Blue."]);
  expect(backend.requests).toHaveLength(2);
});

test("the chosen branch stays while its answer streams, and while another version streams beside it", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("The whole first answer."), hangAfter("and then ".repeat(40), { delayMs: 30 }));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Take your time");
  await expect(answers(page)).toContainText(["The whole first answer."]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(answers(page)).toContainText(["and then and then"]);
  await expect(conversation(page), "shown while it arrives").toContainText("2/2");
  await page.getByRole("button", { name: "Previous version" }).click();
  await page.waitForTimeout(500);
  await expect(answers(page)).toContainText(["The whole first answer."]);
  await page.getByRole("button", { name: "Next version" }).click();
  await expect(answers(page)).toContainText(["and then and then"]);
  await stopButton(page).click();
  await expect(answers(page)).toContainText(["Stopped"]);
  await expect(conversation(page)).toContainText("2/2");
});
