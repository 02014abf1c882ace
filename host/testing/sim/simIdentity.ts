/** Where a device keeps its identity: a file of its own, as the identity database is one. */
import type { IdentityRecord, IdentityStore } from "#sync/ports.ts";
import type { SimDisk } from "./disk.ts";
import type { SimNode, World } from "./world.ts";

export interface SimIdentity extends IdentityStore {
  /** What is on the disk now. */
  record: IdentityRecord | null;
}

export const identityWriteMsMax = 15;

export function createSimIdentity(world: World, node: SimNode, disk: SimDisk): SimIdentity {
  const identity: SimIdentity = {
    record: null,
    read: () => Promise.resolve(identity.record),
    write: (next) =>
      new Promise((resolve, reject) => {
        world.after(node, 1 + node.random.below(identityWriteMsMax), "identity", () => {
          disk.onRequest?.(0);
          if (!node.isUp) return;
          if (disk.isFull) {
            disk.refusals += 1;
            return reject(new Error("QuotaExceededError"));
          }
          identity.record = next;
          resolve();
        });
      }),
    clear: async () => {
      identity.record = null;
    },
  };
  return identity;
}
