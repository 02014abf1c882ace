/**
 * What the gateway needs to know of backends, and nothing more: which models there are, and who is asked for one.
 * `../backends/pool.ts` is one; tests have another.
 */

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
  /** "local": on hardware of the owner's. Left out, or anything else: somebody else's. */
  readonly place?: string;
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
