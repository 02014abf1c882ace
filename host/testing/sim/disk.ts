/**
 * A device's storage: as much of IndexedDB as y-indexeddb and the journal use, with its promises about durability and no others. A
 * transaction is whole or not there. A relaxed one is reported complete before it is on the disk; a strict one only after it and all before
 * it are. A power cut loses the newest of those that are not; a killed page loses only what was not complete.
 */
import type { KeyRange } from "./globals.ts";
import type { SimNode, World } from "./world.ts";

export interface SimDisk {
  readonly factory: IDBFactory;
  /** The page is gone: transactions under way end nowhere. `isPowerLost`: so does what was complete and not yet flushed. */
  crash(isPowerLost: boolean): void;
  /** While true, every put fails with QuotaExceededError, and its transaction aborts. */
  isFull: boolean;
  /** How many writes it has refused for that. */
  refusals: number;
  /** How slow its flushes are at most. */
  flushMsMax: number;
  /** Runs before each request; the crash point of "crash at any storage call". */
  onRequest: ((bytes: number) => void) | null;
  readonly databaseNames: readonly string[];
  /** As when a browser loses one database. */
  deleteDatabase(name: string): void;
  /** All that is on it, as a cloned machine has it. */
  image(): DiskImage;
  load(image: DiskImage): void;
  readonly rows: number;
  /** Whether these bytes are anywhere on it, as they are. */
  contains(bytes: Buffer): boolean;
}

/** By database. What is in it is never changed. */
export type DiskImage = ReadonlyMap<string, Stores>;

type Key = number | string;
type Rows = Map<Key, unknown>;
interface Store {
  readonly autoIncrement: boolean;
  nextKey: number;
  rows: Rows;
}
type Stores = Map<string, Store>;
type Change =
  | { readonly store: string; readonly kind: "put"; readonly key: Key; readonly value: unknown }
  | { readonly store: string; readonly kind: "delete"; readonly key: Key };

interface Database {
  readonly name: string;
  live: Stores;
  /** What a power cut leaves at least. */
  durable: Stores;
  /** Complete, in order, and not yet flushed. */
  unflushed: Change[][];
  /** One after the other. */
  queue: Transaction[];
  isBusy: boolean;
  /** Of pages that have it open. */
  readonly handles: Set<object>;
}

interface Request {
  result: unknown;
  error: unknown;
  onsuccess: ((event: object) => void) | null;
  onerror: ((event: object) => void) | null;
}

interface Transaction {
  readonly handle: Record<string, unknown> & {
    error: unknown;
    oncomplete: (() => void) | null;
    onabort: (() => void) | null;
    onerror: (() => void) | null;
  };
  readonly isStrict: boolean;
  readonly abortListeners: (() => void)[];
  readonly requests: {
    readonly request: Request;
    readonly perform: () => unknown;
    readonly isWrite: boolean;
    readonly bytes: number;
  }[];
  readonly changes: Change[];
  isOver: boolean;
}

