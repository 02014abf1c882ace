/**
 * Who this host is: the agent's identity, made once and kept in HOME/agent. It signs announcements and lanes; no chat can be opened
 * with it. The box key of a boot, to which chats' keys are lent, is another: it is made anew in each process and never written down.
 */
import { join } from "node:path";
import { createDeviceKeys, decodeDeviceKeys, encodeDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { Random } from "#crypto/random.ts";
import { HostError } from "../errors.ts";
import { prepareFolder, readFileIfThere, writeFileWhole } from "../home.ts";

export function openIdentity(home: string, random: Random): DeviceKeys {
  const folder = agentFolder(home);
  prepareFolder(folder);
  const file = join(folder, "identity");
  const stored = readFileIfThere(file);
  if (stored === null) {
    const keys = createDeviceKeys(random);
    writeFileWhole(file, encodeDeviceKeys(keys));
    return keys;
  }
  try {
    return decodeDeviceKeys(stored);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new HostError(
      "corrupt",
      `${file} is damaged, and without it your devices do not know this host. Put back a copy of it; if there is none, move ${home} away and start over with a new vault.`,
      { cause },
    );
  }
}

export function agentFolder(home: string): string {
  return join(home, "agent");
}
