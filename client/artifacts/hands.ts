/** Whose hand a version is, in words. */
import type { Version } from "#sync/artifacts/history.ts";
import type { Vault } from "#sync/vault.ts";
import { a } from "./words.ts";

export function handWords(vault: Vault, hand: Version["hand"]): string {
  if (hand === null) return a.nobody;
  const isHere = hand.device === vault.deviceId;
  const model = hand.by === null || hand.by.model === "" ? a.aModel : hand.by.model;
  if (hand.by !== null && isHere) return a.byThisDevice(model);
  const device = isHere ? a.thisDevice : (vault.nameOf(hand.device) ?? a.theirs);
  return hand.by === null ? device : a.byModel(model, device);
}
