/**
 * Which devices are told of answers while they are away, and where: one subscription a device (SECURITY T-10). They are held in memory, so that a removal counts
 * in the turn in which the roster takes it, and kept beside the log, so that a restarted host goes on telling.
 */
import { authorIdFromBytes, idToBytes, vaultIdFromBytes, type AuthorId, type VaultId } from "#crypto/ids.ts";
import type { PushSubscription } from "#sync/frame.ts";
import { subscriptionsMax } from "../push/limits.ts";
import type { Database } from "./database.ts";

export interface Subscribed extends PushSubscription {
  readonly device: AuthorId;
}

export interface Subscriptions {
  readonly count: number;
  of(vault: VaultId): readonly Subscribed[];
  find(vault: VaultId, device: AuthorId): Subscribed | undefined;
  at(endpoint: string): { readonly vault: VaultId; readonly subscribed: Subscribed } | undefined;
  /** Resolves when it is on stable storage, in place of the one before; `false` when the vault has as many as it may. */
  put(vault: VaultId, device: AuthorId, subscription: PushSubscription): Promise<boolean>;
  /** When this vault's are to be told of nothing more than that it is time, the next first. */
  alarmsOf(vault: VaultId): readonly number[];
  /** Resolves when they are on stable storage in place of those before. Without a subscription nothing is kept. */
  putAlarms(vault: VaultId, times: readonly number[]): Promise<void>;
  readonly alarmed: readonly VaultId[];
  /** At once; what lies on the disk follows, and with a vault's last one its alarms. Resolves when that is gone, too. */
  drop(vault: VaultId, device: AuthorId): Promise<void>;
}

// It comes with its first use: a log of before has no such table, and needs none.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subscription (
    vault BLOB NOT NULL, device BLOB NOT NULL, endpoint TEXT NOT NULL, publicKey BLOB NOT NULL, secret BLOB NOT NULL,
    PRIMARY KEY (vault, device)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS alarm (vault BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (vault, at)) STRICT, WITHOUT ROWID;
`;

export function createSubscriptions(database: Database): Subscriptions {
  const { writer } = database;
  writer.exec(SCHEMA);
  const insert = writer.prepare(
    "INSERT OR REPLACE INTO subscription (vault, device, endpoint, publicKey, secret) VALUES (?, ?, ?, ?, ?)",
  );
  const remove = writer.prepare("DELETE FROM subscription WHERE vault = ? AND device = ?");
  const vaults = new Map<VaultId, Map<AuthorId, Subscribed>>();
  for (const row of writer.prepare("SELECT * FROM subscription").iterate())
    keep(vaultIdFromBytes(row["vault"] as Uint8Array), authorIdFromBytes(row["device"] as Uint8Array), {
      endpoint: String(row["endpoint"]),
      publicKey: row["publicKey"] as Uint8Array,
      secret: row["secret"] as Uint8Array,
    });

  const insertAlarm = writer.prepare("INSERT INTO alarm (vault, at) VALUES (?, ?)");
  const removeAlarms = writer.prepare("DELETE FROM alarm WHERE vault = ?");
  const alarms = new Map<VaultId, readonly number[]>();
  for (const row of writer.prepare("SELECT vault, at FROM alarm ORDER BY at").iterate()) {
    const vault = vaultIdFromBytes(row["vault"] as Uint8Array);
    alarms.set(vault, [...(alarms.get(vault) ?? []), Number(row["at"])]);
  }

  async function putAlarms(vault: VaultId, given: readonly number[]): Promise<void> {
    const times = [...new Set(given)].toSorted((a, b) => a - b);
    if (times.length === 0) alarms.delete(vault);
    else alarms.set(vault, times);
    await database.write(() => {
      removeAlarms.run(idToBytes(vault));
      for (const at of times) insertAlarm.run(idToBytes(vault), at);
    });
  }

  function keep(vault: VaultId, device: AuthorId, subscription: PushSubscription): void {
    const known = vaults.get(vault) ?? new Map<AuthorId, Subscribed>();
    vaults.set(vault, known.set(device, { ...subscription, device }));
  }

  const all = (): readonly { vault: VaultId; subscribed: Subscribed }[] =>
    [...vaults].flatMap(([vault, known]) => [...known.values()].map((subscribed) => ({ vault, subscribed })));

  return {
    get count() {
      return all().length;
    },
    of: (vault) => [...(vaults.get(vault)?.values() ?? [])],
    find: (vault, device) => vaults.get(vault)?.get(device),
    at: (endpoint) => all().find(({ subscribed }) => subscribed.endpoint === endpoint),
    put: async (vault, device, { endpoint, publicKey, secret }) => {
      const known = vaults.get(vault);
      if (known?.has(device) !== true && (known?.size ?? 0) >= subscriptionsMax) return false;
      // The bytes are views of a frame that is gone once this returns.
      const copy = { endpoint, publicKey: Uint8Array.from(publicKey), secret: Uint8Array.from(secret) };
      keep(vault, device, copy);
      await database.write(() =>
        insert.run(idToBytes(vault), idToBytes(device), endpoint, copy.publicKey, copy.secret),
      );
      return true;
    },
    alarmsOf: (vault) => alarms.get(vault) ?? [],
    putAlarms: async (vault, times) => {
      if ((vaults.get(vault)?.size ?? 0) > 0) await putAlarms(vault, times);
    },
    get alarmed() {
      return [...alarms.keys()];
    },
    drop: async (vault, device) => {
      if (vaults.get(vault)?.delete(device) !== true) return;
      if (vaults.get(vault)?.size === 0 && alarms.has(vault)) await putAlarms(vault, []);
      await database.write(() => remove.run(idToBytes(vault), idToBytes(device)));
    },
  };
}
