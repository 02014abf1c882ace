/** What the agent says of itself to devices: what answers here, and who waits. */
import { createAnnouncement, type HostInfo } from "#crypto/announcement.ts";
import type { BoxKey, DeviceKeys } from "#crypto/device.ts";
import type { BootId, RunId } from "#crypto/ids.ts";
import { announcementBytesMax } from "#crypto/limits.ts";
import type { Recipient } from "#crypto/record.ts";
import { sealedHealthChars, sealHealth, type HostHealth } from "#crypto/sealedHealth.ts";
import type { Clock, Random } from "#sync/ports.ts";
import type { Backend } from "../backends/backend.ts";
import { factsWithin, type MeasuredAt } from "./announcedFacts.ts";
import {
  announcedFactsBytesMax,
  announcedFrameBytes,
  announcedHealthBytesMax,
  announcedHealthBytesMin,
  announcedLargeBytesMax,
  announcedModelsBytesMax,
  queueToldEveryMs,
} from "./limits.ts";

export interface Announcer {
  announce(): void;
  /** Said at once: who has it gathered waits between two (watch/hostBoard.ts). */
  setHealth(health: HostHealth): void;
  /** The roster has changed: who is new hears how the host is, too. */
  tellReaders(): void;
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
  /** The devices that may know how the host's parts are; none before there is a vault. */
  readonly readers: () => readonly Recipient[];
  readonly random: Random;
  readonly send: (announcement: Uint8Array) => void;
}

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { clock, keys, boot, bootBox, waiting } = options;
  let toldQueue = "";
  let toldReaders = "";
  let health: HostHealth = { services: [], incidents: [] };
  let cancelTelling: (() => void) | null = null;
  let isOver = false;

  function announce(): void {
    const backend = options.backend();
    const { kind, label, models, defaultModel, remark = "" } = backend;
    const about = { kind, label: label.slice(0, 200), defaultModel, remark, queue: waiting() };
    const roomBeside = announcementBytesMax - announcedFrameBytes - Buffer.byteLength(JSON.stringify(about));
    // The last of a very long list of models are worth less than that a device hears of trouble, however many devices there are.
    const forNames = roomBeside - leastHealthChars();
    const named = namesWithin(models, Math.min(announcedModelsBytesMax, forNames));
    const forLarge = forNames - Buffer.byteLength(JSON.stringify(named));
    const tooLarge = namesWithin(options.tooLarge?.(named) ?? [], Math.min(announcedLargeBytesMax, forLarge));
    const info = { ...about, models: named, tooLarge };
    // What is known of the models comes last: names, who waits, and what is amiss are worth more.
    const free = announcementBytesMax - announcedFrameBytes - Buffer.byteLength(JSON.stringify(info));
    const told = sealedWithin(free);
    const room = free - told.chars;
    const known = factsWithin(backend, named, Math.min(room, announcedFactsBytesMax), options.measured);
    toldQueue = info.queue.join();
    options.send(
      createAnnouncement({ host: keys, boot, bootBox, time: clock.now(), info: { ...info, ...told.info, ...known } }),
    );
  }

  /** What a few of the parts take, sealed to every device. */
  function leastHealthChars(): number {
    const devices = options.readers().length;
    const hasWords = health.services.length + health.incidents.length > 0;
    return devices === 0 || !hasWords ? 0 : sealedHealthChars(announcedHealthBytesMin, devices) + healthNameChars;
  }

  function sealedWithin(free: number): { readonly info: Pick<HostInfo, "health">; readonly chars: number } {
    const to = options.readers();
    toldReaders = namesOf(to);
    const none = { info: {}, chars: 0 };
    if (to.length === 0) return none;
    let bytesMax = announcedHealthBytesMax;
    while (sealedHealthChars(bytesMax, to.length) > free - healthNameChars && bytesMax > 0) bytesMax -= 128;
    const told = healthWithin(health, bytesMax);
    if (told.services.length + told.incidents.length === 0) return none;
    const sealed = sealHealth({ health: told, host: keys.id, to, random: options.random });
    return { info: { health: sealed }, chars: Math.ceil((sealed.length * 4) / 3) + healthNameChars };
  }

  return {
    announce,
    setHealth: (next) => {
      if (isOver || JSON.stringify(next) === JSON.stringify(health)) return;
      health = next;
      announce();
    },
    tellReaders: () => {
      const hasWords = health.services.length + health.incidents.length > 0;
      if (!isOver && hasWords && namesOf(options.readers()) !== toldReaders) announce();
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

const namesOf = (readers: readonly Recipient[]): string => readers.map(({ id }) => id).join();

/** `"health":"",`, and what base64 rounds up. */
const healthNameChars = 16;

/** Of each as much, from the first, as fits; parts before what went wrong with them. */
function healthWithin({ services, incidents, share }: HostHealth, bytesMax: number): HostHealth {
  // The names of both lists.
  let left = bytesMax - 40;
  const fits = (value: unknown): boolean => {
    left -= Buffer.byteLength(JSON.stringify(value)) + 1;
    return left >= 0;
  };
  const told = share === undefined || !fits({ share }) ? {} : { share };
  return { ...told, services: services.filter(fits), incidents: incidents.filter(fits) };
}

/** As many of the names, from the first, as fit. */
function namesWithin(names: readonly string[], bytesMax: number): string[] {
  let left = bytesMax;
  return names.filter((name) => {
    left -= Buffer.byteLength(name) * 2 + 3;
    return left >= 0;
  });
}
