import { readFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, stopButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const code =
  'import { readFile } from "node:fs/promises";\n\n// One line that is far longer than the column is wide, so that it must scroll or be wrapped by the one who reads it.\nexport const answer = 42;\n';
const answer = `A file, a table and a proof, for $5:

\`\`\`ts title=src/answer.ts
${code}\`\`\`

| town | people |
|---|---:|
| Ulm, "old" | 128,000 |
| =1+1 | 2 |

Since $a^2 + b^2 = c^2$, and \\(\\vec{AB}\\) is known:

$$
\\int_0^\\infty e^{-x^2}\\,dx
= \\frac{\\sqrt{\\pi}}{2}
+ \\overbrace{x + \\cdots + x}^{n}
$$

\`\`\`math-free
nothing to see
\`\`\`

Press <kbd>Ctrl</kbd>+<kbd>C</kbd> over H<sub>2</sub>O, <kbd class="x">not this</kbd>.

Not TeX: $\\frobnicate{x}$. It cost $5, then $6.`;

/** Pieces of the page's code that are painted with an ink, as text. */
const inked = (page: Page, ink: string): Promise<string[]> =>
  page.evaluate(
    (name) =>
      [...(CSS.highlights.get(`code-${name}`) ?? [])].map(({ startContainer, startOffset, endOffset }) =>
        (startContainer.textContent ?? "").slice(startOffset, endOffset),
      ),
    ink,
  );

for (const [where, viewport, isTouch, colorScheme] of [
  ["a desk", { width: 1280, height: 800 }, false, "light"],
  ["a phone, in the dark", { width: 390, height: 844 }, true, "dark"],
] as const) {
  test(`on ${where}: code in its inks, a table to take along, formulas that are drawn, and money that is not`, async ({
    runHost,
    backend,
    openDevice,
  }) => {
    backend.script(say(answer, { delayMs: 5 }));
    const host = await runHost();
    const { page } = await openDevice({ viewport, isTouch, colorScheme });
    await createVault(page, host.link);
    await ask(page, "Show me a file, a table and a proof");
    await expect(answers(page)).toContainText("then $6.");
    await expect(stopButton(page)).toBeHidden();
    await expect(answers(page).locator("kbd, sub")).toHaveText(["Ctrl", "C", "2"]);
    await expect(answers(page)).toContainText('<kbd class="x">not this</kbd>');

    await answers(page).getByText("src/answer.ts").scrollIntoViewIfNeeded();
    await expect.poll(() => inked(page, "keyword")).toEqual(expect.arrayContaining(["import", "export", "const"]));
    await expect.poll(() => inked(page, "string")).toContain('"node:fs/promises"');
    const block = page.locator("figure.code", { hasText: "src/answer.ts" });
    expect(await block.locator("code").evaluate((element) => element.childNodes.length), "one text").toBe(1);
    const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
    await block.getByRole("button", { name: /^Copy/ }).click();
    await expect.poll(clipboard).toBe(code.trimEnd());
    const wrap = block.getByRole("button", { name: "Wrap src/answer.ts" });
    const isWide = (): Promise<boolean> => block.locator("pre").evaluate((pre) => pre.scrollWidth > pre.clientWidth);
    await expect.poll(isWide).toBe(true);
    await wrap.click();
    await expect(wrap).toHaveAttribute("aria-pressed", "true");
    await expect.poll(isWide).toBe(false);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      block.getByRole("button", { name: "Download answer.ts" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("answer.ts");
    expect(readFileSync(await download.path(), "utf8")).toBe(code.trimEnd());

    const tableMenu = page.getByRole("button", { name: "Actions for this table" });
    await page.getByRole("group", { name: "Table" }).hover();
    await tableMenu.click();
    await page.getByRole("menuitem", { name: "Copy as CSV" }).click();
    await expect(page.locator(".toast")).toHaveText(/Copied/);
    await expect.poll(clipboard).toBe('town,people\r\n"Ulm, ""old""","128,000"\r\n\'=1+1,2');
    await tableMenu.click();
    await page.getByRole("menuitem", { name: "Copy as Markdown" }).click();
    await expect.poll(clipboard).toContain("| town       | people  |");

    // Drawn by elements; had a style attribute or markup been used, the policy's complaint would end this test.
    await expect(answers(page).locator(".katex")).toHaveCount(3);
    await expect(answers(page).locator(".katex svg"), "the root, the arrow and the brace").not.toHaveCount(0);
    await expect(answers(page).locator(".katex-display math")).toHaveCount(1);
    await expect(answers(page)).toContainText("for $5:");
    await expect(answers(page)).toContainText("It cost $5, then $6.");
    await expect(answers(page).locator("code.formula"), "what is no TeX is shown as it is").toHaveText(
      String.raw`\frobnicate{x}`,
    );
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wide, "no sideways scrolling").toBeLessThanOrEqual(0);
    const { violations } = await new AxeBuilder({ page }).disableRules(["heading-order"]).analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`),
    ).toEqual([]);
    for (const button of await answers(page).locator(".prose").getByRole("button").all())
      if (isTouch) expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    if (process.env["SHOTS"] !== undefined) {
      await page.mouse.move(0, 0);
      await answers(page).getByText("A file, a table").scrollIntoViewIfNeeded();
      await page.screenshot({ path: `${process.env["SHOTS"]}/rendering-${colorScheme}.png` });
      await page.locator(".katex-display").scrollIntoViewIfNeeded();
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${process.env["SHOTS"]}/rendering-${colorScheme}-2.png` });
    }
  });
}
