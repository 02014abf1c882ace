/**
 * The push part's process, there only while a device of the owner's has asked to be told. It knows subscriptions and this host's VAPID key: no key of a vault, no
 * log, no word of a chat; and it is the one part that calls anybody outside the owner's machines by itself.
 */
import "../steadyCompiler.ts";
import "../egress/closed.ts";
import { tellCalls } from "../egress/tellCalls.ts";
import { toOwnerSentence } from "../errors.ts";
import { fromPush, openParentChannel, toPush } from "../ipc.ts";
import { internet } from "./post.ts";
import { readPushKey } from "./pushHome.ts";
import { createSender, type Sender } from "./sender.ts";
import { createTellService } from "./tellService.ts";

process.umask(0o077);
const parent = openParentChannel(toPush, fromPush, () => sender?.queue ?? {});
const telling = tellCalls((calls) => parent.send({ type: "called", calls }));
let sender: Sender | null = null;

function start(home: string): void {
  sender = createSender({
    post: createTellService(readPushKey(home), internet),
    after: (delayMs, work) => {
      const timer = setTimeout(work, delayMs);
      return () => clearTimeout(timer);
    },
    nowMs: () => performance.now(),
    onGone: (endpoint) => parent.send({ type: "gone", endpoint }),
    onSent: () => parent.send({ type: "logged", event: { type: "push-sent" } }),
  });
  parent.send({ type: "ready" });
}

function end(): void {
  sender?.close();
  telling.close();
  // After the message has left.
  setImmediate(() => process.exit(0));
}

parent.onMessage((message) => {
  if (message.type === "drain") end();
  if (message.type === "push") sender?.send(message);
  if (message.type === "forget") sender?.forget(message.endpoint);
  if (message.type !== "start") return;
  try {
    start(message.home);
  } catch (error) {
    parent.send({ type: "failed", says: toOwnerSentence(error) });
  }
});
// Nobody else would ever stop this process.
parent.onOrphaned(end);
// Ctrl-C reaches the whole group: the supervisor says when to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
