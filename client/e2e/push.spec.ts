/**
 * Being told while the app is closed. Chromium has no push service here, so its PushManager is stood in for; the permission, the host that keeps the subscription, the
 * service worker and what it is told (over the browser's own protocol) are real.
 */
import type { CDPSession, Page } from "@playwright/test";
import { say } from "../../host/testing/scriptedBackend.ts";
import { answers, ask, createVault, waitForServiceWorker } from "./device.ts";
import { expect, test } from "./fixtures.ts";

/** As a browser keeps it: over a reload, under the key that it was made for. */
function standInForPush(): void {
  const at = "test.push";
  // RFC 8291, appendix A.
  const keys = {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  };
  const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.codePointAt(0) ?? 0);
  const log = (line: string): void =>
    sessionStorage.setItem("test.log", `${sessionStorage.getItem("test.log") ?? ""}${line}\n`);
  const toSubscription = (key: string): object => ({
    endpoint: "https://fcm.googleapis.com/fcm/send/test",
    options: { userVisibleOnly: true, applicationServerKey: Uint8Array.from(key.split(",").map(Number)).buffer },
    getKey: (name: "p256dh" | "auth") => toBytes(keys[name]).buffer,
    unsubscribe: () => {
      log("unsubscribed");
      sessionStorage.removeItem(at);
      return Promise.resolve(true);
    },
  });
  Object.assign(PushManager.prototype, {
    getSubscription: () => {
      const key = sessionStorage.getItem(at);
      return Promise.resolve(key === null ? null : toSubscription(key));
    },
    subscribe: (options: { userVisibleOnly: boolean; applicationServerKey: Uint8Array }) => {
      log(`subscribed ${options.userVisibleOnly} ${options.applicationServerKey.length}`);
      const key = [...options.applicationServerKey].join(",");
      sessionStorage.setItem(at, key);
      return Promise.resolve(toSubscription(key));
    },
  });
}

interface Notice {
  readonly title: string;
  readonly tag: string;
  readonly body: string;
}

const notices = (page: Page): Promise<Notice[]> =>
  page.evaluate(async () =>
    (await (await navigator.serviceWorker.ready).getNotifications()).map(({ title, tag, body }) => ({
      title,
      tag,
      body,
    })),
  );
const pushLog = (page: Page): Promise<string[]> =>
  page.evaluate(() => (sessionStorage.getItem("test.log") ?? "").trim().split("\n"));

/** What a push service would bring, already opened by the browser. */
async function openPush(page: Page, origin: string): Promise<(data: string) => Promise<void>> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const found = new Promise<string>((resolve) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ isDeleted }) => !isDeleted);
      if (own !== undefined) resolve(own.registrationId);
    });
  });
  await session.send("ServiceWorker.enable");
  const registrationId = await found;
  return async (data) =>
    void (await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data }));
}

test("a device asks to be told while the app is closed, is told nothing of a chat, and takes it back", async ({
  runHost,
  backend,
  openDevice,
}) => {
  backend.script(say("The secret word is heron."));
  const host = await runHost();
  const { page, context } = await openDevice();
  await context.addInitScript(standInForPush);
  await createVault(page, host.link);
  await ask(page, "Tell me the word");
  await expect(answers(page)).toContainText(["heron"]);
  await waitForServiceWorker(page);
  const chat = new URL(page.url()).hash.split("/").at(-1) ?? "";

  // Off until a person turns it on, and truthful when the browser says no.
  const choice = (name: string) => page.getByRole("radio", { name, exact: true });
  await page.keyboard.press("Control+,");
  await expect(choice("Off")).toBeChecked();
  await expect(page.getByText(/learns that something was answered and when, never what/)).toBeVisible();
  await context.grantPermissions([]);
  await choice("Even when closed").click();
  await expect(page.getByRole("alert")).toContainText("The browser does not allow it");
  await expect(choice("Off")).toBeChecked();
  expect(await pushLog(page)).toEqual([""]);

  await context.grantPermissions(["notifications"]);
  await choice("Even when closed").click();
  // It is chosen once the host has it.
  await expect.poll(() => page.evaluate(() => localStorage.getItem("sovereign.notices"))).toBe("push");
  await expect(choice("Even when closed")).toBeChecked();
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(await pushLog(page)).toEqual(["subscribed true 65"]);
  // After a start the host is asked whether it still knows, and the browser is left alone.
  await page.reload();
  await expect(answers(page)).toContainText(["heron"]);
  await page.keyboard.press("Control+,");
  await expect(choice("Even when closed")).toBeChecked();
  await page.keyboard.press("Escape");

  const push = await openPush(page, host.origin);
  // Somebody looks at that chat: there is nothing to say. The next chat's comes behind it, so it would be there by then.
  await page.evaluate(() => {
    const listen = (heard: (event: Event) => void): void =>
      navigator.serviceWorker.addEventListener("message", heard, { once: true });
    Object.assign(globalThis, { asked: new Promise(listen).then(() => true) });
  });
  await push(chat);
  expect(await page.evaluate(() => (globalThis as unknown as { asked: Promise<boolean> }).asked)).toBe(true);
  await page.getByRole("button", { name: "New chat" }).first().click();
  // Anew at each look, one after the other: of two that the developer tools deliver at once a busy browser now and then hands on one, and it
  // puts each away after some seconds, which on a busy machine may be before the next is there.
  const shownOf = async (...told: readonly string[]): Promise<Notice[]> => {
    for (const words of told) await push(words);
    return notices(page);
  };
  const tagsOf = async (...told: readonly string[]): Promise<readonly string[]> =>
    (await shownOf(...told)).map(({ tag }) => tag).sort();
  const other = "f".repeat(32);
  await expect.poll(() => shownOf(other)).toEqual([{ title: "An answer is ready", tag: other, body: "" }]);
  await expect.poll(() => tagsOf(other, chat)).toEqual([other, chat].sort());
  await expect.poll(() => tagsOf(other, chat, "no chat at all")).toEqual(["answer", other, chat].sort());
  expect(JSON.stringify(await notices(page))).not.toMatch(/heron|word|Tell/);

  // Pressed, it brings the page to that chat, which is then no news any more.
  const worker = context.serviceWorkers()[0];
  await worker?.evaluate(async (tag) => {
    // The worker's own world, for which this project of tests has no types. A window comes to the front on a person's press alone.
    const scope = globalThis as unknown as {
      registration: ServiceWorkerRegistration;
      WindowClient: { prototype: { focus(): Promise<void> } };
      NotificationEvent: new (type: string, options: { notification: Notification }) => Event;
      dispatchEvent(event: Event): boolean;
    };
    scope.WindowClient.prototype.focus = () => Promise.resolve();
    const [notification] = await scope.registration.getNotifications({ tag });
    if (notification === undefined) return;
    // Only the browser's own events may keep a worker alive; this one need not.
    const pressed = new scope.NotificationEvent("notificationclick", { notification });
    scope.dispatchEvent(Object.assign(pressed, { waitUntil: () => {} }));
  }, chat);
  await expect(answers(page)).toContainText(["heron"]);
  await expect.poll(async () => (await notices(page)).some(({ tag }) => tag === chat)).toBe(false);

  await page.keyboard.press("Control+,");
  await choice("Off").click();
  await expect(choice("Off")).toBeChecked();
  await expect.poll(() => pushLog(page)).toEqual(["subscribed true 65", "unsubscribed"]);
});
