/**
 * Notices while the app is closed: the browser's own push service wakes the service worker, and the host may tell it to. It is the one thing by which somebody outside
 * the owner's machines learns anything (that something was answered, and when), so it is off until a person turns it on, and going back undoes all of it.
 */
import { isEqualBytes } from "#crypto/bytes.ts";
import { setPushed } from "#sync/docs/pushed.ts";
import type { Vault } from "#sync/vault.ts";
import { allowNotices } from "./notices.ts";
import { forgetNoticeTitles, keepNoticeTitles, type NoticeTitles } from "./noticeTitle.ts";
import { notices } from "./preferences.ts";

export const canPush: boolean = "PushManager" in globalThis;

/** `guest`: this host tells devices of its owner's vault only. `no-service`: this browser has no push service, or it does not answer. */
export type PushOutcome = "on" | "not-allowed" | "no-host" | "guest" | "no-service";

type PushVault = Pick<Vault, "askPush" | "setPush" | "status" | "subscribeStatus" | "catalog" | "deviceId">;

/** On a click alone: it asks the person. */
export async function turnOnPush(vault: PushVault, titles: NoticeTitles): Promise<PushOutcome> {
  if (!(await allowNotices())) return "not-allowed";
  const outcome = await subscribe(vault);
  if (outcome === "on") {
    setPushed(vault.catalog.yDoc, vault.deviceId, true);
    await keepNoticeTitles(titles);
  }
  return outcome;
}

/** The browser forgets it even when the host is away: its service then says so to the host, which forgets it as well. */
export async function turnOffPush(vault: PushVault): Promise<void> {
  const [subscription] = await Promise.all([currentSubscription(), forgetNoticeTitles()]);
  setPushed(vault.catalog.yDoc, vault.deviceId, false);
  await subscription?.unsubscribe();
  await vault.setPush(null);
}

/** After each start: a service may have given the browser another address, or the host come back without what it knew. */
export function keepPush(vault: PushVault, titles: NoticeTitles): () => void {
  let isDone = false;
  const look = (): void => {
    if (isDone || vault.status().link !== "live") return;
    isDone = true;
    leave();
    if (Notification.permission !== "granted") return;
    // Of before there were reminders.
    setPushed(vault.catalog.yDoc, vault.deviceId, true);
    void Promise.all([subscribe(vault), keepNoticeTitles(titles)]).catch(() => undefined);
  };
  const leave = vault.subscribeStatus(look);
  look();
  return leave;
}

async function subscribe(vault: PushVault): Promise<PushOutcome> {
  const asked = await vault.askPush();
  if (asked === null) return "no-host";
  const { key, endpoint } = asked;
  if (key === null) return "guest";
  let subscription: PushSubscription;
  try {
    subscription = await subscribeUnder(Uint8Array.from(key));
  } catch {
    // reason: no service, or none that can be reached now; the browser gives no more than that.
    return "no-service";
  }
  if (subscription.endpoint === endpoint) return "on";
  const [publicKey, secret] = [subscription.getKey("p256dh"), subscription.getKey("auth")];
  if (publicKey === null || secret === null) return "no-service";
  const told = {
    endpoint: subscription.endpoint,
    publicKey: new Uint8Array(publicKey),
    secret: new Uint8Array(secret),
  };
  if (await vault.setPush(told)) return "on";
  await subscription.unsubscribe();
  return vault.status().link === "live" ? "no-service" : "no-host";
}

/** Under this host's key: a subscription under another one, as of a host before, is no use to it. */
async function subscribeUnder(key: Uint8Array<ArrayBuffer>): Promise<PushSubscription> {
  const known = await currentSubscription();
  const under = known?.options.applicationServerKey ?? null;
  if (known !== null && under !== null && isEqualBytes(new Uint8Array(under), key)) return known;
  await known?.unsubscribe();
  const { pushManager } = await navigator.serviceWorker.ready;
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function currentSubscription(): Promise<PushSubscription | null> {
  const { pushManager } = await navigator.serviceWorker.ready;
  return pushManager.getSubscription();
}

/** What a choice in the settings comes to. */
export async function chooseNotices(
  vault: PushVault,
  next: "off" | "on" | "push",
  titles: NoticeTitles,
): Promise<PushOutcome | "off"> {
  if (next === "push") {
    const outcome = await turnOnPush(vault, titles);
    if (outcome === "on") notices.choose("push");
    return outcome;
  }
  if (notices.now() === "push") await turnOffPush(vault);
  const isAllowed = next === "off" || (await allowNotices());
  notices.choose(isAllowed ? next : "off");
  if (!isAllowed) return "not-allowed";
  return next;
}
