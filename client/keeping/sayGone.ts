/** From which devices a destroyed project is gone, as they said themselves, and from which it is not yet. */
import type { DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { t } from "../app/strings.ts";
import { keeping as g } from "./words.ts";

export function sayGone(vault: Vault, project: DocId): string {
  const found = vault.catalog.value.destroyed.projects().find(({ id }) => id === project);
  if (found === undefined) return "";
  const devices = vault.devices().filter(({ role }) => role === "device");
  const isGone = ({ id }: { readonly id: (typeof devices)[number]["id"] }): boolean => found.goneFrom.has(id);
  const list = new Intl.ListFormat(t.language);
  const gone = devices.filter(isGone).map(({ name, isThis }) => (isThis ? g.thisDevice : name));
  const still = devices.filter((device) => !isGone(device)).map(({ name, isThis }) => (isThis ? g.thisDevice : name));
  const says = gone.length === 0 ? [] : [g.goneFrom(list.format(gone))];
  return [...says, still.length === 0 ? g.goneAll : g.goneStill(list.format(still))].join(" ");
}
