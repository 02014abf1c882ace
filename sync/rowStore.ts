/** A small store of named bytes, for what is sealed before it comes here: files of messages. */
import { VaultError } from "./errors.ts";

export interface Row {
  readonly name: string;
  readonly value: Uint8Array;
}

export interface RowStore {
  get(name: string): Promise<Uint8Array | null>;
  /** Resolves when it is on stable storage. Rejects with `VaultError("storage")`, as the others do. */
  put(name: string, value: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
  /** Rows whose name begins with `prefix`, in the order in which they were first put. */
  list(prefix: string): Promise<readonly Row[]>;
  deleteAll(prefix: string): Promise<void>;
  /** Waits for what is under way. It opens again when used again. */
  close(): Promise<void>;
}

/** For a device that keeps no rows: it finds none, and says so when it is asked to keep one. */
export const noRows: RowStore = {
  get: () => Promise.resolve(null),
  put: () => Promise.reject(new VaultError("storage", "this device keeps no rows")),
  delete: () => Promise.resolve(),
  list: () => Promise.resolve([]),
  deleteAll: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
