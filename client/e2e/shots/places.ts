/** What stands beside the conversations: files that are answered from, memory, tasks, tools and their ledger, a temporary chat, data. */
import { callTools } from "../../../host/testing/callTool.ts";
import { say } from "../../../host/testing/scriptedBackend.ts";
import { makePdf } from "../../reading/testing/files.ts";
import { answers, ask, createVault, messageBox, stopButton } from "../device.ts";
import { chatGptExport } from "../exports.ts";
import { expect, scrollTo, type Stage } from "./stage.ts";
import { awkwardTitles, letter } from "./texts.ts";

const lease = makePdf([
  "Lease of the flat in Harbour Street 9\n\nThe flat on the second floor, with a cellar and a place for a bicycle.",
  "Notice and deposit\n\nNotice is three months to the end of a month.\nThe deposit of 1300 euros is returned within two months.",
  "Signatures",
]);

export async function places(stage: Stage): Promise<void> {
  const { page, backend, shoot, openList } = stage;
  const host = await stage.runHost();
  await createVault(page, host.link);
  await remembered(stage);
  await sources(stage);
  await tools(stage);
  backend.script(say("Between us, then: begin with what you would say first in person."));
  await openList();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await page.getByRole("main").getByRole("button", { name: "Temporary chat" }).click();
  await shoot("temporary-empty");
  await ask(page, "How do I tell my sister that I am moving away?");
  await expect(answers(page)).toContainText("in person");
  await expect(stopButton(page)).toBeHidden();
  await shoot("temporary");
  await data(stage);
  await manyChats(stage);
}

async function remembered({ page, backend, shoot, openList, closeList }: Stage): Promise<void> {
  await page.evaluate(() => (location.hash = "#/artifacts"));
  await shoot("library-empty");
  await page.evaluate(() => (location.hash = ""));
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings.getByRole("checkbox", { name: /Let models propose/ }).check();
  await settings.getByRole("textbox", { name: "Add something to remember" }).fill("Lives in Kiel, and cycles to work");
  await page.keyboard.press("Enter");
  await expect(settings.getByRole("textbox", { name: "What is remembered" })).toHaveCount(1);
  await scrollTo(page, "dialog", "Memory");
  await shoot("memory");
  await scrollTo(page, "dialog", "Tools");
  await shoot("tool-rules");
  await scrollTo(page, "dialog", "Your data");
  await shoot("data");
  await scrollTo(page, "dialog", "Keyboard shortcuts");
  await shoot("keys");
  await page.keyboard.press("Escape");
  backend.script(
    say("Lentils with spinach, then.\n<remember>Is vegetarian.</remember>\n<remember>Owns a wok.</remember>"),
  );
  await ask(page, "What can I cook tonight? I eat no meat.");
  await expect(answers(page).getByRole("group", { name: "Remember this?" })).toHaveCount(2);
  await expect(stopButton(page)).toBeHidden();
  await shoot("remember");
  await openList();
  await closeList();
}

async function sources({ page, backend, shoot, openList }: Stage): Promise<void> {
  await openList();
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByRole("textbox", { name: "Name of the project" }).first().fill("The flat in Harbour Street");
  await page.keyboard.press("Enter");
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Add files" }).click();
  await (
    await chooser
  ).setFiles([
    { name: "lease.pdf", mimeType: "application/pdf", buffer: lease },
    { name: "locked.pdf", mimeType: "application/pdf", buffer: makePdf(["secret"], { password: "x" }) },
  ]);
  await expect(page.getByRole("button", { name: "Open lease.pdf" })).toBeVisible();
  const tasks = page.getByRole("region", { name: "Tasks" });
  for (const task of ["Ask for the deposit", "Read the meters, and photograph them"]) {
    await tasks.getByRole("textbox", { name: "Add a task" }).fill(task);
    await page.keyboard.press("Enter");
    await expect(tasks.getByRole("checkbox", { name: `Done: ${task}` })).toBeVisible();
  }
  await tasks.getByRole("checkbox").first().check();
  await shoot("project-files");
  await tasks.evaluate((element) => element.scrollIntoView({ block: "start" }));
  await shoot("tasks");
  await page.getByRole("radiogroup", { name: "Colour" }).evaluate((element) => element.scrollIntoView());
  await page
    .getByRole("region", { name: "Members" })
    .evaluate((element) => element.scrollIntoView({ block: "center" }));
  await shoot("project-end");
  backend.script(say("The deposit of 1300 euros comes back within two months [1]. Notice is three months [1]."));
  await ask(page, "When is the deposit returned?");
  await expect(answers(page).getByRole("list", { name: "Sources" })).toContainText("lease.pdf");
  await expect(stopButton(page)).toBeHidden();
  await shoot("cited");
  await answers(page)
    .getByRole("button", { name: /^Source 1: lease\.pdf/ })
    .first()
    .click();
  const sheet = page.getByRole("dialog", { name: "lease.pdf" });
  await expect(sheet.locator(".page-mark").first()).toBeVisible();
  await shoot("source-page");
  await sheet.getByRole("radio", { name: "Text" }).check();
  await shoot("source-text");
  await sheet.getByRole("button", { name: "Close" }).click();
}

