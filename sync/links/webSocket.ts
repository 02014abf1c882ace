/** A link over a WebSocket, in browsers and in Node ≥ 24 alike: the platform's own class, one binary message a frame. */
import { frameBytesMax } from "../limits.ts";
import type { Link, LinkEvents, OpenLink } from "../ports.ts";

export function createWebSocketLink(url: string): OpenLink {
  return (events) => openWebSocketLink(url, events);
}

function openWebSocketLink(url: string, events: LinkEvents): Link {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let isClosed = false;
  const closed = (): void => {
    if (isClosed) return;
    isClosed = true;
    events.onClose();
  };
  socket.addEventListener("open", () => {
    if (!isClosed) events.onOpen();
  });
  socket.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (isClosed) return;
    const { data } = event;
    // Text, or more than any frame: not a relay of ours.
    if (!(data instanceof ArrayBuffer) || data.byteLength > frameBytesMax) socket.close();
    else events.onFrame(new Uint8Array(data));
  });
  // An error is always followed by a close, which is the one thing that matters here.
  socket.addEventListener("close", closed);
  return {
    send: (frame) => {
      // The copy gives the socket a plain ArrayBuffer of exactly this frame.
      if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(frame));
    },
    close: () => {
      // A closing handshake with a dead peer can take minutes, so the link counts as closed from now on.
      socket.close();
      queueMicrotask(closed);
    },
    get waitingBytes() {
      return socket.bufferedAmount;
    },
  };
}
