/** A link over `ws`, whose socket tells what it has read. */
import { WebSocket } from "ws";
import type { Link, LinkEvents } from "#sync/ports.ts";

export function openWsLink(socket: WebSocket, events: LinkEvents): Link {
  let isClosed = false;
  const closed = (): void => {
    if (isClosed) return;
    isClosed = true;
    events.onClose();
  };
  socket.on("open", () => !isClosed && events.onOpen());
  socket.on("message", (data: Buffer) => !isClosed && events.onFrame(new Uint8Array(data)));
  socket.on("error", () => {});
  socket.on("close", closed);
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: () => {
      socket.close();
      queueMicrotask(closed);
    },
    get waitingBytes() {
      return socket.bufferedAmount;
    },
  };
}
