/**
 * The agent's link to its relay: the same frames as a device's (sync/links/webSocket.ts), by the package `ws`, whose way out of a process takes
 * half of the time that Node's own WebSocket does. Each word of an answer goes this way.
 */
import { WebSocket } from "ws";
import { nameCall } from "../egress/wayOut.ts";
import { frameBytesMax } from "#sync/limits.ts";
import type { Link, LinkEvents, OpenLink } from "#sync/ports.ts";

export function createRelayLink(url: string): OpenLink {
  return (events) => openRelayLink(url, events);
}

function openRelayLink(url: string, events: LinkEvents): Link {
  // What is sealed does not get shorter.
  const options = { perMessageDeflate: false, maxPayload: frameBytesMax, followRedirects: false };
  nameCall("relay", new URL(url));
  return linkOver(new WebSocket(url, options), events);
}

/** Over a socket that its caller may watch, pause and break. */
export function linkOver(socket: WebSocket, events: LinkEvents): Link {
  let isClosed = false;
  const closed = (): void => {
    if (isClosed) return;
    isClosed = true;
    events.onClose();
  };
  socket.on("open", () => {
    if (!isClosed) events.onOpen();
  });
  socket.on("message", (data: Buffer, isBinary) => {
    if (isClosed) return;
    // Text: not a relay of ours.
    if (isBinary) events.onFrame(new Uint8Array(data));
    else socket.close();
  });
  // An error is always followed by a close, which is the one thing that matters here.
  socket.on("error", () => {});
  socket.on("close", closed);
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: () => {
      // A closing handshake with a dead peer can take a while, so the link counts as closed from now on.
      socket.close();
      queueMicrotask(closed);
    },
    get waitingBytes() {
      return socket.bufferedAmount;
    },
  };
}
