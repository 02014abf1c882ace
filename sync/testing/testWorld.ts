/** A whole small world for tests: a relay, an agent, and a device with a vault of its own. */
import { createDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import type { DocId } from "#crypto/ids.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { createLocalKey } from "#crypto/localSeal.ts";
import { readIdentity, writeIdentity } from "../identityLock.ts";
import type { Clock, IdentityStore } from "../ports.ts";
import type { Vault, VaultPorts } from "../vault.ts";
import { createMemoryRelay, type MemoryRelay } from "./memoryRelay.ts";
import { startTestAgent, type TestAgent, type TestAgentOptions } from "./testAgent.ts";
import { createMemoryIdentityStore, createTestClaim, createTestDevice, until, type TestDevice } from "./testDevice.ts";

export const realClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface TestWorld {
  readonly relay: MemoryRelay;
  readonly host: DeviceKeys;
  readonly device: TestDevice;
  readonly vault: Vault;
  readonly agent: TestAgent;
  /** The agent process dies and another one, with a new boot, takes its place. */
  restartAgent(options?: Partial<TestAgentOptions>): TestAgent;
}

// reason: in Node, each y-websocket provider listens for the exit of the process, and a test has more docs open than a page.
process.setMaxListeners(0);

export async function createTestWorld(
  options: Partial<TestAgentOptions> = {},
  ports: Pick<VaultPorts, "snapshotPace" | "direct" | "fileRows" | "cacheRows"> = {},
): Promise<TestWorld> {
  await sodiumReady;
  const relay = createMemoryRelay();
  const host = createDeviceKeys(systemRandom);
  let agent = startTestAgent(relay, { clock: realClock, host, ...options });
  const device = createTestDevice(relay, undefined, ports);
  const vault = await device.create(createTestClaim(host, relay));
  await until(() => vault.status().link === "live" && vault.status().host?.live === true, "the host is live");
  return {
    relay,
    host,
    device,
    vault,
    get agent() {
      return agent;
    },
    restartAgent: (next = {}) => {
      agent.stop();
      agent = startTestAgent(relay, { clock: realClock, host, ...next });
      return agent;
    },
  };
}

/** Everything this device wrote has reached the host. */
export async function untilSettled(vault: Vault): Promise<void> {
  await vault.flush();
  await until(() => vault.status().link === "live" && vault.status().pending === 0, "all is acknowledged");
}

export async function untilLive(vault: Vault, doc: DocId): Promise<void> {
  await until(() => vault.docStatus(doc).phase === "live", "the doc is read to its end");
}

/** Every value in every database, as bytes: what a thief of the disk would read. */
export async function dumpDatabases(): Promise<readonly Buffer[]> {
  const dumped: Buffer[] = [];
  for (const { name } of await indexedDB.databases()) {
    if (name === undefined) continue;
    dumped.push(Buffer.from(name));
    const database = await toPromise(indexedDB.open(name));
    for (const storeName of database.objectStoreNames) {
      const store = database.transaction(storeName).objectStore(storeName);
      const [keys, values] = await Promise.all([
        toPromise(store.getAllKeys()),
        toPromise(store.getAll() as IDBRequest<unknown[]>),
      ]);
      for (const value of [...keys, ...values]) {
        dumped.push(value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(value) ?? ""));
      }
    }
    database.close();
  }
  return dumped;
}

function toPromise<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** In one process, a local key of its own gives the clone databases of its own. */
export async function cloneIdentity(store: IdentityStore): Promise<IdentityStore> {
  const held = await readIdentity(store, systemRandom);
  if (held === null) throw new Error("no identity");
  const copy = createMemoryIdentityStore();
  await writeIdentity(copy, { ...held, localKey: createLocalKey(systemRandom) }, systemRandom);
  return copy;
}
