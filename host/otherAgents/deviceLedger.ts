/**
 * This terminal's own ledger: what other programs did by it. Beside its other files, in the form of every ledger, signed by this device and sealed to all of them. How far it went stands in the
 * catalog as well, on all devices: who cuts it off here does not reach that.
 */
import { join } from "node:path";
import { canWrite } from "#crypto/roster.ts";
import type { Identity } from "#sync/identity.ts";
import { createRosterCopy } from "#sync/rosterCopy.ts";
import { noteLedgerPlace } from "#sync/docs/knownLedgers.ts";
import type { LedgerPlace } from "#sync/docs/toolSteps.ts";
import type { Clock, Random } from "#sync/ports.ts";
import type { Vault } from "#sync/vault.ts";
import { openLedger, type Ledger } from "../tools/ledger.ts";
import { ledgerNoteEveryMs } from "./limits.ts";

export const deviceLedgerFile = (cliFolder: string): string => join(cliFolder, "ledger");

export interface DeviceLedger extends Ledger {
  /** Notes in the catalog how far it has come; now and then while calls follow one another, and `isLast`, always. */
  note(vault: Pick<Vault, "catalog">, isLast: boolean): void;
}

/** Sealed to the devices that this one knew of when it was opened. */
export function openDeviceLedger(
  cliFolder: string,
  identity: Identity,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): DeviceLedger {
  const { roster } = createRosterCopy(identity.entries);
  const to = [...roster.members.values()].filter(({ id }) => canWrite(roster, id));
  const file = deviceLedgerFile(cliFolder);
  const ledger = openLedger({ file, vault: roster.vault, keys: identity.keys, to: () => to, clock, random });
  const host = identity.keys.id;
  let last: LedgerPlace | null = null;
  let [notedN, notedAt] = [0, -Infinity];
  return {
    append: (what) => (last = ledger.append(what)),
    begin: (what) => {
      const begun = ledger.begin(what);
      const { place } = begun;
      // One that never came to lie there would be missed for ever.
      begun.stored.then(
        () => (last = last === null || last.n < place.n ? place : last),
        () => {},
      );
      return begun;
    },
    note: ({ catalog }, isLast) => {
      if (last === null || last.n === notedN || (!isLast && clock.now() - notedAt < ledgerNoteEveryMs)) return;
      [notedN, notedAt] = [last.n, clock.now()];
      noteLedgerPlace(catalog.yDoc, { ...last, host });
    },
  };
}
