/**
 * The pool as a process of the host opens it: what the owner configured, what is found, and the embedded engine. `backends.json` is looked
 * at again and again: what changed in it counts from then on, for new questions, while answers that run go on with what they began with.
 */
import type { Clock } from "#sync/ports.ts";
import { toOwnerSentence } from "../errors.ts";
import type { UsualPort } from "./addresses.ts";
import { createEngine, followEngine } from "./embedded/engineProcess.ts";
import { checkModelFile } from "./embedded/integrity.ts";
import { listModelFiles } from "./embedded/pull.ts";
import { settingsLookEveryMs } from "./limits.ts";
import { openPool, type EngineSource, type Pool } from "./pool.ts";
import { readRedaction } from "./redactionSettings.ts";
import { readSettings, stampOfSettings, startAgain, type PoolSettings } from "./settings.ts";
import type { Slots } from "./slots.ts";

export interface OpenBackendsOptions {
  readonly clock: Clock;
  readonly home: string;
  /** SOVEREIGN_BACKEND. */
  readonly configured: string | null;
  readonly ownPorts: readonly number[];
  /** The agent runs the engine and speaks to the owner; the gateway uses the agent's. */
  readonly role: "agent" | "gateway";
  readonly onChange?: (pool: Pool) => void;
  readonly notify?: (sentence: string) => void;
  readonly ports?: readonly UsualPort[];
  /** Shared with the host's other processes; left out, nobody else asks these backends. */
  readonly slots?: Slots;
}

/** Throws `HostError("config")` for settings that make no sense. */
export async function openBackends(options: OpenBackendsOptions): Promise<Pool> {
  const { clock, home, configured, ownPorts, role, onChange, notify = () => {} } = options;
  let stamp = stampOfSettings(home);
  let settings = readSettings(home, configured, ownPorts);
  let engine = usesEngine(settings) ? openEngine() : null;
  let current = await open(settings);
  let isClosed = false;
  let cancelLook = clock.after(settingsLookEveryMs, () => void look());

  function openEngine(): EngineSource {
    if (role === "gateway") return followEngine(home);
    return createEngine({
      clock,
      home,
      notify,
      listFiles: () => (settings.files.length > 0 ? settings.files : listModelFiles(home)),
      installs: () => settings.files.length > 0,
      checkFile: (path) =>
        checkModelFile(path, { home, onChange: settings.onChange, today: () => new Date(clock.now()).toISOString() }),
    });
  }

  function open(next: PoolSettings): Promise<Pool> {
    const { ports, slots } = options;
    return openPool({
      clock,
      settings: next,
      ownPorts,
      engine,
      redaction: () => readRedaction(home),
      ...(slots === undefined ? {} : { slots }),
      ...(ports === undefined ? {} : { ports }),
      onChange: () => onChange?.(opened),
    });
  }

  async function look(): Promise<void> {
    const now = stampOfSettings(home);
    if (now !== stamp) {
      stamp = now;
      await takeUp().catch((error: unknown) => {
        // Only one of the two says it.
        if (role === "agent") notify(`${sayRefused(error)} Until then the settings of before hold.`);
      });
    }
    if (!isClosed) cancelLook = clock.after(settingsLookEveryMs, () => void look());
  }

  async function takeUp(): Promise<void> {
    const next = readSettings(home, configured, ownPorts);
    if (describe(next) === describe(settings)) return;
    settings = next;
    const before = { pool: current, engine };
    if (!usesEngine(next)) engine = null;
    else engine ??= openEngine();
    current = await open(next);
    await before.pool.close();
    if (engine !== before.engine) await before.engine?.close();
    if (isClosed) return void (await closeAll());
    onChange?.(opened);
    if (role === "agent") notify(`backends.json was changed and is in use: ${sayCount(next)}.`);
  }

  async function closeAll(): Promise<void> {
    await current.close();
    await engine?.close();
  }

  const opened: Pool = {
    get backend() {
      return current.backend;
    },
    get models() {
      return current.models;
    },
    get members() {
      return current.members;
    },
    get queue() {
      return current.queue;
    },
    pickBackend: (model, path, pick) => current.pickBackend(model, path, pick),
    close: async () => {
      isClosed = true;
      cancelLook();
      await closeAll();
    },
  };
  return opened;
}

/** For files that the owner named, or, with nothing configured, for those that were pulled. */
function usesEngine({ files, backends }: PoolSettings): boolean {
  return files.length > 0 || backends.length === 0;
}

function describe({ routes, ...rest }: PoolSettings): string {
  return JSON.stringify([rest, [...routes]]);
}

function sayCount({ backends, files, routes }: PoolSettings): string {
  const said = (count: number, name: string): string => `${count} ${name}${count === 1 ? "" : "s"}`;
  if (backends.length + files.length === 0) return "it names nothing, so the usual ports are looked at";
  return [
    said(backends.length, "model server"),
    ...(files.length > 0 ? [said(files.length, "model file")] : []),
    ...(routes.size > 0 ? [said(routes.size, "route")] : []),
  ].join(", ");
}

/** What is wrong with the file; that nothing has to be started again is what this is for. */
function sayRefused(error: unknown): string {
  return toOwnerSentence(error).replace(startAgain, ".");
}
