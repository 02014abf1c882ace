/** Artifacts as a person has them: made from an answer, written on two devices at once, changed by a model's proposal, brought back, found again. */
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, messageBox } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { openThere, pairNodeDevice } from "./nodeDevice.ts";

const panel = (page: Page): Locator => page.getByRole("region", { name: /^Artifact: / });
const text = (page: Page): Locator => panel(page).getByRole("textbox", { name: "Text of the artifact" });
const tab = (page: Page, name: RegExp): Locator => panel(page).getByRole("tab", { name });
/** As the editor has it, which draws only what is in sight. */
const lines = async (page: Page): Promise<string> =>
  (await text(page).locator(".cm-line").allTextContents()).join("\n");

const draft = "# Bread\n\nFlour, water, salt.\n\nLet it rise overnight.\n\nBake it hot.\n";

test("AR1 made from an answer, written on two devices at once; of a proposal one change is taken and one is left; an older version comes back", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say(`Here it is:\n\n\`\`\`md title=bread.md\n${draft}\`\`\``));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "How do I bake bread?");
  await answers(page).getByRole("button", { name: "Open as artifact: bread.md" }).click();
  await expect(text(page)).toContainText("Bake it hot.");
  await expect(page).toHaveURL(/#\/chat\/[0-9a-f]+\/[0-9a-f]+$/);

  const there = await pairNodeDevice(page, "Kitchen");
  try {
    const doc = await openThere(there, "bread.md", "Bake it hot.");
    const theirs = doc.value;

    // Both at once, in different places and in the same line.
    await text(page).getByText("Flour, water, salt.").click();
    await page.keyboard.press("End");
    for (const [at, letter] of [..." Yeast, if you like."].entries()) {
      await page.keyboard.type(letter);
      if (at % 4 === 0) theirs.splice(theirs.text().indexOf("overnight"), 0, `${at} `);
      if (at === 10) theirs.splice(theirs.text().indexOf("Flour"), 5, "Rye flour");
    }
    const both = "Rye flour, water, salt. Yeast, if you like.\n\nLet it rise 0 4 8 12 16 overnight.";
    await expect.poll(() => lines(page)).toContain(both);
    await expect.poll(() => theirs.text()).toContain(both);
    await expect.poll(() => lines(page)).toBe(theirs.text());

    // Who else is here, and where.
    doc.awareness.setLocalState({ device: there.deviceId, caret: theirs.caretAt(theirs.text().indexOf("water")) });
    await expect(panel(page).locator(".companions")).toHaveText("Kitchen");
    await expect(panel(page).locator(".cm-theirName")).toHaveAttribute("data-name", "Kitchen");
    // Undo takes back what was typed here, and nothing of theirs: at once, or in as many steps as it was typed in with rests between.
    const isTypedGone = async (): Promise<boolean> => (await lines(page)).includes("salt.\n");
    for (let presses = 0; presses < 20 && !(await isTypedGone()); presses += 1) await page.keyboard.press("Control+z");
    await expect.poll(() => theirs.text()).not.toContain("Yeast");
    await expect.poll(() => lines(page)).toBe(theirs.text());
    expect(theirs.text()).toContain("Rye flour, water, salt.");
    expect(theirs.text()).toContain("0 4 8 12 16 overnight");

    const before = theirs.text();
    const proposed = before.replace("Bake it hot.", "Bake it at 250 °C.").replace("Rye flour", "Spelt");
    const filed = theirs.propose({ kind: "whole", text: proposed }, theirs.heads(), {
      run: "ab".repeat(16),
      model: "qwen3-30b",
      at: Date.now(),
      index: 0,
    });
    expect(filed.kind).toBe("filed");
    await expect(panel(page).getByText("qwen3-30b proposes changes")).toBeVisible();
    // The owner goes on writing meanwhile.
    await text(page).getByText("Bread").click();
    await page.keyboard.press("End");
    await page.keyboard.type(", the slow way");
    await panel(page).getByRole("button", { name: "Look at them" }).click();
    await expect(panel(page).getByRole("group", { name: /^Change \d of 2$/ })).toHaveCount(2);
    await expect(panel(page).locator("ins").last()).toContainText("Bake it at 250 °C.");
    await panel(page).getByRole("checkbox", { name: "Take change 1" }).uncheck();
    await panel(page).getByRole("button", { name: "Accept 1 of 2" }).click();
    await expect(text(page)).toContainText("Bake it at 250 °C.");
    const after = before.replace("Bake it hot.", "Bake it at 250 °C.").replace("# Bread", "# Bread, the slow way");
    await expect.poll(() => lines(page)).toBe(after);
    await expect.poll(() => theirs.text()).toBe(after);

    // In time: whose hand each was, and back to the beginning without losing what came after.
    await tab(page, /^Versions/).click();
    const versions = panel(page)
      .getByRole("list", { name: /^Versions/ })
      .getByRole("listitem");
    await expect(versions.filter({ hasText: "qwen3-30b, put in by this device" })).toHaveCount(1);
    await expect(versions.filter({ hasText: "Kitchen" }).first()).toBeVisible();
    await versions.last().getByRole("button").click();
    await expect(panel(page).locator("ins")).toContainText("Flour, water, salt.");
    await panel(page).getByRole("button", { name: "Name this version" }).click();
    await page.keyboard.type("As it was answered");
    await page.keyboard.press("Enter");
    await expect(panel(page).getByRole("heading", { name: "As it was answered" })).toBeVisible();
    await panel(page).getByRole("button", { name: "Restore" }).click();
    await expect.poll(() => theirs.text()).toMatch(/^# Bread\n\nFlour, water, salt\./);
    await expect(versions.filter({ hasText: "As it was answered" })).toHaveCount(1);
    await tab(page, /^Preview/).click();
    await expect(panel(page).getByRole("heading", { name: "Bread", exact: true })).toBeVisible();
    doc.close();
  } finally {
    await there.close();
  }
});

