/**
 * The gateway's process: it waits to be told where to look for backends, answers tools until it is drained or its
 * supervisor is gone.
 */
import "../steadyCompiler.ts";
import "../egress/closed.ts";
import { systemClock } from "#sync/systemClock.ts";
import { isLoopback } from "../backends/addresses.ts";
import { openBackends } from "../backends/open.ts";
import { readRedaction } from "../backends/redactionSettings.ts";
import { createLentSlots } from "../backends/slots.ts";
import { readSettings } from "../backends/settings.ts";
import { listenOnLoopback, type Loopback } from "../door/loopback.ts";
import type { Recipient } from "#crypto/record.ts";
import { tellCalls } from "../egress/tellCalls.ts";
import { systemCode, toOwnerSentence } from "../errors.ts";
import { fromGateway, openParentChannel, toGateway, type ToGateway } from "../ipc.ts";
import type { Pool } from "../backends/pool.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { openKeyRing } from "./keys.ts";
import { createMetricsAsking } from "../metrics/asking.ts";
import { createOtlpSender, type OtlpSender } from "../metrics/sendOtlp.ts";
import { openRecordSpool } from "../recordSpool.ts";
import { gatewayLimits } from "./limits.ts";
import { createRecorder } from "./recording.ts";

/** Within the supervisor's patience. */
const drainMsMax = 1_000;

let answered = 0;
let pool: Pool | null = null;
const parent = openParentChannel(toGateway, fromGateway, () => ({ progress: answered, ...pool?.queue }));
const slots = createLentSlots({
  want: (backend, max) => parent.send({ type: "slotWanted", backend, max }),
  giveBack: (backend) => parent.send({ type: "slotBack", backend }),
});
const askFor = (form: "prometheus" | "otlp") => createMetricsAsking(() => parent.send({ type: "metricsAsked", form }));
const numbers = { prometheus: askFor("prometheus"), otlp: askFor("otlp") };
const telling = tellCalls((calls) => parent.send({ type: "called", calls }));
let gateway: Gateway | null = null;
let listener: Loopback | null = null;
let collector: OtlpSender | null = null;
let recipients: readonly Recipient[] = [];

const notify = (says: string): void => parent.send({ type: "notice", says });

async function start(message: Extract<ToGateway, { type: "start" }>): Promise<void> {
  const { home, backend: configured, ownPorts } = message;
  listener = await listenBeside(message);
  pool = await openBackends({
    clock: systemClock,
    home,
    role: "gateway",
    slots,
    notify,
    configured,
    ownPorts: listener === null ? ownPorts : [...ownPorts, listener.port],
  });
  const recorder = createRecorder({
    spool: openRecordSpool(home),
    recipients: () => recipients,
    wallNowMs: () => systemClock.now(),
    onRecorded: () => parent.send({ type: "recorded" }),
    notify,
  });
  gateway = createGateway({
    ring: openKeyRing(home, notify),
    backends: pool,
    recorder,
    redaction: () => readRedaction(home),
    nowMs: () => performance.now(),
    metrics: numbers.prometheus.ask,
    onAnswered: (how) => {
      answered += 1;
      parent.send({ type: "logged", event: { type: "tool-answered", ...how } });
    },
    createdSeconds: Math.floor(Date.now() / 1_000),
    notify,
  });
  const { otlpUrl: url, otlpKeyFile: keyFile } = message;
  if (url !== null)
    collector = createOtlpSender({ url, keyFile, ask: numbers.otlp.ask, after: systemClock.after, notify });
  parent.send({ type: "ready" });
}

/** The port that tools know from LM Studio, if it is free. A model server that the owner put there comes first. */
async function listenBeside(message: Extract<ToGateway, { type: "start" }>): Promise<Loopback | null> {
  const { gatewayPort: port, isWanted, ownPorts, home, backend } = message;
  if (port === null || ownPorts.includes(port)) return null;
  const configured = readSettings(home, backend, ownPorts).backends.map(({ baseUrl }) => new URL(baseUrl));
  if (configured.some((url) => isLoopback(url.hostname) && url.port === String(port))) return null;
  try {
    return await listenOnLoopback({
      port,
      socketsMax: gatewayLimits.http.socketsMax,
      onSocket: (socket) => (gateway === null ? socket.destroy() : gateway.accept(socket)),
    });
  } catch (error) {
    if (isWanted)
      notify(
        `Tools cannot use port ${port} (${systemCode((error as Error).cause) || "taken"}): set SOVEREIGN_GATEWAY_PORT to a free one.`,
      );
    return null;
  }
}

async function end(): Promise<void> {
  listener?.close();
  await gateway?.close(drainMsMax);
  await pool?.close();
  collector?.close();
  telling.close();
  process.exit(0);
}

parent.onMessage((message) => {
  if (message.type === "drain") void end();
  if (message.type === "slotLent") slots.lent(message.backend);
  if (message.type === "slotRecalled") slots.recalled(message.backend);
  if (message.type === "metrics") numbers[message.form].take(message.text);
  if (message.type === "recipients") recipients = message.devices;
  if (message.type === "start")
    start(message).catch((error: unknown) => parent.send({ type: "failed", says: toOwnerSentence(error) }));
});
parent.onSocket((socket, came) => (gateway === null ? socket.destroy() : gateway.accept(socket, came)));
// Nobody else would ever stop this process.
parent.onOrphaned(() => void end());
// Ctrl-C reaches the whole group: the supervisor says when to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
