import type { Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, conversation, createVault, messageBox, questions, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { importLong } from "./longChats.ts";

/** Long tasks of the page from now on; the longest of them in milliseconds. */
const watchTasks = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen: number[] = [];
    new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
    Object.assign(globalThis, { longTasks: seen });
  });
const longTasks = (page: Page): Promise<number[]> =>
  page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks.splice(0));

test("ten thousand messages: opened at once at their end, read from end to beginning, found, and asked on", async ({
  runHost,
  backend,
  openDevice,
}) => {
  test.setTimeout(240_000);
  backend.script(say("The newest answer of all."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await importLong(page, 10_000);
  const link = page.getByRole("link", { name: "A long chat" });

  await link.click();
  await expect(questions(page).last()).toContainText("Question number 9998");
  // Away and back: what stands at hand opens in this time; what is read from the disk is the journal's figure.
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await expect(messageBox(page)).toBeFocused();
  await watchTasks(page);
  const openedMs = await page.evaluate(async () => {
    const start = performance.now();
    [...document.querySelectorAll<HTMLElement>(".chat-line a")].find((line) => /A long chat/.test(line.title))?.click();
    await new Promise<void>((done) => {
      const look = (): void => {
        const last = [...document.querySelectorAll(".turn.answer")].at(-1);
        const isThere = last?.textContent?.includes("Answer number 9999") === true;
        const { bottom = 0 } = last?.getBoundingClientRect() ?? {};
        if (isThere && bottom > 0 && bottom < innerHeight) requestAnimationFrame(() => done());
        else requestAnimationFrame(look);
      };
      look();
    });
    return performance.now() - start;
  });
  const openTasks = await longTasks(page);
  console.log(`opened in ${Math.round(openedMs)} ms, long tasks ${openTasks.map(Math.round).join(", ")}`);
  expect(openedMs, "as far as a busy machine can tell").toBeLessThan(800);
  expect(await conversation(page).getByRole("article").count(), "few of them are laid out").toBeLessThan(60);

  // Up by the wheel: what is read stays in its place, and nothing is skipped.
  const seen: number[] = [];
  await page.mouse.move(700, 400);
  let jumps = 0;
  for (let step = 0; step < 40; step += 1) {
    const before = await page.evaluate(() => {
      const inSight = [...document.querySelectorAll<HTMLElement>(".turn")].find(
        (turn) => turn.getBoundingClientRect().bottom > 200,
      );
      return { id: inSight?.dataset["message"] ?? "", top: inSight?.getBoundingClientRect().top ?? 0 };
    });
    await page.mouse.wheel(0, -600);
    await page.waitForTimeout(80);
    const moved = await page.evaluate(({ id, top }) => {
      const turn = document.querySelector(`[data-message="${id}"]`);
      return turn === null ? null : turn.getBoundingClientRect().top - top;
    }, before);
    if (moved !== null && Math.abs(moved - 600) > 40) jumps += 1;
    const text = (await questions(page).first().textContent()) ?? "";
    seen.push(Number(/number (\d+)/.exec(text)?.[1]));
  }
  expect(seen.at(-1)).toBeLessThan(9960);
  expect(jumps, "what is read moves as the wheel does").toBeLessThanOrEqual(2);
  const scrollTasks = await longTasks(page);
  console.log(`scrolled to ${seen.at(-1)}, long tasks ${scrollTasks.map(Math.round).join(", ")}`);

  // To the very beginning, by the bar.
  await page.locator(".scroller").evaluate((scroller) => (scroller.scrollTop = 0));
  await expect(questions(page).first()).toContainText("Question number 0");
  await expect(page.getByText("Question number 0", { exact: true })).toBeInViewport();
  await page.getByRole("button", { name: "Jump to latest" }).click();
  await expect(page.getByText("Question number 9998")).toBeInViewport();

  // To the middle, by search.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("question number 4242");
  const hit = page.getByRole("option").filter({ hasText: "Question number 4242" });
  await expect(hit).toBeVisible({ timeout: 60_000 });
  await hit.click();
  await expect(page.getByText("Question number 4242")).toBeInViewport();
  await longTasks(page);

  // And on.
  await messageBox(page).fill("One more");
  await page.keyboard.press("Enter");
  await expect(answers(page).last()).toContainText("The newest answer of all.", { timeout: 30_000 });
  await expect(stopButton(page)).toBeHidden();
  await expect(page.getByText("One more", { exact: true })).toBeInViewport();
  console.log(`asked and answered, long tasks ${(await longTasks(page)).map(Math.round).join(", ")}`);
});

test("ten thousand messages, read from the disk by a page that has just come up", async ({ runHost, openDevice }) => {
  test.setTimeout(240_000);
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await importLong(page, 10_000);
  const upMs = async (isThere: () => Promise<void>): Promise<number> => {
    const start = performance.now();
    await page.reload();
    await isThere();
    return Math.round(performance.now() - start);
  };
  const empty = await upMs(() => expect(messageBox(page)).toBeVisible());
  await page.getByRole("link", { name: "A long chat" }).click();
  await expect(questions(page).last()).toContainText("Question number 9998");
  const long = await upMs(() => expect(questions(page).last()).toContainText("Question number 9998"));
  console.log(`page up with an empty chat ${empty} ms, with ten thousand messages ${long} ms`);
  expect(long - empty).toBeLessThan(10_000);
});

test("up to a hundred messages everything is laid out: finding and selecting work as anywhere", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await importLong(page, 100);
  await page.getByRole("link", { name: "A long chat" }).click();
  await expect(conversation(page).getByRole("article")).toHaveCount(100);
  await expect(page.getByText("Question number 98")).toBeInViewport();
  expect(
    await page.evaluate(() =>
      (globalThis as unknown as { find(...how: unknown[]): boolean }).find("number 2", false, true, true),
    ),
  ).toBe(true);
  await ask(page, "One more");
});
