/** Which devices have asked to be told while they are away, in the catalog's doc: a root map "pushed", device → true. While there is none, no device tells the host when something is due. */
import type { AuthorId } from "#crypto/ids.ts";
import type { Doc } from "yjs";

export function setPushed(doc: Doc, device: AuthorId, isPushed: boolean): void {
  const map = doc.getMap<unknown>("pushed");
  if (isPushed && map.get(device) !== true) map.set(device, true);
  if (!isPushed && map.has(device)) map.delete(device);
}

/** `isThere`: it still belongs to the vault. */
export function isAnyPushed(doc: Doc, isThere: (device: string) => boolean): boolean {
  return [...doc.getMap<unknown>("pushed")].some(([device, value]) => value === true && isThere(device));
}

export function observePushed(doc: Doc, listener: () => void): () => void {
  const map = doc.getMap<unknown>("pushed");
  map.observe(listener);
  return () => map.unobserve(listener);
}
