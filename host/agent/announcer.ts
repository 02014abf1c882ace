/** What the agent says of itself to devices: what answers here, and who waits. */
import { createAnnouncement, type HostInfo } from "#crypto/announcement.ts";
import type { BoxKey, DeviceKeys } from "#crypto/device.ts";
import type { BootId, RunId } from "#crypto/ids.ts";
import { announcementBytesMax } from "#crypto/limits.ts";
import type { Clock } from "#sync/ports.ts";
import type { Backend } from "../backends/backend.ts";
import { factsWithin, type MeasuredAt } from "./announcedFacts.ts";
import {
  announcedFactsBytesMax,
  announcedFrameBytes,
  announcedHealthBytesMax,
  announcedLargeBytesMax,
  announcedModelsBytesMax,
  queueToldEveryMs,
} from "./limits.ts";

/** How the host's parts are, and what went wrong there lately. */
export type HostHealth = Required<Pick<HostInfo, "services" | "incidents">>;

export interface Announcer {
  announce(): void;
  /** Said at once: who has it gathered waits between two (watch/hostBoard.ts). */
  setHealth(health: HostHealth): void;
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
  /** How quick each is, where that was measured; left out, nobody has. */
  readonly measured?: MeasuredAt;
  /** Those that wait, the next one first. */
  readonly waiting: () => readonly RunId[];
  readonly send: (announcement: Uint8Array) => void;
}

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { clock, keys, boot, bootBox, waiting } = options;
  let toldQueue = "";
  let health: HostHealth = { services: [], incidents: [] };
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
    // What is known of the models comes last: names, who waits, and what is amiss are worth more.
    const free = announcementBytesMax - announcedFrameBytes - Buffer.byteLength(JSON.stringify(info));
    const told = healthWithin(health, Math.min(free, announcedHealthBytesMax));
    const room = free - Buffer.byteLength(JSON.stringify(told));
    const known = factsWithin(backend, named, Math.min(room, announcedFactsBytesMax), options.measured);
    toldQueue = info.queue.join();
    options.send(
      createAnnouncement({ host: keys, boot, bootBox, time: clock.now(), info: { ...info, ...told, ...known } }),
    );
  }

  return {
    announce,
    setHealth: (next) => {
      if (isOver || JSON.stringify(next) === JSON.stringify(health)) return;
      health = next;
      announce();
    },
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

/** Of each as much, from the first, as fits; parts before what went wrong with them. */
function healthWithin({ services, incidents }: HostHealth, bytesMax: number): HostHealth {
  // The names of both lists.
  let left = bytesMax - 40;
  const fits = (value: unknown): boolean => {
    left -= Buffer.byteLength(JSON.stringify(value)) + 1;
    return left >= 0;
  };
  return { services: services.filter(fits), incidents: incidents.filter(fits) };
}

/** As many of the names, from the first, as fit. */
function namesWithin(names: readonly string[], bytesMax: number): string[] {
  let left = bytesMax;
  return names.filter((name) => {
    left -= Buffer.byteLength(name) * 2 + 3;
    return left >= 0;
  });
}
