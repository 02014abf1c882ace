/**
 * What the gateway needs to know of backends, and nothing more: which models there are, and who is asked for one. Here it
 * is made of what discovery finds: one server.
 */
import type { Clock } from "#sync/ports.ts";
import { BackendError } from "../backends/backend.ts";
import { discoverBackend, type Discovery } from "../backends/discover.ts";
import { watchBackends } from "../backends/watch.ts";

export interface PickOptions {
  readonly signal?: AbortSignal;
  /** For fairness between owners: a tool's key. */
  readonly owner?: string;
  /** Backends that were tried for this request already. */
  readonly except?: readonly string[];
}

/** A place at a backend, for one request. */
export interface PickedBackend {
  readonly backend: string;
  /** Up to and including /v1. */
  readonly baseUrl: string;
  /** To be sent along: its key, if it has one. */
  readonly headers: Readonly<Record<string, string>>;
  /** As this backend calls it: another name than was asked for where a route led here. `null` leaves the body as it is. */
  readonly model: string | null;
  /** Gives the place back. `isGood: false` says that it failed before its first byte. */
  release(isGood?: boolean): void;
}

export interface BackendSource {
  readonly models: readonly { readonly id: string }[];
  /** Throws `BackendError` when nobody can be asked. */
  pickBackend(model: string | null, path: string, options?: PickOptions): Promise<PickedBackend>;
  close(): void | Promise<void>;
}

export interface BackendSourceOptions {
  readonly clock: Clock;
  readonly configured: string | null;
  readonly ownPorts: readonly number[];
}

export async function openBackendSource({ clock, configured, ownPorts }: BackendSourceOptions): Promise<BackendSource> {
  let current: Discovery = await discoverBackend({ configured, ownPorts });
  const watch = await watchBackends({
    clock,
    discover: async () => {
      current = await discoverBackend({ configured, ownPorts });
      return current;
    },
    onChange: () => {},
  });
  return {
    get models() {
      return watch.current.models.map((id) => ({ id }));
    },
    pickBackend: async (_model, _path, { except = [] } = {}) => {
      const { baseUrl } = current;
      if (baseUrl === null || except.includes(baseUrl)) throw noBackendError();
      return { backend: baseUrl, baseUrl, headers: {}, model: null, release: () => {} };
    },
    close: () => watch.close(),
  };
}

function noBackendError(): BackendError {
  return new BackendError(
    "backend-away",
    "No model server answers. Start one on this machine (LM Studio, Ollama, vLLM or llama.cpp), or set SOVEREIGN_BACKEND.",
  );
}
