import { gzipSync } from "node:zlib";
import { hang, say } from "../../host/testing/scriptedBackend.ts";
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
  watchGrowth,
} from "./device.ts";
import { expect, test } from "./fixtures.ts";

const poem = "One by one the words arrive and each of them stays where it was put until the last.";

test("from the printed link to an answer that streams in, word by word", async ({ runHost, backend, openDevice }) => {
  backend.script(say(poem, { delayMs: 100 }));
  const host = await runHost();
  expect(host.link).toMatch(/^http:\/\/localhost:\d+\/#c=[\w-]{43}&h=[\w-]{22}$/);
  const { page } = await openDevice();

  await createVault(page, host.link);
  await expect(page).toHaveURL((url) => !url.hash.includes("c="));
  await expect(messageBox(page), "the first words can be typed at once").toBeFocused();
  await ask(page, "How do words arrive?");
  await expect(answers(page)).toHaveCount(1);
  const seen = await watchGrowth(answers(page), poem);

  const lengths = seen.map((text) => commonPrefixLength(text, poem)).filter((length) => length > 0);
  expect(new Set(lengths).size, "the text was seen growing").toBeGreaterThanOrEqual(4);
  expect(lengths, "and never shrinking").toEqual([...lengths].sort((a, b) => a - b));
  await expect(questions(page)).toHaveText([/How do words arrive\?/]);
  await expect(stopButton(page)).toBeHidden();
  await expect(syncStatus(page)).toHaveText(/on your host/i);
  expect(backend.requests).toHaveLength(1);
  expect(backend.requests[0]?.body.messages?.at(-1)).toMatchObject({ role: "user", content: "How do words arrive?" });
});

test("the first load is at most 250 kB of JavaScript and WebAssembly, gzipped", async ({ runHost, openDevice }) => {
  const host = await runHost();
  const { page } = await openDevice();
  const parts: { name: string; gzipped: Promise<number> }[] = [];
  page.on("response", (response) => {
    if (response.fromServiceWorker() || !/\.(js|wasm)$/.test(new URL(response.url()).pathname)) return;
    parts.push({
      name: new URL(response.url()).pathname,
      gzipped: response.body().then((body) => gzipSync(body).length),
    });
  });
  // What is fetched later, when the page is idle, is no part of it, however long it takes until somebody looks here.
  await page.addInitScript(() => {
    const look = new MutationObserver(() => {
      if (document.getElementById("message") === null) return;
      look.disconnect();
      Object.assign(globalThis, { firstViewAt: performance.now() });
    });
    look.observe(document, { childList: true, subtree: true });
  });
  await createVault(page, host.link);
  const later = await page.evaluate(() => {
    const { firstViewAt } = globalThis as unknown as { firstViewAt: number };
    const asked = performance.getEntriesByType("resource").map(({ name, startTime }) => ({ name, startTime }));
    return asked
      .filter(({ name }) => !asked.some((other) => other.name === name && other.startTime <= firstViewAt))
      .map(({ name }) => new URL(name).pathname);
  });
  const first = parts.filter(({ name }) => !later.includes(name));
  const names = first.map(({ name }) => name);
  const total = (await Promise.all(first.map(({ gzipped }) => gzipped))).reduce((sum, size) => sum + size, 0);
  expect(total, "all of it was seen").toBeGreaterThan(100_000);
  expect(total).toBeLessThanOrEqual(250_000);
  expect(new Set(names).size, "nothing is fetched twice").toBe(names.length);
  // What the first script asks for late is named by the page itself, and compiled while it arrives (build/earlyParts.ts).
  const html = await (await fetch(`${host.origin}/`)).text();
  for (const part of [/\/first-/, /\/vault-/, /\/view-/, /\/sodium-/, /\.wasm$/]) {
    const [name = ""] = names.filter((each) => part.test(each));
    expect(name, "all that a start runs is in these (build/startGroups.ts)").toMatch(part);
    expect(html, String(part)).toContain(`href="${name}"`);
    const said = await (await fetch(host.origin + name)).text();
    if (name.endsWith(".js")) expect(said.startsWith("//# allFunctionsCalledOnLoad\n"), name).toBe(true);
  }
});

test("a second question brings the first exchange along", async ({ runHost, backend, openDevice }) => {
  backend.script(say("Blue."), say("Because you said so."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Name a colour.");
  await expect(answers(page)).toContainText(["Blue."]);
  await ask(page, "Why?");
  await expect(answers(page)).toContainText(["Blue.", "Because you said so."]);
  const roles = backend.requests[1]?.body.messages?.filter(({ role }) => role !== "system");
  expect(roles?.map(({ content }) => content)).toEqual(["Name a colour.", "Blue.", "Why?"]);
});

test("Stop ends the answer and keeps what had arrived", async ({ runHost, backend, openDevice }) => {
  backend.script(say("word ".repeat(400), { delayMs: 40 }));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "Speak for a long time.");
  await expect(answers(page)).toContainText("word word word");
  await stopButton(page).click();
  await expect(stopButton(page)).toBeHidden();
  await expect(answers(page)).toContainText("Stopped");
  await expect.poll(() => backend.requests[0]?.isGone(), { message: "the backend was let go" }).toBe(true);

  const kept = await wordCount(answers(page).innerText());
  expect(kept).toBeGreaterThanOrEqual(3);
  expect(kept).toBeLessThan(400);
  await page.reload();
  await expect(answers(page)).toContainText("Stopped");
  await expect.poll(() => wordCount(answers(page).innerText())).toBe(kept);
});

test("several chats, each with its own conversation", async ({ runHost, backend, openDevice }) => {
  backend.script(say("Bread needs flour."), say("Rain needs clouds."));
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await ask(page, "What does bread need?");
  await expect(answers(page)).toContainText(["Bread needs flour."]);
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await expect(conversation(page).getByRole("article")).toHaveCount(0);
  await ask(page, "What does rain need?");
  await expect(answers(page)).toContainText(["Rain needs clouds."]);

  const chats = page.getByRole("navigation", { name: "Chats" });
  await chats.getByText("What does bread need?").click();
  await expect(answers(page)).toContainText(["Bread needs flour."]);
});

test("an empty message is not sent, and what was typed survives a reload", async ({ runHost, backend, openDevice }) => {
  backend.script(hang);
  const host = await runHost();
  const { page } = await openDevice();
  await createVault(page, host.link);
  await messageBox(page).fill("   ");
  await expect(sendButton(page)).toBeDisabled();
  await messageBox(page).fill("Half a thought");
  await page.waitForTimeout(1_000);
  await page.reload();
  await expect(messageBox(page)).toHaveValue("Half a thought");
});

async function wordCount(text: Promise<string>): Promise<number> {
  return (await text).match(/\bword\b/g)?.length ?? 0;
}

/** How much of the poem stands somewhere in the text. */
function commonPrefixLength(text: string, whole: string): number {
  let length = 0;
  while (length < whole.length && text.includes(whole.slice(0, length + 1))) length += 1;
  return length;
}

test("a long address pasted on a phone leaves the page as wide as the screen, and Send in reach", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice({ viewport: { width: 390, height: 844 }, isTouch: true });
  await createVault(page, host.link);
  await messageBox(page).fill(`https://example.com/${"withoutaspace".repeat(30)}`);
  await expect(sendButton(page)).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test("letters typed while the chat they began is being opened all stand in it, and it is one chat", async ({
  runHost,
  openDevice,
}) => {
  const host = await runHost();
  const { page } = await openDevice();
  // The part that shows a chat comes late, as on a slow line; the service worker, which has it already, waits.
  await page.addInitScript(() => {
    const { register } = navigator.serviceWorker;
    navigator.serviceWorker.register = (...settings) =>
      new Promise((done) => setTimeout(done, 60_000)).then(() => register.apply(navigator.serviceWorker, settings));
  });
  let letItCome = (): void => {};
  let hasComeEnough = Promise.resolve();
  const holdIt = (): void => {
    hasComeEnough = new Promise((done) => (letItCome = done));
  };
  await page.route(/createThread-/, async (route) => {
    await hasComeEnough;
    await route.continue();
  });
  holdIt();
  await createVault(page, host.link);
  await messageBox(page).focus();
  await page.keyboard.type("One");
  await expect(page.getByRole("navigation", { name: "Chats" }).getByRole("listitem")).toHaveCount(1);
  await page.keyboard.type(" chat, all of it");
  // A page that goes now takes no letter with it.
  await expect(messageBox(page)).toHaveValue("One chat, all of it");
  await page.reload();
  letItCome();
  await expect(messageBox(page)).toHaveValue("One chat, all of it");
  await expect(page.getByRole("navigation", { name: "Chats" }).getByRole("listitem")).toHaveCount(1);

  // And into one that was there before: behind what stood in it.
  holdIt();
  await page.reload();
  await messageBox(page).focus();
  await page.keyboard.type(", and more");
  await expect(messageBox(page)).toHaveValue(", and more");
  letItCome();
  await expect(messageBox(page)).toHaveValue("One chat, all of it, and more");
});
