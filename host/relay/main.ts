/**
 * The relay's process: it waits to be told what it may know, serves, and drains when told or when the supervisor is
 * gone.
 */
import { HostError, toOwnerSentence } from "../errors.ts";
import { fromRelay, openParentChannel, toRelay } from "../ipc.ts";
import { startRelay, type RunningRelay } from "./startRelay.ts";

// Everything it writes is for its own user alone.
process.umask(0o077);
const parent = openParentChannel(toRelay, fromRelay);
let relay: RunningRelay | null = null;

function fail(error: unknown): void {
  parent.send({
    type: "failed",
    code: error instanceof HostError ? error.code : "child",
    says: toOwnerSentence(error),
  });
}

async function end(): Promise<void> {
  await relay?.drain();
  process.exit(0);
}

parent.onMessage((message) => {
  if (message.type === "drain") void end();
  if (message.type !== "start") return;
  startRelay({
    ...message,
    onClaimed: () => parent.send({ type: "claimed" }),
    onDevices: (count) => parent.send({ type: "devices", count }),
    onBroken: fail,
  }).then((running) => {
    relay = running;
    parent.send({ type: "ready", relayKey: running.relayKey, claimed: running.isClaimed });
  }, fail);
});
parent.onSocket((socket) => (relay === null ? socket.destroy() : relay.accept(socket)));
// Nobody else would ever stop this process.
parent.onOrphaned(() => void end());
// A signal to the whole group is for the supervisor to act on: the agent's last words still have to be stored here.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
