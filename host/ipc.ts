/**
 * What the supervisor and its three children say to each other, over Node's own IPC channel as plain JSON. One table per
 * direction gives the TypeScript type, the parser and the encoder, so that the three cannot disagree. Keys travel as
 * hex and arrive as bytes.
 *
 *   agent → identity        relay ← start      relay → ready, later claimed      agent ← start      agent → ready
 *   relay, agent ← invitations      relay → invited: which vaults besides the owner's may come, and have come
 *   relay ← reach: where the tailnet reaches this host
 *   gateway ← start      gateway → ready      relay, gateway → notice: a sentence for the owner, and it goes on
 *   relay, gateway, https ← socket: a connection itself, with what the door has read of it      → taken
 *   https ← start      https → ready      https → state: by which certificate devices reach this host
 *   https → inner: a connection whose TLS ends there, for another part      https ← go: that part has it
 *   agent → recipients → gateway: who may read what tools say      gateway → recorded → agent: something to take to the relay
 *   agent, gateway → slotWanted, slotBack      agent, gateway ← slotLent, slotRecalled: places at a backend
 *   relay → devices, share, agent → backend, backends: for who asks how the host is (control.ts)
 *   agent ← services: the same, for devices
 *   gateway → metricsAsked → metrics: the host in numbers, for a tool that may ask
 *   relay → subscriptions, push, pushForget → push: whom to tell (push/); push → gone → relay
 *   agent, gateway, push → called: what went to whom, for the ledger (egress/ledger.ts)
 *   all → logged: a line for the host's log, of the closed list in log/events.ts
 *   all → beat, every few seconds              all ← drain
 *   all → failed: fatal, with a sentence for the owner
 *
 * Only public keys pass here: the relay must never see another kind (see the relay's README).
 */
import { Socket } from "node:net";
import type { Came } from "./door/doorway.ts";
import {
  backendStates,
  bytes,
  calls,
  count,
  fingerprint,
  flag,
  httpsState,
  incidents,
  innerPart,
  invitedPlaces,
  isRecord,
  key,
  keys,
  messageForm,
  namedPlaces,
  oneOf,
  optional,
  port,
  ports,
  reachedPlaces,
  recipients,
  services,
  share,
  text,
  texts,
  type Field,
  type Forms,
  type MessageForm,
  type MessageOf,
} from "./ipcFields.ts";
import { logForm, readEvent, type LogEvent } from "./log/events.ts";
import type { Pulse } from "./watch/pulse.ts";

export type { MessageForm } from "./ipcFields.ts";

/** A child says that it is alive this often; the supervisor takes several missed ones for a hang (supervise.ts). */
export const beatEveryMs = 5_000;

/**
 * Goes with a socket. `head`: the bytes that were read of it already; `names`: what it may call us (door/doorway.ts);
 * `securePort`: it came through TLS on that port, and `names` is all that it may call us.
 */
const SOCKET = { id: count, head: bytes, names: texts, securePort: optional(port) };

/** Written down by the supervisor. A line that is not of the list is no reason to end anything: it is written down that there was one. */
const logEvent: Field<LogEvent> = { read: readEvent, write: logForm.encode };
const CALLED = { called: { calls } };
const LOGGED = { logged: { event: logEvent } };

/** `progress` counts what a part has got done, and is only ever compared; `waiting`: what has not had its turn, the oldest for `oldestMs`. */
const BEAT = { progress: count, waiting: count, oldestMs: count };

/** Places at a backend, which the supervisor lends to the parts that ask it (slotLender.ts). */
const SLOT_ASKED = { slotWanted: { backend: text, max: count }, slotBack: { backend: text } };
const SLOT_TOLD = { slotLent: { backend: text }, slotRecalled: { backend: text } };

/** Something to tell a device by its push service (push/subscription.ts). */
const PUSH = { endpoint: text, publicKey: bytes, secret: bytes, words: text };

const metricsForm = oneOf("prometheus", "otlp");

