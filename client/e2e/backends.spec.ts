import { dropAfter, fail, say, startScriptedBackend, webPage } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("no model on this machine: the guide answers, and says that it is one", async ({ runHost, openDevice }) => {
  const host = await runHost(null);
  const { page } = await openDevice();
  await createVault(page, host.link);
  await expect(page.getByText("Guide, not a model").first()).toBeVisible();
  await ask(page, "How do I connect a model?");
  await expect(answers(page)).toContainText("SOVEREIGN_BACKEND");
  await expect(stopButton(page)).toBeHidden();
  await expect(answers(page)).toContainText("Guide, not a model");
});

test("a backend that dies in the middle of a word: the part stays, marked interrupted; Try again answers", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(dropAfter("This much had arrived", "cut", { delayMs: 40 }), say("Now it is whole."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Will you finish?");
  await expect(answers(page)).toContainText(/interrupted/i);
  await expect(answers(page)).toContainText("This much had arrived");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(answers(page).last()).toContainText("Now it is whole.");
});

for (const [what, script] of [
  ["fails", fail(500, "out of memory")],
  ["answers a web page", webPage],
] as const) {
  test(`a backend that ${what}: a sentence says so, and the question is kept`, async ({
    runHost,
    backend,
    openDevice,
  }) => {
    backend.script(script);
    const host = await runHost();
    const { page } = await openDevice();
    await createVault(page, host.link);
    await ask(page, "Are you there?");
    await expect(answers(page)).toContainText(/failed/i, { timeout: 45_000 });
    await expect(stopButton(page)).toBeHidden();
    await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  });
}

test("reasoning is shown apart from the answer, and how long it takes is the owner's choice", async ({
  runHost,
  openDevice,
}) => {
  const backend = await startScriptedBackend({
    ownedBy: "llamacpp",
    documents: { "GET /props": { default_generation_settings: { n_ctx: 8192 }, chat_template: "<think>" } },
    scripts: [say("Forty-two.", { reasoning: "Let me count slowly." }), say("Still forty-two.")],
  });
  const host = await runHost(backend.url);
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "How many?");
  await expect(answers(page)).toContainText("Forty-two.");
  await expect(answers(page)).toContainText(/thought/i);
  await expect(stopButton(page)).toBeHidden();
  await page.getByRole("button", { name: /^Model: / }).click();
  await page.getByRole("radio", { name: "At length" }).check();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: /^Model: .*At length$/ })).toBeVisible();
  await ask(page, "And now?");
  await expect(answers(page).last()).toContainText("Still forty-two.");
  expect(backend.requests.map(({ body }) => body["reasoning_effort"])).toEqual([undefined, "high"]);
  await page.reload();
  await expect(page.getByRole("button", { name: /^Model: .*At length$/ }), "as it was last asked").toBeVisible();
  await backend.close();
});