test("AR2 the library: made by hand, found, renamed, copied, deleted and brought back; what it is opens again after a reload", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("artifacts");
  await page.getByRole("option", { name: "Artifacts" }).click();
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { name: "What you make stays here" })).toBeVisible();
  await expect(messageBox(page)).toHaveCount(0);

  await main.getByRole("button", { name: "New artifact" }).click();
  await page.getByRole("menuitem", { name: "Table" }).click();
  await expect(text(page)).toBeVisible();
  await panel(page).getByRole("textbox", { name: "Name of the artifact" }).fill("Prices");
  await text(page).click();
  await page.keyboard.type("what,price\nflour,2.40\n");
  await tab(page, /^Preview/).click();
  await expect(panel(page).getByRole("cell", { name: "2.40" })).toBeVisible();
  const download = page.waitForEvent("download");
  await panel(page).getByRole("button", { name: "Actions for Prices" }).click();
  await page.getByRole("menuitem", { name: "Download", exact: true }).click();
  expect((await download).suggestedFilename()).toBe("Prices.csv");
  // The edge is moved by keys as well.
  const width = async (): Promise<number> => (await panel(page).boundingBox())?.width ?? 0;
  const was = await width();
  await panel(page).getByRole("separator", { name: "Width of the artifact" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(width).toBeLessThan(was);
  await panel(page).getByRole("button", { name: "Full screen" }).click();
  await expect.poll(width).toBe(1280);
  await page.keyboard.press("Escape");
  await expect.poll(width).toBeLessThan(was);

  const list = main.getByRole("list", { name: "Artifacts" });
  await list.getByRole("button", { name: "Actions for Prices" }).click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await expect(panel(page)).toHaveAccessibleName("Artifact: Prices (copy)");
  await expect(text(page)).toContainText("flour,2.40");
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await main.getByRole("searchbox", { name: "Search by name" }).fill("copy");
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await list.getByRole("button", { name: "Actions for Prices (copy)" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(list).toContainText("None of your artifacts fits.");
  await expect(panel(page)).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(panel(page)).toHaveAccessibleName("Artifact: Prices (copy)");

  await page.reload();
  await expect(text(page)).toContainText("flour,2.40");
  await expect(list.getByRole("listitem")).toHaveCount(2);
});

test("AR3 a model makes one, and changes what is open beside the chat: a card leads to each, and the changes wait for a yes", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(
    say(
      'Here is a page.\n\n<artifact title="Greeting" kind="html">\n<h1>Hello</h1>\n<script>document.body.append("It runs.");</script>\n</artifact>\n\nOpen it.',
    ),
  );
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await messageBox(page).fill("/artifact");
  await expect(page.getByRole("option", { name: /artifact/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText("models in this chat may make artifacts")).toBeVisible();
  await ask(page, "Make me a page that greets.");
  const card = answers(page).getByRole("button", { name: "Open Greeting" });
  await expect(card).toContainText("Web page");
  await expect(answers(page)).toContainText("Open it.");
  await expect(answers(page)).not.toContainText("<artifact");
  await card.click();
  await expect(text(page)).toContainText("<h1>Hello</h1>");
  await tab(page, /^Preview/).click();
  await expect(panel(page).frameLocator("iframe").getByRole("heading", { name: "Hello" })).toBeVisible();

  const id = /\/([0-9a-f]+)$/.exec(page.url())?.[1] ?? "";
  backend.script(
    say(
      `Done.\n\n<artifact-edit id="${id.slice(0, 8)}">\n<find>Hello</find>\n<replace>Good morning</replace>\n</artifact-edit>\n`,
    ),
  );
  await ask(page, "Greet more warmly.");
  await expect(answers(page).last()).toContainText("Changes proposed");
  await tab(page, /^Changes/).click();
  await expect(panel(page).locator("ins")).toContainText("Good morning");
  await expect(panel(page).locator("del")).toContainText("Hello");
  await panel(page).getByRole("button", { name: "Reject" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await panel(page).getByRole("button", { name: "Accept all" }).click();
  await expect(text(page)).toContainText("<h1>Good morning</h1>");
  // One for each run.
  await tab(page, /^Versions/).click();
  await expect(
    panel(page)
      .getByRole("list", { name: /^Versions/ })
      .getByRole("listitem"),
  ).toHaveCount(2);
  await expect(panel(page).getByRole("list", { name: /^Versions/ })).toContainText("put in by this device");
});
