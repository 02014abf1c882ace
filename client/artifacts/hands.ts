/** Whose hand a version is, in words. */
import type { Version } from "#sync/artifacts/history.ts";
import type { Vault } from "#sync/vault.ts";
import { a } from "./words.ts";

export function handWords(vault: Vault, hand: Version["hand"]): string {
  if (hand === null) return a.nobody;
  const device = hand.device === vault.deviceId ? a.thisDevice : (vault.nameOf(hand.device) ?? a.theirs);
  return hand.by === null ? device : a.byModel(hand.by.model === "" ? a.aModel : hand.by.model, device);
}