export function createDisk(world: World, node: SimNode): SimDisk {
  const databases = new Map<string, Database>();
  const random = node.random.fork("disk");

  const fire = (handler: (() => void) | null): void => handler?.();

  function openHandle(database: Database): object {
    let isClosed = false;
    const opened = {
      name: database.name,
      // Nothing takes a database away while it is open here: pages lose theirs with their lives.
      addEventListener: () => {},
      removeEventListener: () => {},
      close: () => {
        isClosed = true;
        database.handles.delete(opened);
      },
      createObjectStore: (name: string, options: { autoIncrement?: boolean } = {}) => {
        for (const stores of [database.live, database.durable]) {
          stores.set(name, { autoIncrement: options.autoIncrement ?? false, nextKey: 1, rows: new Map() });
        }
      },
      transaction: (names: string | readonly string[], _mode?: string, options: { durability?: string } = {}) => {
        if (isClosed) throw new DOMException("The database connection is closing.", "InvalidStateError");
        const transaction = begin(
          database,
          typeof names === "string" ? [names] : names,
          options.durability === "strict",
        );
        transaction["db"] = opened;
        return transaction;
      },
    };
    database.handles.add(opened);
    return opened;
  }

  function begin(database: Database, names: readonly string[], isStrict: boolean): Transaction["handle"] {
    const handle: Transaction["handle"] = { error: null, oncomplete: null, onabort: null, onerror: null };
    const abortListeners: (() => void)[] = [];
    const transaction: Transaction = { handle, isStrict, abortListeners, requests: [], changes: [], isOver: false };
    handle["addEventListener"] = (event: string, listener: () => void) => {
      if (event === "abort") abortListeners.push(listener);
    };
    handle["objectStore"] = (name: string) => {
      if (!names.includes(name)) throw new DOMException("No such store.", "NotFoundError");
      return createStoreHandle(database, transaction, name);
    };
    database.queue.push(transaction);
    startNext(database);
    return handle;
  }

  function createStoreHandle(database: Database, transaction: Transaction, name: string): object {
    const ask = (isWrite: boolean, perform: (store: Store) => unknown, put?: unknown): Request => {
      const bytes = put instanceof Uint8Array ? put.length : 0;
      if (transaction.isOver) throw new DOMException("The transaction has finished.", "TransactionInactiveError");
      const request: Request = { result: undefined, error: null, onsuccess: null, onerror: null };
      transaction.requests.push({ request, perform: () => perform(storeOf(database, name)), isWrite, bytes });
      return request;
    };
    const put = (store: Store, value: unknown, key: Key): Key => {
      // A structured clone: what the page changes later is not in the store.
      const copy = value instanceof Uint8Array ? value.slice() : value;
      store.rows.set(key, copy);
      if (typeof key === "number" && key >= store.nextKey) store.nextKey = key + 1;
      transaction.changes.push({ store: name, kind: "put", key, value: copy });
      return key;
    };
    return {
      add: (value: unknown, key?: Key) => ask(true, (store) => put(store, value, key ?? store.nextKey), value),
      put: (value: unknown, key: Key) => ask(true, (store) => put(store, value, key), value),
      get: (key: Key) => ask(false, (store) => store.rows.get(key)),
      getAll: (range?: KeyRange) => ask(false, (store) => keysIn(store, range).map((key) => store.rows.get(key))),
      count: (range?: KeyRange) => ask(false, (store) => keysIn(store, range).length),
      clear: () =>
        ask(true, (store) => {
          for (const key of store.rows.keys()) transaction.changes.push({ store: name, kind: "delete", key });
          store.rows.clear();
        }),
      delete: (range: KeyRange) =>
        ask(true, (store) => {
          for (const key of keysIn(store, range)) {
            store.rows.delete(key);
            transaction.changes.push({ store: name, kind: "delete", key });
          }
        }),
      openKeyCursor: (range: KeyRange | null, direction: string) =>
        ask(false, (store) => {
          const key = keysIn(store, range ?? undefined).at(direction === "prev" ? -1 : 0);
          return key === undefined ? null : { key, continue: () => {} };
        }),
    };
  }

  function startNext(database: Database): void {
    const next = database.queue[0];
    if (database.isBusy || next === undefined) return;
    database.isBusy = true;
    world.after(node, random.below(2), "idb", () => advance(database, next));
  }

  /** One request an event; when a request's handlers have asked for nothing more, the transaction commits. */
  function advance(database: Database, transaction: Transaction): void {
    const next = transaction.requests.shift();
    if (next === undefined) return commit(database, transaction);
    disk.onRequest?.(next.bytes);
    if (!node.isUp) return;
    if (next.isWrite && disk.isFull) return abort(database, transaction, next.request);
    next.request.result = next.perform();
    next.request.onsuccess?.({ target: next.request });
    world.after(node, 0, "idb", () => advance(database, transaction));
  }

  function commit(database: Database, transaction: Transaction): void {
    transaction.isOver = true;
    if (transaction.changes.length > 0) database.unflushed.push(transaction.changes);
    const complete = (): void => {
      if (transaction.isStrict) flush(database);
      fire(transaction.handle.oncomplete);
      finish(database, transaction);
    };
    if (transaction.isStrict) world.after(node, 1 + random.below(disk.flushMsMax), "idb flush", complete);
    else complete();
  }

  function abort(database: Database, transaction: Transaction, request: Request): void {
    transaction.isOver = true;
    disk.refusals += 1;
    const error = new DOMException("The quota has been exceeded.", "QuotaExceededError");
    database.live = replay(database.durable, database.unflushed);
    request.error = error;
    transaction.handle.error = error;
    request.onerror?.({ target: request });
    fire(transaction.handle.onerror);
    fire(transaction.handle.onabort);
    for (const listener of transaction.abortListeners) listener();
    finish(database, transaction);
  }

  function finish(database: Database, transaction: Transaction): void {
    database.queue = database.queue.filter((other) => other !== transaction);
    database.isBusy = false;
    startNext(database);
  }

  function flush(database: Database): void {
    for (const changes of database.unflushed) apply(database.durable, changes);
    database.unflushed = [];
  }

  const open = (name: string): Request => {
    const request: Request & { onupgradeneeded?: (event: object) => void } = {
      result: undefined,
      error: null,
      onsuccess: null,
      onerror: null,
    };
    world.after(node, 1 + random.below(4), "idb open", () => {
      disk.onRequest?.(0);
      if (!node.isUp) return;
      const known = databases.get(name);
      const database = known ?? {
        name,
        live: new Map(),
        durable: new Map(),
        unflushed: [],
        queue: [],
        isBusy: false,
        handles: new Set(),
      };
      databases.set(name, database);
      request.result = openHandle(database);
      if (known === undefined) request.onupgradeneeded?.({ target: request });
      request.onsuccess?.({ target: request });
    });
    return request;
  };

  const deleteDatabase = (name: string): Request => {
    const request: Request & { onblocked?: () => void } = {
      result: undefined,
      error: null,
      onsuccess: null,
      onerror: null,
    };
    world.after(node, 1 + random.below(4), "idb delete", () => {
      disk.onRequest?.(0);
      if (!node.isUp) return;
      if ((databases.get(name)?.handles.size ?? 0) > 0) return request.onblocked?.();
      databases.delete(name);
      request.onsuccess?.({ target: request });
    });
    return request;
  };

  const disk: SimDisk = {
    // reason: y-indexeddb, lib0 and openDatabase.ts use these members of a factory and no others.
    factory: {
      open,
      deleteDatabase,
      databases: () => Promise.resolve([...databases.keys()].map((name) => ({ name }))),
    } as unknown as IDBFactory,
    crash: (isPowerLost) => {
      for (const database of databases.values()) {
        const kept = isPowerLost ? random.between(0, database.unflushed.length) : database.unflushed.length;
        const { unflushed } = database;
        database.unflushed = unflushed.slice(0, kept);
        flush(database);
        database.live = replay(database.durable, []);
        database.queue = [];
        database.isBusy = false;
        database.handles.clear();
      }
    },
    isFull: false,
    refusals: 0,
    flushMsMax: 12,
    onRequest: null,
    get databaseNames() {
      return [...databases.keys()];
    },
    deleteDatabase: (name) => void databases.delete(name),
    image: () => new Map([...databases.values()].map(({ name, live }) => [name, replay(live, [])])),
    load: (image) => {
      for (const [name, stores] of image) {
        const durable = replay(stores, []);
        databases.set(name, {
          name,
          live: replay(stores, []),
          durable,
          unflushed: [],
          queue: [],
          isBusy: false,
          handles: new Set(),
        });
      }
    },
    get rows() {
      let rows = 0;
      for (const { live } of databases.values()) for (const store of live.values()) rows += store.rows.size;
      return rows;
    },
    contains: (bytes) => {
      for (const { live } of databases.values()) {
        for (const { rows } of live.values()) {
          for (const value of rows.values())
            if (
              value instanceof Uint8Array &&
              Buffer.from(value.buffer, value.byteOffset, value.length).includes(bytes)
            )
              return true;
        }
      }
      return false;
    },
  };
  return disk;
}

