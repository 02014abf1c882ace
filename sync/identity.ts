/**
 * What this device keeps of its vault. It lies sealed in the identity store, under a lock with several ways in (identityLock.ts):
 *
 *   version 1 ‖ device keys (4-byte length) ‖ local key 32 ‖ roster entries [2: 4-byte length, entry]
 *   ‖ founding 1 [claim seed 32 ‖ host fingerprint 16]          the last only until the vault's host is in the roster
 */
import { createReader, createWriter } from "#crypto/codec.ts";
import { createDeviceKeys, decodeDeviceKeys, encodeDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import { createLocalKey, type LocalKey } from "#crypto/localSeal.ts";
import { createGenesis } from "#crypto/rosterEntries.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { rosterEntryBytesMax } from "./limits.ts";
import type { Random } from "./ports.ts";

export interface Identity {
  readonly keys: DeviceKeys;
  readonly localKey: LocalKey;
  readonly entries: readonly Uint8Array[];
  /** This device made the vault, and its host has not been claimed and listed yet. */
  readonly founding: Founding | null;
}

export interface Founding {
  readonly seed: Uint8Array;
  readonly fingerprint: Uint8Array;
}

const VERSION = 1;
const KEY_BYTES = 32;
const FINGERPRINT_BYTES = 16;
const deviceKeysBytesMax = 1_024;

export function createIdentity(founding: Founding, deviceName: string, random: Random): Identity {
  const keys = createDeviceKeys(random);
  const genesis = createGenesis({ device: keys, name: deviceName, vaultKey: createVaultKey(random), random });
  return { keys, localKey: createLocalKey(random), entries: [genesis], founding };
}

export function encodeIdentity({ keys, localKey, entries, founding }: Identity): Uint8Array {
  const writer = createWriter().u8(VERSION).long(encodeDeviceKeys(keys)).fixed(localKey).u16(entries.length);
  for (const entry of entries) writer.long(entry);
  writer.u8(founding === null ? 0 : 1);
  if (founding !== null) writer.fixed(founding.seed).fixed(founding.fingerprint);
  return writer.finish();
}

export function decodeIdentity(bytes: Uint8Array): Identity {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "identity");
  const encodedKeys = reader.long(deviceKeysBytesMax);
  const localKey = reader.fixed(KEY_BYTES).slice();
  const entries: Uint8Array[] = [];
  for (let left = reader.u16(); left > 0; left--) entries.push(reader.long(rosterEntryBytesMax).slice());
  const isFounding = reader.u8() === 1;
  const founding = isFounding
    ? { seed: reader.fixed(KEY_BYTES).slice(), fingerprint: reader.fixed(FINGERPRINT_BYTES).slice() }
    : null;
  reader.end();
  // Last, since it computes both public keys: bytes of another form cost nothing.
  return { keys: decodeDeviceKeys(encodedKeys), localKey, entries, founding };
}
