import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, conversation, createVault, messageBox, questions, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";
import { importLong } from "./longChats.ts";

test("ten thousand messages: opened at their end, read from end to beginning, found, asked on, and there again for a page that has just come up", async ({
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
  // Away and back, where all of it is at hand. How long that takes is a figure of benchmarks/client.ts.
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await expect(messageBox(page)).toBeFocused();
  await link.click();
  await expect(page.getByText("Answer number 9999.", { exact: false })).toBeInViewport();
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
    // Until it has moved and lies still, which on a busy machine is later: three pictures that are alike.
    const moved = await page.evaluate(
      ({ id, top }) =>
        new Promise<number | null>((done) => {
          let last: number | null = 0;
          let alike = 0;
          const look = (): void => {
            const turn = document.querySelector(`[data-message="${id}"]`);
            const now = turn === null ? null : turn.getBoundingClientRect().top - top;
            alike = now === last && now !== 0 ? alike + 1 : 0;
            last = now;
            if (alike === 3) done(now);
            else requestAnimationFrame(look);
          };
          look();
        }),
      before,
    );
    if (moved !== null && Math.abs(moved - 600) > 40) jumps += 1;
    const text = (await questions(page).first().textContent()) ?? "";
    seen.push(Number(/number (\d+)/.exec(text)?.[1]));
  }
  expect(seen.at(-1)).toBeLessThan(9960);
  expect(jumps, "what is read moves as the wheel does").toBeLessThanOrEqual(2);

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

  // And on.
  await messageBox(page).fill("One more");
  await page.keyboard.press("Enter");
  await expect(answers(page).last()).toContainText("The newest answer of all.", { timeout: 30_000 });
  await expect(stopButton(page)).toBeHidden();
  await expect(page.getByText("One more", { exact: true })).toBeInViewport();

  // And read from the disk by a page that has just come up.
  await page.reload();
  await expect(page.getByText("One more", { exact: true })).toBeInViewport();
  await expect(answers(page).last()).toContainText("The newest answer of all.");
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
