/** Tools: a model calls one, the owner is asked and answers, and the answer goes on with what it gave. */
import { AxeBuilder } from "@axe-core/playwright";
import { callTools } from "../../host/testing/callTool.ts";
import { say, startScriptedBackend } from "../../host/testing/scriptedBackend.ts";
import { addAskingServer } from "../../host/testing/askingServer.ts";
import { answers, ask, createVault } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("a call waits for the owner, shows exactly what is run, and is done with one word; no is no", async ({
  runHost,
  openDevice,
}) => {
  const sum = callTools([{ name: "calculate", arguments: { expression: "2 + 2" } }]);
  const hiding = callTools([{ name: "calculate", arguments: { expression: "2 +\u202E 3" } }]);
  const backend = await startScriptedBackend({
    ownedBy: "llamacpp",
    documents: { "GET /props": { chat_template_caps: { supports_tools: true } } },
    scripts: [sum, say("It is four."), hiding, say("Then not.")],
  });
  try {
    const host = await runHost(backend.url);
    const { page } = await openDevice();
    await createVault(page, host.link);

    await page.keyboard.press("Control+,");
    const settings = page.getByRole("dialog", { name: "Settings" });
    await settings.getByRole("combobox", { name: "Rule: Reads what is here" }).selectOption("Ask each time");
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.keyboard.press("Escape");

    await ask(page, "How much is 2 + 2?");
    const card = answers(page).getByRole("region", { name: "May your host do this?" });
    await expect(card).toContainText('"expression": "2 + 2"');
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await expect(answers(page).getByRole("button", { name: "Calculate Waiting for you" })).toBeVisible();
    await card.getByRole("button", { name: "Allow once" }).click();
    await expect(answers(page)).toContainText("It is four.");
    const done = answers(page).getByRole("button", { name: /Calculated/ });
    await done.click();
    await expect(answers(page).getByLabel("Gave")).toHaveText("4");
    expect(backend.requests[1]?.body.messages?.at(-1)).toMatchObject({ role: "tool", content: "4" });

    await ask(page, "And 2 + 3?");
    await expect(card).toContainText("2 +U+202E 3");
    await card.getByRole("button", { name: "Don’t allow" }).click();
    await expect(answers(page).last()).toContainText("Then not.");
    await expect(
      answers(page)
        .last()
        .getByRole("button", { name: /You said no/ }),
    ).toBeVisible();

    // What became of both stands in the host's ledger, which this device finds whole.
    await page.keyboard.press("Control+,");
    await settings.getByRole("button", { name: "What tools did…" }).click();
    const ledger = page.getByRole("dialog", { name: "What tools did" });
    await expect(ledger.getByText(/^Whole up to .*: 3 entries/)).toBeVisible();
    await ledger.getByRole("combobox", { name: "Outcome" }).selectOption("You said no");
    await expect(ledger.getByRole("listitem")).toHaveCount(1);
    await ledger.getByRole("button", { name: /Calculate/ }).click();
    await expect(ledger.getByText("Nobody: nothing was done")).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  } finally {
    await backend.close();
  }
});

