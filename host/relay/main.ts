/**
 * The relay's process: it waits to be told what it may know, serves, and drains when told or when the supervisor is
 * gone.
 */
import "../steadyCompiler.ts";
import "../egress/closed.ts";
import { hostFingerprint } from "#crypto/claim.ts";
import { HostError, toOwnerSentence } from "../errors.ts";
import { fromRelay, openParentChannel, toRelay } from "../ipc.ts";
import { createAging } from "../watch/pulse.ts";
import type { Invitation } from "./places.ts";
import { startRelay, type RunningRelay } from "./startRelay.ts";
import type { StunPlace } from "./stunResponder.ts";

// Everything it writes is for its own user alone.
process.umask(0o077);
const age = createAging(() => performance.now());
const parent = openParentChannel(toRelay, fromRelay, () => age(relay?.queue.waiting ?? 0, relay?.queue.done ?? 0));
let relay: RunningRelay | null = null;
let places: readonly StunPlace[] = [];
let invitations: readonly Invitation[] = [];
let addresses = "{}";

const notify = (says: string): void => parent.send({ type: "notice", says });

function fail(error: unknown): void {
  parent.send({
    type: "failed",
    code: error instanceof HostError ? error.code : "child",
    says: toOwnerSentence(error),
  });
}

/**
 * The disk has failed underneath. What was not acknowledged is not, and what a failed flush has left behind only a new
 * look at the file can tell: so this life ends, and the supervisor begins another one, which says so if the file cannot be
 * used any more.
 */
function onBroken(error: HostError): void {
  notify(`${toOwnerSentence(error)} What was not yet acknowledged stays on your devices and is sent again.`);
  // After the message has left.
  setImmediate(() => process.exit(1));
}

async function end(): Promise<void> {
  await relay?.drain();
  process.exit(0);
}

parent.onMessage((message) => {
  if (message.type === "drain") void end();
  if (message.type === "reach") {
    places = message.places;
    relay?.setPlaces(places);
  }
  if (message.type === "invitations") {
    invitations = message.invitations;
    relay?.invite(invitations);
  }
  if (message.type === "addresses") {
    addresses = message.json;
    relay?.setAddresses(addresses);
  }
  if (message.type === "pushGone") relay?.pushGone(message.endpoint);
  if (message.type !== "start") return;
  startRelay({
    ...message,
    push: {
      key: message.pushKey,
      send: (job) => parent.send({ type: "push", ...job }),
      forget: (endpoint) => parent.send({ type: "pushForget", endpoint }),
      onCount: (count) => parent.send({ type: "subscriptions", count }),
    },
    invitations,
    onInvited: (keys) => parent.send({ type: "invited", keys }),
    onClaimed: () => parent.send({ type: "claimed" }),
    onShare: (share) => parent.send({ type: "share", share }),
    onDevices: (count) => parent.send({ type: "devices", count }),
    onBroken,
    notify,
  }).then((running) => {
    relay = running;
    relay.setPlaces(places);
    relay.setAddresses(addresses);
    const { relayKey, isClaimed: claimed } = running;
    const fingerprint = hostFingerprint(message.hostSignKey, message.hostBoxKey, relayKey);
    parent.send({ type: "ready", relayKey, claimed, fingerprint });
  }, fail);
});
parent.onSocket((socket, came) => (relay === null ? socket.destroy() : relay.accept(socket, came)));
// Nobody else would ever stop this process.
parent.onOrphaned(() => void end());
// A signal to the whole group is for the supervisor to act on: the agent's last words still have to be stored here.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
