/**
 * The socket that unmodified y-websocket is given: the plaintext y-protocol ends here, inside the device. What the provider
 * sends becomes updates and presence for the room to seal; what the room opened becomes messages to the provider. It opens at
 * once, with or without a host: its other end is the journal.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { WebsocketProvider } from "y-websocket";
import { mergeUpdates, type Doc } from "yjs";
import { createKnownState } from "./knownState.ts";
import { keepAliveEveryMs } from "./limits.ts";
import type { Clock } from "./ports.ts";

type ProviderSocket = NonNullable<NonNullable<ConstructorParameters<typeof WebsocketProvider>[3]>["WebSocketPolyfill"]>;

export interface SealedSocketEvents {
  /** A change made on this device that the journal does not hold yet. */
  onUpdate(update: Uint8Array): void;
  onPresence(update: Uint8Array): void;
  /** All that was typed between two sockets has come by, whether or not it was news. */
  onHandedOver(): void;
}

export interface SealedSocket {
  /** For `new WebsocketProvider(…, { WebSocketPolyfill })`. */
  readonly WebSocketPolyfill: ProviderSocket;
  readonly isOpen: boolean;
  /** Into the Y.Doc; kept for it while the provider is between two sockets. Throws on bytes that are no update. */
  deliver(update: Uint8Array): void;
  /** Bytes that are none change nothing. */
  deliverPresence(update: Uint8Array): void;
  /** What a Y.Doc holds before its provider connects came from the journal. */
  begin(doc: Doc): void;
}

// y-websocket's message types, and y-protocols' kinds of sync message.
const MESSAGE_SYNC = 0;
const MESSAGE_PRESENCE = 1;
const SYNC_STEP_1 = 0;
const SYNC_STEP_2 = 1;
const SYNC_UPDATE = 2;

const EMPTY_UPDATE = Uint8Array.of(0, 0);
const EMPTY_PRESENCE = Uint8Array.of(0);

export function createSealedSocket(clock: Clock, events: SealedSocketEvents): SealedSocket {
  /** What the journal holds, whether or not the Y.Doc has it yet. */
  const known = createKnownState();
  let waiting: Uint8Array[] = [];
  let current: Socket | null = null;
  const setCurrent = (socket: Socket): void => {
    current = socket;
  };

  class Socket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    binaryType = "arraybuffer";
    readyState: number = Socket.CONNECTING;
    onopen: ((event: object) => void) | null = null;
    onclose: ((event: object) => void) | null = null;
    onerror: ((event: object) => void) | null = null;
    onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
    #stopKeepAlive: () => void = () => {};

    constructor() {
      queueMicrotask(() => this.#open());
    }

    /** Named for the interface; called by the provider alone. */
    send(message: Uint8Array | ArrayBuffer): void {
      if (this.readyState !== Socket.OPEN) return;
      const decoder = decoding.createDecoder(message instanceof Uint8Array ? message : new Uint8Array(message));
      const type = decoding.readVarUint(decoder);
      if (type === MESSAGE_PRESENCE) return events.onPresence(decoding.readVarUint8Array(decoder));
      if (type !== MESSAGE_SYNC) return;
      const kind = decoding.readVarUint(decoder);
      const content = decoding.readVarUint8Array(decoder);
      if (kind === SYNC_STEP_1) return this.#answerStep1();
      if (known.isNews(content)) {
        known.learn(content);
        events.onUpdate(content);
      }
      if (kind === SYNC_STEP_2) events.onHandedOver();
    }

    close(): void {
      if (this.readyState === Socket.CLOSED) return;
      this.readyState = Socket.CLOSED;
      this.#stopKeepAlive();
      if (current === this) current = null;
      this.onclose?.({ code: 1000, reason: "" });
    }

    sendToDoc(type: number, ...write: readonly ((encoder: encoding.Encoder) => void)[]): void {
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, type);
      for (const part of write) part(encoder);
      this.onmessage?.({ data: encoding.toUint8Array(encoder).slice().buffer });
    }

    sync(kind: number, content: Uint8Array): void {
      this.sendToDoc(
        MESSAGE_SYNC,
        (encoder) => encoding.writeVarUint(encoder, kind),
        (encoder) => encoding.writeVarUint8Array(encoder, content),
      );
    }

    #open(): void {
      if (this.readyState !== Socket.CONNECTING) return;
      this.readyState = Socket.OPEN;
      setCurrent(this);
      this.onopen?.({});
      this.#keepAlive();
    }

    /** The doc is given what it lacks, and asked for what the journal lacks: nothing, unless edits were made in between. */
    #answerStep1(): void {
      const updates = waiting;
      waiting = [];
      this.sync(SYNC_STEP_2, updates.length === 0 ? EMPTY_UPDATE : mergeUpdates(updates));
      this.sync(SYNC_STEP_1, known.stateVector());
    }

    /** The provider gives up a socket that says nothing for 30 s. */
    #keepAlive(): void {
      this.#stopKeepAlive = clock.after(keepAliveEveryMs, () => {
        this.sendToDoc(MESSAGE_PRESENCE, (encoder) => encoding.writeVarUint8Array(encoder, EMPTY_PRESENCE));
        this.#keepAlive();
      });
    }
  }

  return {
    // reason: the provider uses these members of a WebSocket and no others.
    WebSocketPolyfill: Socket as unknown as ProviderSocket,
    get isOpen() {
      return current !== null;
    },
    deliver: (update) => {
      known.learn(update);
      if (current === null) waiting.push(update);
      else current.sync(SYNC_UPDATE, update);
    },
    begin: (doc) => known.learnDoc(doc),
    deliverPresence: (update) => {
      try {
        current?.sendToDoc(MESSAGE_PRESENCE, (encoder) => encoding.writeVarUint8Array(encoder, update));
      } catch {
        // reason: PS5: a member may seal anything, and what is no presence shows nobody.
      }
    },
  };
}
