/** A ledger that lies nowhere: each entry is given to `note`, which says which one it is. */
import type { LedgerPlace } from "#sync/docs/toolSteps.ts";
import type { Ledger } from "../tools/ledger.ts";
import type { JsonObject } from "../tools/tool.ts";

export function fakeLedger(
  note: (what: JsonObject) => number,
  { host = "h", stored = Promise.resolve() }: { readonly host?: string; readonly stored?: Promise<void> } = {},
): Ledger {
  const append = (what: JsonObject): LedgerPlace => ({ host, n: note(what), hash: "" });
  return { append, begin: (what) => ({ place: append(what), stored }) };
}
