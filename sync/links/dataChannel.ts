/**
 * A link over a WebRTC data channel. A channel's messages are kept small, since large ones are cut up below us in ways that browsers do not
 * agree on, and hold all others up; so a frame travels in pieces.
 *
 *   piece   1 more follow, 0 the last ‖ up to 16,383 bytes
 */
import { concatBytes } from "#crypto/bytes.ts";
import type { DataChannelPort } from "../direct/peerPort.ts";
import { channelBufferBytesMax, channelMessageBytesMax, frameBytesMax } from "../limits.ts";
import type { Link, LinkEvents } from "../ports.ts";

const LAST = 0;
const MORE = 1;

export function createDataChannelLink(channel: DataChannelPort, events: LinkEvents): Link {
  const queue: Uint8Array<ArrayBuffer>[] = [];
  let queuedBytes = 0;
  let pieces: Uint8Array[] = [];
  let piecesBytes = 0;
  let isClosed = false;
  channel.binaryType = "arraybuffer";
  channel.bufferedAmountLowThreshold = channelBufferBytesMax / 4;

  function closed(): void {
    if (isClosed) return;
    isClosed = true;
    queue.length = 0;
    events.onClose();
  }

  function close(): void {
    channel.close();
    queueMicrotask(closed);
  }

  function flush(): void {
    while (!isClosed && channel.readyState === "open" && channel.bufferedAmount < channelBufferBytesMax) {
      const piece = queue.shift();
      if (piece === undefined) return;
      queuedBytes -= piece.length;
      try {
        channel.send(piece);
      } catch {
        // reason: it closed, or its buffer is full after all; a link that lost a piece has lost its order.
        return close();
      }
    }
  }

  function receive(data: unknown): void {
    if (isClosed) return;
    if (!(data instanceof ArrayBuffer) || data.byteLength < 1 || data.byteLength > channelMessageBytesMax)
      return close();
    const message = new Uint8Array(data);
    const [flag] = message;
    piecesBytes += message.length - 1;
    if ((flag !== LAST && flag !== MORE) || piecesBytes > frameBytesMax) return close();
    pieces.push(message.subarray(1));
    if (flag === MORE) return;
    const frame = concatBytes(...pieces);
    pieces = [];
    piecesBytes = 0;
    events.onFrame(frame);
  }

  channel.addEventListener("open", () => {
    if (!isClosed) events.onOpen();
    flush();
  });
  channel.addEventListener("message", (event) => receive((event as MessageEvent<unknown>).data));
  channel.addEventListener("bufferedamountlow", flush);
  channel.addEventListener("close", closed);
  channel.addEventListener("error", close);
  if (channel.readyState === "open") queueMicrotask(() => void (isClosed || events.onOpen()));

  return {
    send: (frame) => {
      if (isClosed) return;
      const room = channelMessageBytesMax - 1;
      for (let at = 0; at === 0 || at < frame.length; at += room) {
        const part = frame.subarray(at, at + room);
        const piece = new Uint8Array(part.length + 1);
        piece[0] = at + room < frame.length ? MORE : LAST;
        piece.set(part, 1);
        queue.push(piece);
        queuedBytes += piece.length;
      }
      flush();
    },
    close,
    get waitingBytes() {
      return queuedBytes + channel.bufferedAmount;
    },
  };
}