test("what only a device has: a project's file, cited by its number, and another chat, once its owner said so", async ({
  runHost,
  openDevice,
}) => {
  const backend = await startScriptedBackend({
    ownedBy: "llamacpp",
    documents: { "GET /props": { chat_template_caps: { supports_tools: true } } },
    scripts: [
      say("Noted."),
      callTools([{ name: "search_knowledge", arguments: { query: "monthly rent" } }]),
      say("It is 940 euros a month [1]."),
      callTools([{ name: "search_chats", arguments: { query: "boat paint" } }]),
      say("You wanted it marine blue."),
    ],
  });
  try {
    const host = await runHost(backend.url);
    const { page } = await openDevice();
    await createVault(page, host.link);
    await ask(page, "The boat gets its paint in May: marine blue.");
    await expect(answers(page)).toContainText("Noted.");

    await page.getByRole("button", { name: "New project" }).click();
    await page.getByRole("textbox", { name: "Name of the project" }).fill("Flat");
    await page.keyboard.press("Enter");
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Add files" }).click();
    const lease = Buffer.from("Lease of the flat.\n\nThe monthly rent is 940 euros.");
    await (await chooser).setFiles([{ name: "lease.txt", mimeType: "text/plain", buffer: lease }]);
    await expect(page.getByRole("button", { name: "Open lease.txt" })).toBeVisible();

    // No word of it stands in the file: nothing goes with the question, and the model looks for itself.
    await ask(page, "Hello, how much is it?");
    await expect(answers(page)).toContainText("940 euros a month");
    await expect(answers(page).getByRole("button", { name: /Looked in the project’s files/ })).toBeVisible();
    await answers(page).getByRole("button", { name: "Source 1: lease.txt" }).first().click();
    const sheet = page.getByRole("dialog", { name: "lease.txt" });
    await expect(sheet.locator("mark")).toContainText("The monthly rent is 940 euros.");
    await sheet.getByRole("button", { name: "Close" }).click();

    await ask(page, "And which colour did I want?");
    const card = answers(page).getByRole("region", { name: "May your host do this?" });
    await expect(card).toContainText('"query": "boat paint"');
    await card.getByRole("button", { name: "Allow once" }).click();
    await expect(answers(page).last()).toContainText("You wanted it marine blue.");
    const looked = answers(page).getByRole("button", { name: /Looked in your chats/ });
    await looked.click();
    await expect(answers(page).last().getByLabel("Gave")).toContainText("marine blue");
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  } finally {
    await backend.close();
  }
});

test("a tool server: its tool asks its owner by a form, and its prompt goes beside a message that nobody but the person sends", async ({
  home,
  runHost,
  openDevice,
}) => {
  const wiki = await addAskingServer(home, "wiki");
  const backend = await startScriptedBackend({
    ownedBy: "llamacpp",
    documents: { "GET /props": { chat_template_caps: { supports_tools: true } } },
    scripts: [callTools([{ name: "wiki_echo", arguments: {} }]), say("Then large it is."), say("Bees are many.")],
  });
  try {
    const host = await runHost(backend.url);
    const { page } = await openDevice();
    await createVault(page, host.link);
    await page.keyboard.press("Control+,");
    const settings = page.getByRole("dialog", { name: "Settings" });
    await settings.getByRole("combobox", { name: "Rule: Sends something out" }).selectOption("Ask each time");
    await page.keyboard.press("Escape");

    await ask(page, "Which size do I want?");
    const card = answers(page).getByRole("region", { name: "May your host do this?" });
    await card.getByRole("button", { name: "Allow once" }).click();
    const form = answers(page).getByRole("form", { name: "A tool asks you something" });
    await expect(form).toContainText("Which size?");
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await form.getByRole("button", { name: "Send" }).click();
    await expect(form).toContainText("Please fill this in.");
    await form.getByRole("combobox").selectOption("large");
    await form.getByRole("button", { name: "Send" }).click();
    await expect(answers(page)).toContainText("Then large it is.");
    expect(String(backend.requests[1]?.body.messages?.at(-1)?.["content"])).toContain('"size":"large"');

    const message = page.getByRole("textbox", { name: "Message" });
    await message.fill("/prompts");
    await message.press("Enter");
    const prompts = page.getByRole("dialog", { name: "Prompts of your tools" });
    await prompts.getByRole("button", { name: /^summary/ }).click();
    await prompts.getByRole("textbox", { name: "topic" }).fill("bees");
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await prompts.getByRole("button", { name: "Put it beside my message" }).click();
    await expect(message).toHaveValue(/^Please do what “summary” asks/);
    await expect(page.getByText("wiki-summary.txt")).toBeVisible();
    // Nothing went anywhere by itself.
    expect(backend.requests).toHaveLength(2);
    await message.press("Enter");
    await expect(answers(page).last()).toContainText("Bees are many.");
    expect(JSON.stringify(backend.requests[2]?.body.messages?.at(-1))).toContain("Sum up what you know of bees.");
  } finally {
    await backend.close();
    await wiki.close();
  }
});