/** Looked up anew each time: an abort puts other stores in the place of those it spoiled. */
function storeOf(database: Database, name: string): Store {
  const store = database.live.get(name);
  if (store === undefined) throw new DOMException("No such store.", "NotFoundError");
  return store;
}

function keysIn(store: Store, range: KeyRange | undefined): Key[] {
  const keys = [...store.rows.keys()].sort((a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1,
  );
  if (range === undefined) return keys;
  const { lower, upper, lowerOpen, upperOpen } = range;
  return keys.filter(
    (key) =>
      typeof key === "number" &&
      (lower === null || (lowerOpen ? key > lower : key >= lower)) &&
      (upper === null || (upperOpen ? key < upper : key <= upper)),
  );
}

function replay(from: Stores, changes: readonly (readonly Change[])[]): Stores {
  const stores: Stores = new Map();
  for (const [name, { autoIncrement, nextKey, rows }] of from)
    stores.set(name, { autoIncrement, nextKey, rows: new Map(rows) });
  for (const each of changes) apply(stores, each);
  return stores;
}

function apply(stores: Stores, changes: readonly Change[]): void {
  for (const change of changes) {
    const store = stores.get(change.store);
    if (change.kind === "delete") store?.rows.delete(change.key);
    else if (store !== undefined) {
      store.rows.set(change.key, change.value);
      if (typeof change.key === "number" && change.key >= store.nextKey) store.nextKey = change.key + 1;
    }
  }
}
