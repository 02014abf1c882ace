/**
 * The door: the supervisor's listeners on the host's port, on loopback and on the tailnet (tailnetDoor.ts). It reads just enough of a connection to know whose it is
 * (whose.ts), and hands the connection itself, with the bytes it has read, to that part's process. From then on not a
 * byte of it passes here: the supervisor sees the first packet of a connection, and the relay sees nothing of the
 * gateway's.
 *
 *   connect ─► first bytes ─► whose? ─► part is ready ─► handed over ─► taken: our copy is closed
 *                                   └─► part is down ─► waits ─► ready | told to try again
 */
import type { Socket } from "node:net";
import type { Came } from "./doorway.ts";
import { doorLimits, type DoorLimits } from "./limits.ts";
import { listenOnLoopback } from "./loopback.ts";
import { openTailnetDoor, type TailnetDoorOptions } from "./tailnetDoor.ts";
import { whoseConnection, whoseTailnetConnection, type PartName } from "./whose.ts";

/** What a part is told of a connection. */
export interface Arrival extends Came {
  /** What was read of it. */
  readonly head: Buffer;
}

export interface DoorPart {
  readonly isReady: boolean;
  /**
   * Hands a connection to the part's process. `settle(true)` when it has it; `settle(false)` when that process ended
   * first, so that nobody knows how far it got.
   */
  handOver(socket: Socket, came: Arrival, settle: (isTaken: boolean) => void): void;
}

export interface DoorOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** `null`: that part does not run on this machine. */
  readonly parts: Readonly<Record<PartName, DoorPart | null>>;
  /** `null` stays on loopback. */
  readonly tailnet: Pick<TailnetDoorOptions, "sources" | "wireguardName" | "onPlaces" | "notify"> | null;
  readonly limits?: DoorLimits;
}

export interface Door {
  readonly port: number;
  /** A part has become ready: what waits for it is handed over. */
  wake(name: PartName): void;
  /** A connection whose TLS has ended; the rest of it comes when `settle` has said that the part has it. */
  enter(name: "relay" | "gateway", socket: Socket, came: Arrival, settle: () => void): void;
  close(): void;
}

export async function openDoor({ port, parts, tailnet, limits = doorLimits }: DoorOptions): Promise<Door> {
  const waiting: Record<PartName, Set<() => void>> = { relay: new Set(), gateway: new Set(), https: new Set() };
  const held = new Set<Socket>();

  function accept(socket: Socket, names: readonly string[], whose: (first: Uint8Array) => PartName | null): void {
    hold(socket);
    const deadline = setTimeout(() => socket.destroy(), limits.firstLineMsMax);
    socket.once("close", () => clearTimeout(deadline));
    let head: Buffer = Buffer.alloc(0);
    const onEnd = (): void => void socket.destroy();
    const onData = (chunk: Buffer): void => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const name = whose(head);
      if (name === null) return;
      clearTimeout(deadline);
      socket.off("data", onData);
      socket.off("end", onEnd);
      holdReading(socket, chunk);
      pass(name, socket, { head, names, securePort: null });
    };
    socket.on("data", onData);
    // It said nothing, or half of something.
    socket.once("end", onEnd);
  }

  function hold(socket: Socket): void {
    held.add(socket);
    socket.once("close", () => held.delete(socket));
    // A peer that hangs up is gone, and nobody has to be told.
    socket.on("error", () => socket.destroy());
  }

  function pass(name: PartName, socket: Socket, came: Arrival, settle: () => void = () => {}): void {
    const part = parts[name];
    if (part === null)
      return sayAndEnd(socket, "404 Not Found", `No ${name} runs on this machine.\n`, limits.farewellMsMax);
    if (part.isReady) {
      const timer = setTimeout(() => socket.destroy(), limits.takenMsMax);
      socket.once("close", () => clearTimeout(timer));
      return part.handOver(socket, came, (isTaken) => {
        socket.destroy();
        if (isTaken) settle();
      });
    }
    const onReady = (): void => {
      stopWaiting();
      pass(name, socket, came, settle);
    };
    const stopWaiting = (): void => {
      clearTimeout(timer);
      waiting[name].delete(onReady);
    };
    const timer = setTimeout(() => {
      stopWaiting();
      const says = `The ${name} is being started again. Try again in a moment.\n`;
      sayAndEnd(socket, "503 Service Unavailable\r\nretry-after: 2", says, limits.farewellMsMax);
    }, limits.partWaitMsMax);
    waiting[name].add(onReady);
    socket.once("close", stopWaiting);
  }

  const listening = { socketsMax: limits.waitingSocketsMax, highWaterMark: 1 };
  const listener = await listenOnLoopback({
    ...listening,
    port,
    onSocket: (socket) => accept(socket, [], whoseConnection),
  });
  const reach =
    tailnet === null
      ? null
      : openTailnetDoor({
          ...listening,
          ...tailnet,
          port: listener.port,
          onSocket: (socket, names) =>
            accept(socket, names, parts.https === null ? whoseConnection : whoseTailnetConnection),
          limits,
        });
  return {
    port: listener.port,
    wake: (name) => {
      for (const onReady of [...waiting[name]]) onReady();
    },
    enter: (name, socket, came, settle) => {
      hold(socket);
      pass(name, socket, came, settle);
    },
    close: () => {
      listener.close();
      reach?.close();
      for (const socket of held) socket.destroy();
    },
  };
}

/**
 * Stops reading with not a byte in between: what the kernel still holds is for the part to read. A socket goes on
 * reading after `pause()` until its buffer is full, so its buffer is one byte, and it is filled by what was just read.
 */
function holdReading(socket: Socket, chunk: Buffer): void {
  socket.pause();
  socket.unshift(chunk);
}

/** `status`: the status line's end, and headers of its own after it. */
function sayAndEnd(socket: Socket, status: string, says: string, msMax: number): void {
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${says.length}\r\nconnection: close\r\n\r\n${says}`,
  );
  // Bytes left unread would reset the connection before the answer is read.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), msMax);
  socket.once("close", () => clearTimeout(timer));
}
