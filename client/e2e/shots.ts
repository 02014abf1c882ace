/** `npm run shots`: pictures of the app as it is, desk and phone, light and dark, into dist/shots. The README shows one of them. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect as expectSoon } from "@playwright/test";
import { ensureBuilt } from "../../host/launch/build.mjs";
import { callTools } from "../../host/testing/callTool.ts";
import { say, startScriptedBackend } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, chooseModel, createVault, openDevice, stopButton } from "./device.ts";
import { startHost } from "./hostProcess.ts";

const answer = `A sourdough loaf wants three things: **time**, a lively starter, and a hot oven.

1. Mix 500 g flour, 350 g water and 100 g starter; rest for 30 minutes.
2. Add 10 g salt, fold every half hour, four times.
3. Let it rise until half again as large, shape it, and keep it cold overnight.

| stage | at 24 °C | at 18 °C |
|---|---|---|
| first rise | 4 h | 7 h |
| in the fridge | 12 h | 12 h |

Bake at 250 °C: 20 minutes covered, 25 open. The crust should be darker than feels right.`;

const code = `Both say the same. As code:

\`\`\`ts title=loaf.ts
/** Grams of water for a dough of this hydration. */
export function waterFor(flour: number, hydration = 0.7): number {
  return Math.round(flour * hydration); // 500 g of flour take 350 g
}
\`\`\`

and as a formula, where $f$ is the flour and $h$ the hydration:

$$
w = f \\cdot h, \\qquad \\frac{\\partial w}{\\partial h} = f
$$`;

const drawn = `Each word travels sealed, and is readable in two places only:

\`\`\`mermaid
flowchart LR
  P[Phone] -->|sealed| R[(Relay)]
  R -->|under a grant| A{Agent}
  A --> M[Model]
  A -->|sealed| R
  R -->|sealed| L[Laptop]
\`\`\`

The relay stores what it cannot read. The agent reads one chat, for one question.`;

const letter = `# A row of lime trees

Dear neighbours,

we would like to plant a row of lime trees along the river path. They give shade in summer, and bees like them.

## What we ask for

- Twelve young trees
- Someone who waters them
- A bench under every third

We would begin in October, when the ground is soft.

Yours,
the people of Mill Lane`;

/** Up to the fold, an artifact and its proposal are the whole picture. */
const changes = (id: string): string => `I say who waters them and when we begin, and end on a warmer note.

<artifact-edit id="${id.slice(0, 8)}">
<find>and bees like them.</find>
<replace>and the bees will thank us in June.</replace>
<find>- Someone who waters them
</find>
<replace>- A rota of neighbours who water them for the first two summers
</replace>
<find>We would begin in October, when the ground is soft.</find>
<replace>We would begin in the second week of October, when the ground is soft.</replace>
</artifact-edit>

Take what you like of it.`;

// No test: a busy machine only makes it take longer.
const expect = expectSoon.configure({ timeout: 60_000 });
const folder = mkdtempSync(join(tmpdir(), "sovereign-shots-"));
const out = resolve(import.meta.dirname, "../../dist/shots");
mkdirSync(out, { recursive: true });
await ensureBuilt(console.log);

