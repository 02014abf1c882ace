/** Files that are answered from: in a project and in a chat, read on the device, cited by page, open at the place. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { makeDocx, makePdf } from "../reading/testing/files.ts";
import { canaryForms, scanFolder } from "./canaryScan.ts";
import { answers, ask, createVault, messageBox, sendButton } from "./device.ts";
import { expect, test } from "./fixtures.ts";

const filler = (what: string): string =>
  Array.from({ length: 30 }, (_, at) => `${what} number ${at + 1} is written here so that the page is full.`).join(
    "\n",
  );
const lease = makePdf([
  `Lease of the flat in Harbour Street 9\n${filler("Definition")}`,
  `Notice and deposit\n${filler("Duty")}\nThe deposit of 1300 euros is returned within two months.`,
  `Signatures\n${filler("Witness")}`,
]);

const fileList = (page: Page): Locator => page.getByRole("region", { name: "Files" });
const lastQuestion = (body: { readonly messages?: readonly { content?: unknown }[] } | undefined): string =>
  JSON.stringify(body?.messages?.at(-1)?.content);

/** Dark pixels of the drawn page that lie under its marks. */
const inkUnderMarks = (sheet: Locator): Promise<number> =>
  sheet.locator(".drawn-page").evaluate((page) => {
    const drawn = page.querySelector("canvas");
    const copy = new OffscreenCanvas(drawn?.width ?? 1, drawn?.height ?? 1);
    const context = copy.getContext("2d");
    if (drawn === null || context === null) return 0;
    context.drawImage(drawn, 0, 0);
    let ink = 0;
    for (const mark of page.querySelectorAll<HTMLElement>(".page-mark")) {
      const [left = 0, top = 0, width = 0, height = 0] = (["left", "top", "width", "height"] as const).map(
        (side) => Number.parseFloat(mark.style[side]) / 100,
      );
      const box = [left * copy.width, top * copy.height, width * copy.width, height * copy.height] as const;
      const { data } = context.getImageData(...box);
      for (let at = 0; at < data.length; at += 4) if ((data[at] ?? 255) < 100 && (data[at + 3] ?? 0) > 200) ink += 1;
    }
    return ink;
  });

async function choose(
  page: Page,
  button: string,
  files: { name: string; mimeType: string; buffer: Buffer }[],
): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: button }).click();
  await (await chooser).setFiles(files);
}

test("a project's PDF is read here, a question is answered from its passages, and a number in the answer opens the page", async ({
  runHost,
  backend,
  openDevice,
  home,
}) => {
  backend.script(
    say("Hello."),
    say("The deposit of 1300 euros comes back within two months [1]."),
    say("From the letter: Friday [1]."),
  );
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Hello");
  await expect(answers(page)).toContainText("Hello.");
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByRole("textbox", { name: "Name of the project" }).fill("Flat");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Drop files here, or add some.")).toBeVisible();

  await choose(page, "Add files", [
    { name: "lease.pdf", mimeType: "application/pdf", buffer: lease },
    { name: "locked.pdf", mimeType: "application/pdf", buffer: makePdf(["secret"], { password: "x" }) },
  ]);
  await expect(fileList(page).getByRole("button", { name: "Open lease.pdf" })).toBeVisible();
  await expect(fileList(page).getByRole("alert")).toContainText("“locked.pdf” is locked with a password.");
  await fileList(page)
    .getByRole("checkbox", { name: /Answer only from these files/ })
    .check();

  await messageBox(page).fill("When is the deposit returned?");
  await sendButton(page).click();
  await expect(answers(page)).toContainText("within two months");
  const { body } = backend.requests.at(-1) ?? {};
  expect(lastQuestion(body)).toMatch(/\[1\] \\"lease\.pdf\\", page 2:.*deposit of 1300 euros/);
  expect(body?.messages?.[0]?.content).toContain("Answer only from these sources.");

  await expect(answers(page).getByRole("list", { name: "Sources" })).toContainText("lease.pdf");
  await answers(page).getByRole("button", { name: "Source 1: lease.pdf, page 2" }).first().click();
  const sheet = page.getByRole("dialog", { name: "lease.pdf" });
  await expect(sheet.getByRole("status")).toHaveText("Page 2 of 3");
  // The page as it looks: drawn, and where it is marked there is print under the mark.
  await expect(sheet.getByRole("img", { name: "Page 2 of 3" })).toBeVisible();
  await expect(sheet.locator(".page-mark").first()).toBeVisible();
  await expect.poll(() => inkUnderMarks(sheet)).toBeGreaterThan(100);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await sheet.getByRole("radio", { name: "Text" }).check();
  await expect(sheet.getByRole("region", { name: "What the file says" }).locator("mark")).toContainText("1300 euros");
  await sheet.getByRole("button", { name: "Next" }).click();
  await expect(sheet.getByRole("region", { name: "What the file says" })).toContainText("Witness number 30");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await sheet.getByRole("button", { name: "Close" }).click();

  // In a chat of no project, a file that comes with the question itself; it is not about what was asked elsewhere.
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await choose(page, "Attach files", [
    {
      name: "letter.docx",
      mimeType: "application/octet-stream",
      buffer: makeDocx(["# Moving", "The van comes on Friday."]),
    },
  ]);
  await messageBox(page).fill("What does this say?");
  await sendButton(page).click();
  await expect(answers(page)).toContainText("Friday");
  expect(lastQuestion(backend.requests.at(-1)?.body)).toMatch(
    /^"\[1\] \\"letter\.docx\\":\\n> # Moving\\n> The van comes on Friday/,
  );
  await answers(page).getByRole("button", { name: "Source 1: letter.docx" }).last().click();
  await expect(page.getByRole("dialog", { name: "letter.docx" }).locator("mark")).toContainText(
    "The van comes on Friday.",
  );

  expect(scanFolder(home, canaryForms("deposit of 1300 euros is returned"))).toEqual([]);
});