const TO_RELAY = {
  /** `pushKey`: the public half of what push services know this host by. */
  start: {
    home: text,
    appDir: text,
    hostSignKey: key,
    hostBoxKey: key,
    claimKey: optional(key),
    pushKey: bytes,
    /** What the owner's vault may have stored. */
    vaultBytesMax: count,
  },
  /** A push service knows that subscription no more. */
  pushGone: { endpoint: text },
  /** Where the tailnet reaches this host, whenever that changes. */
  reach: { places: reachedPlaces },
  /** Vaults besides the owner's that may come (invitations.ts), whenever that changes. */
  invitations: { invitations: invitedPlaces },
  /** What the app is told of where other devices find this host (relay/app.ts): JSON that passes as it is. */
  addresses: { json: text },
  socket: SOCKET,
  drain: {},
} satisfies Forms;

const FROM_RELAY = {
  ready: { relayKey: key, claimed: flag, fingerprint },
  claimed: {},
  /** The links by which vaults besides the owner's have come. */
  invited: { keys },
  notice: { says: text },
  /** Devices with at least one live link. Said when it changes. */
  devices: { count },
  /** How full the owner's vault is. Said when it changes. */
  share: { share },
  /** Devices that asked to be told while they are away: with none, the push part does not run. */
  subscriptions: { count },
  push: PUSH,
  pushForget: { endpoint: text },
  failed: { code: text, says: text },
  taken: { id: count },
  ...LOGGED,
  beat: BEAT,
} satisfies Forms;

const TO_AGENT = {
  /** `relayUrl` is complete (ws://127.0.0.1:4242/link). `ownPorts` are never taken for a backend. */
  start: {
    home: text,
    relayUrl: text,
    relayKey: key,
    claimKey: optional(key),
    backend: optional(text),
    ownPorts: ports,
  },
  /** The links by which vaults besides the owner's come: it answers each of them by itself. */
  invitations: { keys },
  /** The gateway has left a record (recordSpool.ts). */
  recorded: {},
  /** How the host's parts are, for its owner's devices. */
  services: { services, incidents, share: optional(share) },
  ...SLOT_TOLD,
  drain: {},
} satisfies Forms;

const FROM_AGENT = {
  identity: { signKey: key, boxKey: key },
  /**
   * `fingerprint` is `hostFingerprint(signKey, boxKey, relayKey)`, for the link: the supervisor itself loads no
   * libsodium.
   */
  ready: { fingerprint },
  notice: { says: text },
  /** The devices of the vault, whenever the roster changes. */
  recipients: { devices: recipients },
  /** What answers now, as devices are told. Said when it changes. */
  backend: { kind: text, label: text, models: texts, defaultModel: text, remark: text },
  /** How each backend is; said with the one before. */
  backends: { backends: backendStates },
  ...SLOT_ASKED,
  failed: { says: text },
  ...CALLED,
  ...LOGGED,
  beat: BEAT,
} satisfies Forms;

const TO_GATEWAY = {
  /** `gatewayPort`: a port of its own beside the door's, if it is free; `isWanted` when the owner asked for that port. */
  start: {
    home: text,
    backend: optional(text),
    gatewayPort: optional(port),
    isWanted: flag,
    ownPorts: ports,
    /** The owner's collector of numbers, and the file with its key. */
    otlpUrl: optional(text),
    otlpKeyFile: optional(text),
  },
  socket: SOCKET,
  recipients: { devices: recipients },
  ...SLOT_TOLD,
  metrics: { form: metricsForm, text },
  drain: {},
} satisfies Forms;

const FROM_GATEWAY = {
  ready: {},
  metricsAsked: { form: metricsForm },
  recorded: {},
  ...SLOT_ASKED,
  notice: { says: text },
  failed: { says: text },
  taken: { id: count },
  ...CALLED,
  ...LOGGED,
  beat: BEAT,
} satisfies Forms;

const TO_HTTPS = {
  /** `certificate`, `key`: the owner's own files; `null` for none. */
  start: { home: text, port, certificate: optional(text), key: optional(text) },
  places: { places: namedPlaces },
  socket: SOCKET,
  /** The part it was meant for has the connection that `inner` named. */
  go: { id: count },
  drain: {},
} satisfies Forms;

const FROM_HTTPS = {
  ready: {},
  state: { state: httpsState },
  /** Goes with a socket: what comes out of TLS, for `part`. */
  inner: { id: count, part: innerPart, head: bytes, names: texts, port },
  notice: { says: text },
  failed: { says: text },
  taken: { id: count },
  ...LOGGED,
  beat: BEAT,
} satisfies Forms;

