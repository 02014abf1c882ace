/** This terminal's own ledger: what other programs did by it. Beside its other files, in the form of every ledger, signed by this device and sealed to all of them. */
import { join } from "node:path";
import { canWrite } from "#crypto/roster.ts";
import type { Identity } from "#sync/identity.ts";
import { createRosterCopy } from "#sync/rosterCopy.ts";
import type { Clock, Random } from "#sync/ports.ts";
import { openLedger, type Ledger } from "../tools/ledger.ts";

export const deviceLedgerFile = (cliFolder: string): string => join(cliFolder, "ledger");

/** Sealed to the devices that this one knew of when it was opened. */
export function openDeviceLedger(
  cliFolder: string,
  identity: Identity,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Ledger {
  const { roster } = createRosterCopy(identity.entries);
  const to = [...roster.members.values()].filter(({ id }) => canWrite(roster, id));
  const file = deviceLedgerFile(cliFolder);
  return openLedger({ file, vault: roster.vault, keys: identity.keys, to: () => to, clock, random });
}
