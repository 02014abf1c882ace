/**
 * What each life of a link has in common, whoever is at its other end: frames go out, what comes in is read or ends it, a ping now and then,
 * silence that ends it, one end. Who the other is, is for its two users to settle: linkLife.ts (a host), direct/directLife.ts (a device).
 */
import { decodeFrame, encodeFrame, type Frame } from "./frame.ts";
import { linkSilenceMs, pingEveryMs } from "./limits.ts";
import type { Clock, OpenLink } from "./ports.ts";

export interface FrameLifeOptions {
  readonly clock: Clock;
  readonly openLink: OpenLink;
  /** The first frame that is sent. */
  readonly hello: Frame;
  readonly onFrame: (frame: Frame) => void;
  /** Once, whatever ended it. */
  readonly onEnd: () => void;
}

export interface FrameLife {
  /** Nothing once it has ended. */
  send(frame: Frame): void;
  /** The other has proved who it is: it is pinged from now on. */
  markLive(): void;
  /** Pings. What comes once this says `true` was sent by an other that had all that was sent until now: frames keep their order. */
  fence(): () => boolean;
  end(): void;
}

export function startFrameLife({ clock, openLink, hello, onFrame, onEnd }: FrameLifeOptions): FrameLife {
  let isLive = false;
  let isOver = false;
  let pings = 0;
  let pongs = 0;
  let lastHeard = clock.now();
  let cancelTick = clock.after(pingEveryMs, tick);

  const link = openLink({
    onOpen: () => send(hello),
    onFrame: (bytes) => {
      if (isOver) return;
      lastHeard = clock.now();
      let frame: Frame;
      try {
        frame = decodeFrame(bytes);
      } catch {
        // reason: whoever sends anything but frames is broken or not ours; a new link is all that can be asked for.
        return end();
      }
      if (frame.type === "pong") pongs += 1;
      onFrame(frame);
    },
    onClose: end,
  });

  function tick(): void {
    // Measured on the wall clock: after a laptop slept, the first tick sees the whole night and gives the link up.
    if (clock.now() - lastHeard > linkSilenceMs) return end();
    if (isLive) ping();
    cancelTick = clock.after(pingEveryMs, tick);
  }

  function ping(): number {
    send({ type: "ping" });
    return ++pings;
  }

  function send(frame: Frame): void {
    if (!isOver) link.send(encodeFrame(frame));
  }

  function end(): void {
    if (isOver) return;
    isOver = true;
    cancelTick();
    link.close();
    onEnd();
  }

  return {
    send,
    markLive: () => {
      isLive = true;
    },
    fence: () => {
      const own = ping();
      return () => pongs >= own;
    },
    end,
  };
}
