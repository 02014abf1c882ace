/** From "tell this device" to one request: the address is judged anew, the words are sealed for that browser, and this host signs for it. */
import { randomBytes } from "node:crypto";
import { nameCall } from "../egress/wayOut.ts";
import { postPush, type PostOutcome, type PostPorts } from "./post.ts";
import { sealPush } from "./sealPush.ts";
import { isPushService, parsePushEndpoint } from "./services.ts";
import { arePushKeys, createOwnKey, type PushJob } from "./subscription.ts";
import { vapidWord, type VapidKey } from "./vapid.ts";

const SALT_BYTES = 16;

export function createTellService(
  key: VapidKey,
  ports: PostPorts,
  isService: (name: string) => boolean = isPushService,
): (job: PushJob, signal: AbortSignal) => Promise<PostOutcome> {
  return async (job, signal) => {
    const url = parsePushEndpoint(job.endpoint, isService);
    if (url === null || !arePushKeys(job)) return { kind: "refused" };
    nameCall("push", url);
    const body = sealPush(Buffer.from(job.words), job, createOwnKey(), randomBytes(SALT_BYTES));
    return postPush(url, vapidWord(url.origin, key, Date.now()), body, ports, signal);
  };
}
