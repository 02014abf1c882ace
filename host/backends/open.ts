/** The pool as a process of the host opens it: what the owner configured, what is found, and the embedded engine. */
import type { Clock } from "#sync/ports.ts";
import type { UsualPort } from "./addresses.ts";
import { createEngine, followEngine } from "./embedded/engineProcess.ts";
import { checkModelFile } from "./embedded/integrity.ts";
import { listModelFiles } from "./embedded/pull.ts";
import { openPool, type EngineSource, type Pool } from "./pool.ts";
import { readSettings, type PoolSettings } from "./settings.ts";

export interface OpenBackendsOptions {
  readonly clock: Clock;
  readonly home: string;
  /** SOVEREIGN_BACKEND. */
  readonly configured: string | null;
  readonly ownPorts: readonly number[];
  /** The agent runs the engine; the gateway uses the agent's. */
  readonly role: "agent" | "gateway";
  readonly onChange?: (pool: Pool) => void;
  readonly notify?: (sentence: string) => void;
  readonly ports?: readonly UsualPort[];
}

/** Throws `HostError("config")` for settings that make no sense. */
export async function openBackends(options: OpenBackendsOptions): Promise<Pool> {
  const { clock, home, configured, ownPorts, role, onChange, ports } = options;
  const settings = readSettings(home, configured, ownPorts);
  return openPool({
    clock,
    settings,
    ownPorts,
    engine: usesEngine(settings) ? (role === "gateway" ? followEngine(home) : runEngine(options, settings)) : null,
    ...(ports === undefined ? {} : { ports }),
    ...(onChange === undefined ? {} : { onChange }),
  });
}

/** For files that the owner named, or, with nothing configured, for those that were pulled. */
function usesEngine({ files, backends }: PoolSettings): boolean {
  return files.length > 0 || backends.length === 0;
}

function runEngine(options: OpenBackendsOptions, settings: PoolSettings): EngineSource {
  const { clock, home, notify = () => {} } = options;
  const isNamed = settings.files.length > 0;
  return createEngine({
    clock,
    home,
    notify,
    listFiles: () => (isNamed ? settings.files : listModelFiles(home)),
    installs: isNamed,
    checkFile: (path) =>
      checkModelFile(path, { home, onChange: settings.onChange, today: () => new Date(clock.now()).toISOString() }),
  });
}