const TO_PUSH = { start: { home: text }, push: PUSH, forget: { endpoint: text }, drain: {} } satisfies Forms;

const FROM_PUSH = {
  ready: {},
  gone: { endpoint: text },
  ...CALLED,
  notice: { says: text },
  failed: { says: text },
  ...LOGGED,
  beat: BEAT,
} satisfies Forms;

export type ToPush = MessageOf<typeof TO_PUSH>;
export type FromPush = MessageOf<typeof FROM_PUSH>;
export type ToHttps = MessageOf<typeof TO_HTTPS>;
export type FromHttps = MessageOf<typeof FROM_HTTPS>;
export type ToRelay = MessageOf<typeof TO_RELAY>;
export type FromRelay = MessageOf<typeof FROM_RELAY>;
export type ToAgent = MessageOf<typeof TO_AGENT>;
export type FromAgent = MessageOf<typeof FROM_AGENT>;
export type ToGateway = MessageOf<typeof TO_GATEWAY>;
export type FromGateway = MessageOf<typeof FROM_GATEWAY>;

export const toRelay = messageForm<ToRelay>(TO_RELAY);
export const fromRelay = messageForm<FromRelay>(FROM_RELAY);
export const toAgent = messageForm<ToAgent>(TO_AGENT);
export const fromAgent = messageForm<FromAgent>(FROM_AGENT);
export const toGateway = messageForm<ToGateway>(TO_GATEWAY);
export const fromGateway = messageForm<FromGateway>(FROM_GATEWAY);
export const toPush = messageForm<ToPush>(TO_PUSH);
export const fromPush = messageForm<FromPush>(FROM_PUSH);
export const toHttps = messageForm<ToHttps>(TO_HTTPS);
export const fromHttps = messageForm<FromHttps>(FROM_HTTPS);

/** A child's end. It beats by itself from the first moment, so that a hang while starting is noticed too. */
export interface ParentChannel<In, Out> {
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
  /** A connection that the door gives to this part, as if nothing had been read of it. */
  onSocket(listener: (socket: Socket, came: Came) => void): void;
  /** Gives a connection to the supervisor, beside a message that names it. */
  sendSocket(message: Out, socket: Socket): void;
  /** Called when the supervisor is gone: a child never outlives it. */
  onOrphaned(listener: () => void): void;
  /** Stops the beat and lets the process end. */
  close(): void;
}

export function openParentChannel<In, Out>(
  incoming: MessageForm<In>,
  outgoing: MessageForm<Out>,
  pulse: () => Partial<Pulse> = () => ({}),
  everyMs = beatEveryMs,
): ParentChannel<In, Out> {
  if (process.send === undefined) throw new TypeError("This is a part of the host: start it with `npm start`.");
  const post = (message: object): void => {
    if (process.connected) process.send?.(message);
  };
  const still: Pulse = { progress: 0, waiting: 0, oldestMs: 0 };
  const beat = setInterval(() => post({ type: "beat", ...still, ...pulse() }), everyMs);
  post({ type: "beat", ...still });
  return {
    send: (message) => post(outgoing.encode(message)),
    onMessage: (listener) => process.on("message", (value) => listener(incoming.parse(value))),
    onSocket: (listener) =>
      process.on("message", (value, handle) => {
        const message = incoming.parse(value);
        if (!isSocketMessage(message)) return;
        post({ type: "taken", id: message.id });
        // `undefined` when the connection broke on its way.
        if (!(handle instanceof Socket)) return;
        handle.on("error", () => handle.destroy());
        handle.unshift(message.head);
        listener(handle, message);
      }),
    sendSocket: (message, socket) => {
      if (!process.connected) return void socket.destroy();
      process.send?.(outgoing.encode(message), socket, {}, (error) => {
        if (error !== null) socket.destroy();
      });
    },
    onOrphaned: (listener) => process.once("disconnect", listener),
    close: () => {
      clearInterval(beat);
      if (process.connected) process.disconnect();
    },
  };
}

function isSocketMessage(message: unknown): message is {
  readonly id: number;
  readonly head: Uint8Array;
  readonly names: readonly string[];
  readonly securePort: number | null;
} {
  return isRecord(message) && message["type"] === "socket";
}
