import { say } from "../../host/testing/scriptedBackend.ts";
import {
  answers,
  ask,
  createVault,
  messageBox,
  questions,
  sendButton,
  syncStatus,
  waitForServiceWorker,
} from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("with the host stopped: the app opens, history is there, a question waits, and is answered once", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("The first answer."), say("The answer that was waited for."));
  const first = await runHost();
  const { page } = await openDevice();
  await createVault(page, first.link);
  await ask(page, "Asked while the host is here");
  await expect(answers(page)).toContainText(["The first answer."]);
  await expect(syncStatus(page)).toHaveText(/on your host/i);
  await waitForServiceWorker(page);

  expect(await first.stop()).toBe(0);
  await page.reload();
  await expect(questions(page)).toContainText(["Asked while the host is here"]);
  await expect(answers(page)).toContainText(["The first answer."]);

  await ask(page, "Asked while the host is away");
  await expect(questions(page)).toHaveCount(2);
  await expect(page.getByRole("main")).toContainText(/waiting for your host/i);
  await expect(syncStatus(page)).toHaveText(/waiting for your host|looking for your host/i);
  // It is on this device, not only on this page.
  await page.reload();
  await expect(questions(page)).toContainText(["Asked while the host is here", "Asked while the host is away"]);

  const second = await runHost();
  expect(second.origin).toBe(first.origin);
  expect(second.link, "a claimed host prints no claim").toMatch(/\/#h=[\w-]{22}$/);
  await expect(answers(page).last()).toContainText("The answer that was waited for.", { timeout: 60_000 });
  // A second answer, if there were one, would come now.
  await page.waitForTimeout(2_000);
  await expect(answers(page)).toHaveCount(2);
  expect(backend.requests).toHaveLength(2);
});

test("the browser closed and opened again, offline: the vault opens by itself", async ({
  runHost,
  backend,
  openDevice,
  folder,
}) => {
  backend.script(say("Kept."));
  const host = await runHost();
  const profile = `${folder}/profile-kept`;
  const before = await openDevice({ profile });
  await createVault(before.page, host.link);
  await ask(before.page, "Will this be kept?");
  await expect(answers(before.page)).toContainText(["Kept."]);
  await waitForServiceWorker(before.page);
  const address = before.page.url();
  await before.close();
  await host.stop();

  const after = await openDevice({ profile });
  await after.page.goto(address);
  await expect(questions(after.page)).toContainText(["Will this be kept?"]);
  await expect(answers(after.page)).toContainText(["Kept."]);
  await expect(messageBox(after.page)).toBeEditable();
});

test("the host stopped in the middle of an answer: the part that arrived stays, and the host answers when it is back", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("drop ".repeat(600), { delayMs: 40 }), say("A whole answer."));
  const first = await runHost();
  const { page } = await openDevice();
  await createVault(page, first.link);
  await ask(page, "Keep talking");
  // So much is no longer only on its way to the eye: some of it has been filed.
  await expect(answers(page)).toContainText("drop ".repeat(30).trim());
  // It is said until the host is back and has begun anew, which may be over when somebody looks.
  await page.evaluate(() => {
    Object.assign(globalThis, { wasTold: false });
    new MutationObserver(() => {
      if (/interrupted/i.test(document.querySelector("main")?.textContent ?? ""))
        Object.assign(globalThis, { wasTold: true });
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  expect(await first.stop()).toBe(0);
  await runHost();
  await expect
    .poll(() => page.evaluate(() => (globalThis as unknown as { wasTold: boolean }).wasTold), { timeout: 60_000 })
    .toBe(true);
  await expect(answers(page)).toContainText("drop drop drop");
  // This backend cannot go on from a text, so it answers anew, beside what had arrived.
  await expect(page.getByRole("group", { name: "Version 1 of 2" })).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Next version" }).click();
  await expect(answers(page)).toContainText("A whole answer.");
  expect(backend.requests).toHaveLength(2);
});

test("words typed or asked in the very moment the page goes are there when it comes back", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "The chat that is there");
  await expect(syncStatus(page)).toHaveText(/on your host/i);
  await waitForServiceWorker(page);
  await host.stop();
  for (let round = 1; round <= 10; round++) {
    // Typing and leaving in one turn of the page: nothing has had time to be committed.
    const typed = page.waitForEvent("load");
    await page.evaluate((words) => {
      const box = document.querySelector<HTMLTextAreaElement>("#message");
      if (box === null) throw new Error("no message box");
      box.value = words;
      box.dispatchEvent(new InputEvent("input", { bubbles: true }));
      location.reload();
    }, `Draft of round ${round}`);
    await typed;
    await expect(messageBox(page)).toHaveValue(`Draft of round ${round}`);
    const asked = page.waitForEvent("load");
    await page.evaluate(() => {
      document.querySelector<HTMLFormElement>("form.composer")?.requestSubmit();
      location.reload();
    });
    await asked;
    await expect(questions(page)).toHaveCount(round + 1);
    await expect(questions(page).last()).toContainText(`Draft of round ${round}`);
  }
});

test("a host that goes away before all of the app is here: the page stays, says what is missing, and shows it once the host is back", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Here already."), say("Here again."));
  const host = await runHost();
  const { page } = await openDevice();
  // The service worker has nothing yet: the first minute of a first visit on a slow line.
  await page.addInitScript(() => {
    navigator.serviceWorker.register = () => new Promise(() => undefined);
  });
  await createVault(page, host.link);
  // What a chat is shown by has not come: it is not taken for one that was deleted.
  const away = /\/assets\/createThread|\/healthz/;
  await page.route(away, (route) => route.abort());
  await messageBox(page).fill("Are you there?");
  await expect(page.locator(".toast")).toContainText("not on this device yet");
  await page.unroute(away);
  await sendButton(page).click();
  await expect(questions(page)).toContainText(["Are you there?"]);
  await expect(answers(page)).toContainText(["Here already."]);
  expect(await host.stop()).toBe(0);

  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await expect(page.locator(".toast")).toContainText("not on this device yet");
  // What is fetched when the page is idle has not come either, and the page is as it was.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 4_000)));
  await messageBox(page).fill("And now?");
  await sendButton(page).click();
  await expect(questions(page).last()).toContainText("waiting for your host");

  await runHost();
  const settings = page.getByRole("dialog", { name: "Settings" });
  await expect(settings).toBeVisible({ timeout: 60_000 });
  // With its styles, and not as a bare list.
  await expect(settings).toHaveCSS("position", "fixed");
  await page.keyboard.press("Escape");
  await expect(answers(page)).toContainText(["Here already.", "Here again."], { timeout: 60_000 });
});
