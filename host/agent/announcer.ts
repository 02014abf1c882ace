/** What the agent says of itself to devices: what answers here, and who waits. */
import { createAnnouncement } from "#crypto/announcement.ts";
import type { BoxKey, DeviceKeys } from "#crypto/device.ts";
import type { BootId, RunId } from "#crypto/ids.ts";
import { announcementBytesMax } from "#crypto/limits.ts";
import type { Clock } from "#sync/ports.ts";
import type { Backend } from "../backends/backend.ts";
import { factsWithin } from "./announcedFacts.ts";
import {
  announcedFactsBytesMax,
  announcedFrameBytes,
  announcedLargeBytesMax,
  announcedModelsBytesMax,
  queueToldEveryMs,
} from "./limits.ts";

export interface Announcer {
  announce(): void;
  /** So that who waits can see how many are before them: soon, if it has changed. */
  tellOfQueue(): void;
  stop(): void;
}

export interface AnnouncerOptions {
  readonly clock: Clock;
  readonly keys: DeviceKeys;
  readonly boot: BootId;
  readonly bootBox: BoxKey;
  readonly backend: () => Backend;
  /** Those of them that are larger than this machine; left out, nobody looks. */
  readonly tooLarge?: (models: readonly string[]) => readonly string[];
  /** Those that wait, the next one first. */
  readonly waiting: () => readonly RunId[];
  readonly send: (announcement: Uint8Array) => void;
}

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { clock, keys, boot, bootBox, waiting } = options;
  let toldQueue = "";
  let cancelTelling: (() => void) | null = null;
  let isOver = false;

  function announce(): void {
    const backend = options.backend();
    const { kind, label, models, defaultModel, remark = "" } = backend;
    const named = namesWithin(models, announcedModelsBytesMax);
    const info = {
      kind,
      label: label.slice(0, 200),
      models: named,
      tooLarge: namesWithin(options.tooLarge?.(named) ?? [], announcedLargeBytesMax),
      defaultModel,
      remark,
      queue: waiting(),
    };
    // What is known of the models comes last: names, and who waits, are worth more.
    const room = announcementBytesMax - announcedFrameBytes - Buffer.byteLength(JSON.stringify(info));
    const known = factsWithin(backend, named, Math.min(room, announcedFactsBytesMax));
    toldQueue = info.queue.join();
    options.send(createAnnouncement({ host: keys, boot, bootBox, time: clock.now(), info: { ...info, ...known } }));
  }

  return {
    announce,
    tellOfQueue: () => {
      if (isOver || cancelTelling !== null || waiting().join() === toldQueue) return;
      cancelTelling = clock.after(queueToldEveryMs, () => {
        cancelTelling = null;
        if (waiting().join() !== toldQueue) announce();
      });
    },
    stop: () => {
      isOver = true;
      cancelTelling?.();
    },
  };
}

/** As many of the names, from the first, as fit. */
function namesWithin(names: readonly string[], bytesMax: number): string[] {
  let left = bytesMax;
  return names.filter((name) => {
    left -= Buffer.byteLength(name) * 2 + 3;
    return left >= 0;
  });
}
