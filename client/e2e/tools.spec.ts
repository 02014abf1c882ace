/** Tools: a model calls one, the owner is asked and answers, and the answer goes on with what it gave. */
import { AxeBuilder } from "@axe-core/playwright";
import { callTools } from "../../host/testing/callTool.ts";
import { say, startScriptedBackend } from "../../host/testing/scriptedBackend.ts";
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
    await ledger.getByRole("button", { name: /Calculated/ }).click();
    await expect(ledger.getByText("Nobody: nothing was done")).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  } finally {
    await backend.close();
  }
});
