import { AxeBuilder } from "@axe-core/playwright";
import { say } from "../../host/testing/scriptedBackend.ts";
import {
  answers,
  ask,
  conversation,
  createVault,
  messageBox,
  questions,
  sendButton,
  stopButton,
  syncStatus,
} from "./device.ts";
import { smallTargets } from "./fingers.ts";
import { expect, test } from "./fixtures.ts";

const markdown =
  "A heading and a list:\n\n## Two things\n\n- one\n- two\n\n```ts\nconst three = 3;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";

for (const colorScheme of ["light", "dark"] as const) {
  for (const [where, viewport, isTouch] of [
    ["a desk", { width: 1280, height: 800 }, false],
    ["a phone", { width: 390, height: 844 }, true],
  ] as const) {
    test(`on ${where}, ${colorScheme}: axe finds nothing, and nothing is cut off`, async ({
      runHost,
      backend,
      openDevice,
    }) => {
      backend.script(say(markdown));
      const host = await runHost();
      const { page } = await openDevice({ viewport, isTouch, colorScheme });
      await page.goto(host.link);
      await expect(page.getByRole("button", { name: "Create vault" })).toBeVisible();
      const check = async (view: string): Promise<void> => {
        expect(await violations(page), view).toEqual([]);
        if (isTouch) expect(await smallTargets(page), view).toEqual([]);
      };
      await check("the welcome");
      await createVault(page, host.link);
      await check("an empty chat");
      await ask(page, "Show me everything you can draw.");
      await expect(answers(page)).toContainText("const three = 3;");
      await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeHidden();
      await check("a conversation");
      const width = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(width, "no sideways scrolling").toBeLessThanOrEqual(0);
      await page.getByRole("button", { name: /^Open as artifact/ }).click();
      await expect(page.getByRole("textbox", { name: "Text of the artifact" })).toContainText("const three = 3;");
      await check("an artifact");
      await page.getByRole("tab", { name: "Versions" }).click();
      await page
        .getByRole("list", { name: /^Versions/ })
        .getByRole("button")
        .click();
      await check("a version of it");
      await page.evaluate(() => (location.hash = "#/artifacts"));
      await expect(page.getByRole("list", { name: "Artifacts" }).getByRole("listitem")).toHaveCount(1);
      await check("the library");
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
        "no sideways scrolling",
      ).toBeLessThanOrEqual(0);
    });
  }
}

test("the names that people's tools rely on", async ({ runHost, openDevice }) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Are the names there?");
  await expect(messageBox(page)).toHaveCount(1);
  await expect(sendButton(page).or(page.getByRole("button", { name: "Stop", exact: true }))).toHaveCount(1);
  await expect(page.getByRole("button", { name: "New chat", exact: true })).toHaveCount(1);
  await expect(page.getByRole("navigation", { name: "Chats" })).toHaveCount(1);
  await expect(conversation(page)).toHaveCount(1);
  await expect(questions(page)).toHaveCount(1);
  await expect(answers(page)).toHaveCount(1);
  await expect(syncStatus(page)).toHaveCount(1);
});

test("by keyboard alone: from the first Tab to a sent message", async ({ runHost, backend, openDevice }) => {
  backend.script(say("Typed and sent."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await messageBox(page).focus();
  await page.keyboard.type("First line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await expect(questions(page)).toContainText(["First line"]);
  await expect(answers(page)).toContainText(["Typed and sent."]);
  await expect(messageBox(page)).toBeFocused();
});

async function violations(page: Parameters<typeof createVault>[0]): Promise<string[]> {
  // reason: which heading follows which is the answer's own choice, not the page's.
  const { violations: found } = await new AxeBuilder({ page }).disableRules(["heading-order"]).analyze();
  return found.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

test("with the system's few colours, at twice the size, and without motion: all of it can be read and reached", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say(markdown));
  const host = await runHost();
  // 200 % on a desk of 1280 pixels.
  const { page } = await openDevice({ viewport: { width: 640, height: 400 } });
  await createVault(page, host.link);
  await ask(page, "Show me everything you can draw.");
  await expect(answers(page)).toContainText("const three = 3;");
  await page.emulateMedia({ forcedColors: "active" });
  expect(await violations(page)).toEqual([]);
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(width, "no sideways scrolling").toBeLessThanOrEqual(0);
  await expect(messageBox(page)).toBeInViewport();
  await expect(page.getByRole("button", { name: "Send", exact: true })).toBeInViewport();
  await page.getByRole("button", { name: "Open chats" }).click();
  await expect(page.getByRole("button", { name: "New chat", exact: true })).toBeInViewport();
  await page.getByRole("button", { name: "Settings" }).click();
  await expect(page.getByRole("dialog", { name: "Settings" }).getByRole("radio").first()).toBeInViewport();
  await page.keyboard.press("Escape");
  // Pages are opened with reduced motion throughout (device.ts): nothing may take time to move then.
  const moving = (): Promise<number> =>
    page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);
  await expect.poll(moving).toBe(0);
});

test("all by keyboard: from the list to a chat's menu, its title, and back to the message", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("Short."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Hello there");
  await expect(answers(page)).toContainText(["Short."]);
  await page.getByRole("link", { name: /Hello there/ }).focus();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Actions for Hello there" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Rename" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Chat title" })).toBeFocused();
  await page.keyboard.type("By hand");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: /By hand/ })).toBeFocused();
  await page.getByRole("button", { name: "This chat", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Chat title" })).toBeFocused();
  await page.keyboard.type("From above");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "From above" })).toBeVisible();
  await expect(page.getByRole("button", { name: "This chat", exact: true })).toBeFocused();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("new chat");
  await page.keyboard.press("Enter");
  await expect(messageBox(page)).toBeFocused();
});

test("a notification says that an answer is ready, and nothing of it", async ({ runHost, backend, openDevice }) => {
  const away = Promise.withResolvers<void>();
  backend.script(say("The secret word is heron.", { until: away.promise }));
  const host = await runHost();
  const { page, context } = await openDevice();
  await context.grantPermissions(["notifications"]);
  await createVault(page, host.link);
  await page.evaluate(() => {
    const shown: string[] = [];
    Object.assign(globalThis, { shown });
    Object.defineProperty(navigator.serviceWorker, "ready", {
      value: Promise.resolve({
        showNotification: (title: string, options: NotificationOptions) => {
          shown.push(JSON.stringify([title, options]));
          return Promise.resolve();
        },
      }),
    });
  });
  await page.keyboard.press("Control+,");
  await page.getByRole("radio", { name: "On", exact: true }).check();
  await page.keyboard.press("Escape");
  await ask(page, "Tell me the word");
  // It is under way when the page is left, and ends unseen.
  await expect(stopButton(page)).toBeVisible();
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  away.resolve();
  const shown = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { shown: string[] }).shown);
  await expect.poll(shown).toHaveLength(1);
  const [notice = ""] = await shown();
  expect(notice).toContain("An answer is ready");
  expect(notice).not.toMatch(/heron|word|Tell/);
});
