/**
 * HOME/push/key: the seed of this host's VAPID key, its owner's alone. The supervisor makes it, because a process under Node's permission model cannot flush a
 * file; the part that sends reads it. It opens nothing, and who has it could only say "an answer is ready" to devices whose subscription they have as well.
 */
import { createECDH } from "node:crypto";
import { join } from "node:path";
import { HostError } from "../errors.ts";
import { prepareFolder, readFileIfThere, writeFileWhole } from "../home.ts";
import { vapidKeyFromSeed, type VapidKey } from "./vapid.ts";

const SEED_BYTES = 32;

export function pushFolder(home: string): string {
  return join(home, "push");
}

/** Made at the first start, so that a device can be told the public half before anything is ever sent. */
export function openPushKey(home: string): VapidKey {
  prepareFolder(pushFolder(home));
  if (readFileIfThere(keyFile(home)) === null) writeFileWhole(keyFile(home), createSeed());
  return readPushKey(home);
}

export function readPushKey(home: string): VapidKey {
  const seed = readFileIfThere(keyFile(home));
  const damaged = `${keyFile(home)} is damaged. Delete it and start the host again: each device then asks for its notifications anew.`;
  if (seed?.length !== SEED_BYTES) throw new HostError("corrupt", damaged);
  try {
    return vapidKeyFromSeed(seed);
  } catch (cause) {
    throw new HostError("corrupt", damaged, { cause });
  }
}

function keyFile(home: string): string {
  return join(pushFolder(home), "key");
}

/** A scalar of the curve, which Node gives without its leading zeros. */
function createSeed(): Uint8Array {
  const pair = createECDH("prime256v1");
  pair.generateKeys();
  const scalar = pair.getPrivateKey();
  return Buffer.concat([Buffer.alloc(SEED_BYTES - scalar.length), scalar]);
}
