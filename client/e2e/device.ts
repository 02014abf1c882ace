/** A device: a browser profile on disk, so that closing and opening it again is what it is for a person. */
import { chromium, expect, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { chromiumLaunch } from "../../host/testing/chromiumLaunch.ts";

export interface DeviceSettings {
  readonly profile: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly isTouch?: boolean;
  readonly colorScheme?: "light" | "dark";
  /** For the browser itself. */
  readonly args?: readonly string[];
}

/** What a page must never do; each is one line for the person who reads the failed test. */
export type Complaints = string[];

export interface Device {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly profile: string;
  /** A second tab of the same profile. */
  newTab(url: string): Promise<Page>;
  close(): Promise<void>;
}

export async function openDevice(settings: DeviceSettings, complaints: Complaints): Promise<Device> {
  const launch = chromiumLaunch();
  const context = await chromium.launchPersistentContext(settings.profile, {
    ...launch,
    args: [...launch.args, ...(settings.args ?? [])],
    headless: true,
    viewport: settings.viewport ?? { width: 1280, height: 800 },
    hasTouch: settings.isTouch ?? false,
    isMobile: settings.isTouch ?? false,
    colorScheme: settings.colorScheme ?? "light",
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  // The page reports its own policy's violations; console messages alone would miss those of workers and of early scripts.
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(
        `policy violation: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
      );
    });
  });
  context.on("console", (message) => {
    if (/policy violation|Content Security Policy|Trusted ?(Types|HTML|Script)/i.test(message.text()))
      complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  // Nothing is ever fetched from anywhere but the host that served the page.
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && hostname !== "localhost")
      complaints.push(`asked another machine: ${request.url()}`);
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    context,
    page,
    profile: settings.profile,
    newTab: async (url) => {
      const tab = await context.newPage();
      await tab.goto(url);
      return tab;
    },
    close: () => context.close(),
  };
}

/** From the printed link to an empty vault, as a person does it. */
export async function createVault(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("button", { name: "Create vault" }).click();
  await expect(messageBox(page)).toBeVisible();
}

export const messageBox = (page: Page): Locator => page.getByRole("textbox", { name: "Message", exact: true });
export const conversation = (page: Page): Locator => page.getByRole("log", { name: "Conversation" });
export const questions = (page: Page): Locator => conversation(page).getByRole("article", { name: "You", exact: true });
export const answers = (page: Page): Locator =>
  conversation(page).getByRole("article", { name: "Assistant", exact: true });
export const syncStatus = (page: Page): Locator => page.getByRole("status", { name: "Sync" });
export const sendButton = (page: Page): Locator => page.getByRole("button", { name: "Send", exact: true });
export const stopButton = (page: Page): Locator => page.getByRole("button", { name: "Stop", exact: true });

export async function ask(page: Page, question: string): Promise<void> {
  await messageBox(page).fill(question);
  await sendButton(page).click();
  await expect(questions(page).filter({ hasText: question })).toHaveCount(1);
}

/** The app is kept by its service worker, so it opens with the host away. */
export async function waitForServiceWorker(page: Page): Promise<void> {
  await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === "activated");
}

/** Every text the element had until `until` appeared in it: what a person saw growing. */
export async function watchGrowth(element: Locator, until: string): Promise<string[]> {
  return element.evaluate(
    (node, wanted) =>
      new Promise<string[]>((done) => {
        const seen: string[] = [];
        const look = (): void => {
          const text = node.textContent ?? "";
          if (text !== seen.at(-1)) seen.push(text);
          if (text.includes(wanted)) done(seen);
          else requestAnimationFrame(look);
        };
        look();
      }),
    until,
  );
}

/** Or one of the other lines of the list of models. */
export async function chooseModel(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: /^Model: / }).click();
  await page
    .getByRole("dialog", { name: "Model" })
    .getByRole("button", { name: new RegExp(`^${name}`) })
    .first()
    .click();
}
