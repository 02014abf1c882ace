/** Two models on one question: columns on a desk, tabs on a phone, one kept, both there as versions. */
import { fail, say, startScriptedBackend, type Script } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, chooseModel, createVault, messageBox, questions, sendButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("two models are asked at once, stand side by side, and one is kept", async ({ runHost, openDevice }) => {
  const backend = await startScriptedBackend({ models: ["small", "large"] });
  // Asked at once, they come in any order.
  let largeTries = 0;
  const each: Script = (response, request) => {
    if (request.body.model === "small")
      return say("A short answer.\n\n<remember>I like it short.</remember>")(response, request);
    largeTries += 1;
    return (largeTries === 1 ? fail(400, "out of memory") : say("A longer and better answer."))(response, request);
  };
  backend.script(each, each, each, say("It follows."));
  const host = await runHost(backend.url);
  const { page } = await openDevice();
  await createVault(page, host.link);
  await chooseModel(page, "Compare two models");
  await expect(page.getByRole("button", { name: "Second model: large" })).toBeVisible();
  await ask(page, "Who says it better?");
  const comparison = page.getByRole("region", { name: "Two answers side by side" });
  await expect(comparison.getByRole("article")).toHaveText([/A short answer\./, /out of memory/]);
  await comparison.getByRole("button", { name: "Try again" }).press("Enter");
  await expect(comparison.getByRole("article")).toHaveText([/A short answer\./, /A longer and better answer\./]);
  expect(backend.requests.map(({ body }) => body.model).sort()).toEqual(["large", "large", "small"]);
  await expect(comparison).not.toContainText("<remember>");
  await expect(comparison.getByText("I like it short."), "a proposal, as under any answer").toBeVisible();
  const boxes = await Promise.all([0, 1].map((at) => comparison.getByRole("article").nth(at).boundingBox()));
  expect(boxes[1]?.x ?? 0, "beside each other").toBeGreaterThan((boxes[0]?.x ?? 0) + (boxes[0]?.width ?? 0) - 1);
  await expect(page.getByRole("button", { name: /^Second model/ }), "for one question").toHaveCount(0);

  await comparison.getByRole("button", { name: "Keep this one: large" }).press("Enter");
  await expect(comparison).toHaveCount(0);
  await expect(answers(page)).toHaveText([/A longer and better answer\./]);
  await expect(page.getByRole("group", { name: "Version 3 of 3" })).toBeVisible();
  await expect(answers(page), "what had the focus is gone, what stands there has it").toBeFocused();
  await ask(page, "And then?");
  await expect(answers(page).last()).toContainText("It follows.");
  const shown = backend.requests.at(-1)?.body.messages?.map(({ content }) => content) ?? [];
  expect(shown).toContain("A longer and better answer.");
  expect(shown.join()).not.toContain("A short answer.");
  await backend.close();
});

test("on a phone the two stand behind each other, also versions that are there already", async ({
  runHost,
  openDevice,
}) => {
  const backend = await startScriptedBackend({ models: ["small", "large"] });
  backend.script(say("First words."), say("Second words."));
  const host = await runHost(backend.url);
  const { page } = await openDevice({ viewport: { width: 390, height: 844 }, isTouch: true });
  await createVault(page, host.link);
  await messageBox(page).fill("Twice, please");
  await sendButton(page).click();
  await expect(answers(page)).toContainText("First words.");
  await page.getByRole("button", { name: "More for this answer" }).click();
  await page.getByRole("menuitem", { name: "Compare with large" }).click();
  const tab = (name: string) => page.getByRole("tab", { name });
  await expect(tab("small")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("tabpanel")).toContainText("First words.");
  await tab("large").click();
  await expect(page.getByRole("tabpanel")).toContainText("Second words.");
  await expect(page.getByText("First words.", { exact: true })).toBeHidden();
  await page.keyboard.press("ArrowLeft");
  await expect(tab("small")).toBeFocused();
  await page.getByRole("button", { name: "Stop comparing" }).click();
  await expect(answers(page)).toHaveText([/First words\./]);
  await page.getByRole("button", { name: "More for this answer" }).click();
  await page.getByRole("menuitem", { name: "Compare versions" }).click();
  await tab("large").click();
  await page.getByRole("button", { name: "Keep this one: large" }).click();
  await expect(answers(page)).toHaveText([/Second words\./]);
  await expect(questions(page)).toHaveCount(1);
  await backend.close();
});
