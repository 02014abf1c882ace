/** Two ends of a data channel in one process: as a browser's, with a buffer that drains in its own time. */
import type { DataChannelPort } from "../direct/peerPort.ts";

export interface FakeChannel extends DataChannelPort {
  /** Both ends open. */
  open(): void;
  /** What the other end would get, instead of a message of its own. */
  inject(data: unknown): void;
}

export function createFakeChannels(): readonly [FakeChannel, FakeChannel] {
  const ends: [FakeChannel, FakeChannel] = [createEnd(() => ends[1]), createEnd(() => ends[0])];
  return ends;
}

function createEnd(other: () => FakeChannel): FakeChannel {
  const target = new EventTarget();
  const fire = (type: string): void => void target.dispatchEvent(new Event(type));
  let state = "connecting";
  let buffered = 0;
  const end: FakeChannel = {
    binaryType: "blob",
    bufferedAmountLowThreshold: 0,
    get readyState() {
      return state;
    },
    get bufferedAmount() {
      return buffered;
    },
    send: (data) => {
      if (state !== "open") throw new Error("not open");
      const copy = data.slice().buffer;
      buffered += copy.byteLength;
      queueMicrotask(() => {
        const before = buffered;
        buffered -= copy.byteLength;
        other().inject(copy);
        if (before > end.bufferedAmountLowThreshold && buffered <= end.bufferedAmountLowThreshold)
          fire("bufferedamountlow");
      });
    },
    close: () => {
      if (state === "closed") return;
      state = "closed";
      queueMicrotask(() => {
        fire("close");
        other().close();
      });
    },
    addEventListener: (type, listener) => target.addEventListener(type, listener),
    open: () => {
      if (state !== "connecting") return;
      state = "open";
      fire("open");
    },
    inject: (data) => {
      if (state === "open") target.dispatchEvent(Object.assign(new Event("message"), { data }));
    },
  };
  return end;
}