for (const [name, viewport, isTouch] of [
  ["desk", { width: 1280, height: 800 }, false],
  ["phone", { width: 390, height: 844 }, true],
] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    const place = join(folder, `${name}-${colorScheme}`);
    const backend = await startScriptedBackend({
      models: ["qwen3-30b", "gemma4-31b"],
      ownedBy: "llamacpp",
      documents: { "GET /props": { chat_template_caps: { supports_tools: true } } },
      scripts: [
        say("Draw the curtains by day, air the rooms at night, and freeze a bottle to sleep beside."),
        say(answer),
        say(code),
        say(drawn),
        say(
          "Shade, night air, and no cooking at noon. **Shade** does most of it: from outside, before the sun is on the glass.",
        ),
        say(
          "Keep the heat out rather than fight it.\n\n1. Close shutters before ten.\n2. Open everything at night.\n3. Sleep low: warm air rises.",
        ),
      ],
    });
    const host = await startHost({ home: join(place, "home"), backend: backend.url });
    const device = await openDevice({ profile: join(place, "profile"), viewport, isTouch, colorScheme }, []);
    const { page } = device;
    const shoot = async (step: string): Promise<void> => {
      await page.screenshot({ path: join(out, `${name}-${colorScheme}-${step}.png`) });
    };
    await page.goto(host.link);
    await expect(page.getByRole("button", { name: "Create vault" })).toBeVisible();
    await shoot("1-welcome");
    await createVault(page, host.link);
    await shoot("2-empty");
    await ask(page, "How do I keep a flat cool in a heat wave?");
    await expect(answers(page)).toContainText("sleep beside.");
    if (isTouch) await page.getByRole("button", { name: "Open chats" }).click();
    await page.getByRole("button", { name: "New chat", exact: true }).click();
    await ask(page, "How do I bake a sourdough loaf?");
    await expect(answers(page)).toContainText("darker than feels right");
    await expect(stopButton(page)).toBeHidden();
    await page.waitForTimeout(600);
    await shoot("3-conversation");
    await ask(page, "How much water is that, in general?");
    await expect(answers(page).last().locator(".katex-display")).toBeVisible();
    await expect(stopButton(page)).toBeHidden();
    await page.waitForTimeout(900);
    await shoot("4-code");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("water");
    await expect(page.locator(".palette-option").nth(1)).toBeVisible();
    await page.waitForTimeout(400);
    await shoot("5-search");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+,");
    await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
    await shoot("6-settings");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Shift+,");
    await expect(page.getByRole("dialog", { name: "Status and privacy" })).toBeVisible();
    await page.waitForTimeout(400);
    await shoot("17-status");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Shift+M");
    await expect(page.getByRole("dialog", { name: "Model" })).toBeVisible();
    await page.waitForTimeout(400);
    await shoot("18-models");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "More for this answer" }).last().click();
    await page.getByRole("menuitem", { name: "Pin" }).click();
    await page.getByRole("button", { name: "More for this question" }).last().click();
    await page.getByRole("menuitem", { name: "Pin" }).click();
    await page.getByRole("button", { name: "Pinned in this chat" }).click();
    await page.waitForTimeout(400);
    await shoot("19-pinned");
    await page.keyboard.press("Escape");
    await answers(page).last().locator("p").first().selectText();
    await page.waitForTimeout(300);
    await shoot("20-quote");
    await page.getByRole("button", { name: "Quote", exact: true }).click();
    await page.getByRole("button", { name: "This chat", exact: true }).click();
    await page.waitForTimeout(300);
    await shoot("21-chat-menu");
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: "Message", exact: true }).fill("");
    await page.getByRole("textbox", { name: "Message", exact: true }).fill("/");
    await page.waitForTimeout(300);
    await shoot("7-slash");
    await page.getByRole("textbox", { name: "Message", exact: true }).fill("");
    if (isTouch) await page.getByRole("button", { name: "Open chats" }).click();
    await page
      .getByRole("button", { name: "Actions for How do I keep a flat cool in a heat wave?" })
      .click({ force: true });
    await page.waitForTimeout(400);
    await shoot("8-list");
    await page.keyboard.press("Escape");
    if (isTouch) await page.getByRole("button", { name: "Close chats" }).click();
    const openList = async (): Promise<void> => {
      if (isTouch) await page.getByRole("button", { name: "Open chats" }).click();
    };
    await openList();
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByRole("textbox", { name: "Name of the project" }).first().fill("How we work");
    await page.keyboard.press("Enter");
    await page
      .getByRole("textbox", { name: "Instructions" })
      .fill("Explain as to a curious neighbour. Draw it where a drawing says more than a paragraph.");
    await page.getByRole("radio", { name: /Only your own machines/ }).check();
    await ask(page, "Where is a question readable?");
    await expect(answers(page).locator(".diagram img")).toBeVisible();
    await expect(stopButton(page)).toBeHidden();
    await page.waitForTimeout(600);
    await shoot("10-diagram");
    await page.getByRole("main").getByRole("link", { name: "How we work", exact: true }).click();
    await expect(page.getByRole("textbox", { name: "Instructions" })).toBeEnabled();
    await page.waitForTimeout(400);
    await shoot("11-project");
    await openList();
    await page.getByRole("button", { name: "New chat", exact: true }).click();
    await chooseModel(page, "Compare two models");
    await ask(page, "What cools a flat the most?");
    await expect(page.getByRole("button", { name: /^Keep this one/ })).toHaveCount(isTouch ? 1 : 2);
    await expect(stopButton(page)).toBeHidden();
    await page.waitForTimeout(600);
    await shoot("12-comparison");
    await openList();
    await page.waitForTimeout(400);
    await shoot("13-projects");
    await page.getByRole("button", { name: "New chat", exact: true }).click();
    await page.getByRole("textbox", { name: "Message", exact: true }).fill("/artifact");
    await expect(page.getByRole("option", { name: /artifact/ })).toBeVisible();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Dismiss" }).click();
    backend.script(
      say(
        `Here it is.\n\n<artifact title="Letter about the trees" kind="markdown">\n${letter}\n</artifact>\n\nSay what should change.`,
      ),
    );
    await ask(page, "A short letter to our neighbours about trees on the river path, please.");
    await answers(page).getByRole("button", { name: "Open Letter about the trees" }).click();
    await expect(page.getByRole("textbox", { name: "Text of the artifact" })).toContainText("Mill Lane");
    await page.waitForTimeout(400);
    await shoot("14-artifact");
    backend.script(say(changes(/[0-9a-f]+$/.exec(page.url())?.[0] ?? "")));
    if (isTouch) await page.getByRole("button", { name: "Close the artifact" }).click();
    await ask(page, "Who waters them? And make it warmer.");
    await expect(answers(page).last()).toContainText("Changes proposed");
    await expect(stopButton(page)).toBeHidden();
    if (isTouch) await answers(page).last().getByRole("button", { name: "Open Letter about the trees" }).click();
    await page.getByRole("tab", { name: /^Changes/ }).click();
    await page.waitForTimeout(600);
    await shoot("15-proposal");
    await page.getByRole("button", { name: "Close the artifact" }).click();
    await page.keyboard.press("Control+,");
    await page.getByRole("combobox", { name: "Rule: Reads what is here" }).selectOption("Ask each time");
    await page.keyboard.press("Escape");
    backend.script(
      callTools(
        [{ name: "calculate", arguments: { expression: "(12 * 48.50 + 3 * 310) * 1.19" } }],
        "Twelve trees, a bench under every third of them, and tax on all of it.",
      ),
    );
    await ask(page, "Trees are 48.50 each and benches 310. What will it cost us, with 19 % tax?");
    await expect(answers(page).getByRole("region", { name: "May your host do this?" })).toBeVisible();
    await page.waitForTimeout(600);
    await shoot("16-approval");
    backend.script(say("Then not. It is 12 trees and 4 benches, and the tax on top."));
    await page.getByRole("button", { name: "Don’t allow" }).click();
    await expect(stopButton(page)).toBeHidden();
    await host.stop();
    await ask(page, "And without an oven?");
    await page.waitForTimeout(600);
    await shoot("9-waiting");
    await device.close();
    await backend.close();
    console.log(`${name}, ${colorScheme}: done`);
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`Pictures are in ${out}.`);