async function tools({ page, backend, shoot, openList }: Stage): Promise<void> {
  const sum = (expression: string): ReturnType<typeof callTools> =>
    callTools([{ name: "calculate", arguments: { expression } }]);
  await openList();
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  backend.script(sum("12 * 48.50 * 1.19"), say("It is 692.58 with tax."), sum("2 +\u202E 3"), say("Then not."));
  await ask(page, "What do twelve trees cost with tax?");
  await expect(answers(page)).toContainText("692.58");
  await expect(stopButton(page)).toBeHidden();
  await answers(page)
    .getByRole("button", { name: /Calculated/ })
    .click();
  await shoot("tool-details");
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings.getByRole("combobox", { name: "Rule: Reads what is here" }).selectOption("Ask each time");
  await page.keyboard.press("Escape");
  await ask(page, "And five?");
  const card = answers(page).getByRole("region", { name: "May your host do this?" });
  await expect(card).toContainText("U+202E");
  await shoot("approval-hidden");
  await card.getByRole("button", { name: "Don’t allow" }).click();
  await expect(answers(page).last()).toContainText("Then not.");
  await page.keyboard.press("Control+,");
  await settings.getByRole("button", { name: "What tools did…" }).click();
  const ledger = page.getByRole("dialog", { name: "What tools did" });
  await expect(ledger.getByText(/^Whole up to/)).toBeVisible();
  await ledger
    .getByRole("button", { name: /Calculate/ })
    .first()
    .click();
  await shoot("ledger");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
}

async function data({ page, shoot }: Stage): Promise<void> {
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings.getByLabel("Bring chats in").setInputFiles({
    name: "conversations.json",
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(chatGptExport)),
  });
  await expect(settings).toContainText("3 chats brought in");
  await scrollTo(page, "dialog", "Your data");
  await shoot("import-report");
  await settings.getByRole("button", { name: /^Delete everything on/ }).click();
  await settings.getByRole("button", { name: "Delete everything here" }).scrollIntoViewIfNeeded();
  await shoot("erase");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
}

/** Forty chats over a year, and titles as life brings them. */
async function manyChats({ page, shoot, openList, closeList }: Stage): Promise<void> {
  const dayMs = 86_400_000;
  const titles = [...awkwardTitles, ...Array.from({ length: 36 }, (_, at) => `Notes on the garden, part ${at + 1}`)];
  const chats = titles.map((title, at) => ({
    id: `made-${at}`,
    title,
    titledBy: "person",
    createdAt: Date.now() - (at + 1) * 3 * dayMs,
    messages: [
      { id: `q${at}`, parent: null, role: "user", at: Date.now() - (at + 1) * 3 * dayMs, text: title, model: null },
      {
        id: `a${at}`,
        parent: `q${at}`,
        role: "assistant",
        at: Date.now() - (at + 1) * 3 * dayMs,
        text: letter,
        model: null,
      },
    ],
  }));
  const file = { format: "sovereign/chats", version: 1, at: 1, chats, templates: [] };
  await page.keyboard.press("Control+,");
  const settings = page.getByRole("dialog", { name: "Settings" });
  await settings.getByLabel("Bring chats in").setInputFiles({
    name: "chats.json",
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(file)),
  });
  await expect(settings).toContainText("40 chats brought in");
  await page.keyboard.press("Escape");
  await openList();
  await page
    .getByRole("navigation", { name: "Chats" })
    .getByRole("link", { name: /^A very long question/ })
    .evaluate((element) => element.scrollIntoView({ block: "center" }));
  await shoot("many-chats");
  await page.getByRole("button", { name: /^Actions for A very long/ }).click({ force: true });
  await page.getByRole("menuitem", { name: "Select several" }).click();
  await shoot("select-several");
  await page.keyboard.press("Escape");
  await page
    .getByRole("navigation", { name: "Chats" })
    .getByRole("link", { name: /^A very long question/ })
    .click();
  await expect(messageBox(page)).toBeVisible();
  await shoot("long-title");
  await openList();
  await closeList();
}
