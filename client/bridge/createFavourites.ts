/** The models that the owner marked, as a signal. */
import { type Accessor, createSignal, onCleanup } from "solid-js";
import { createFavourites as favouritesOf } from "#sync/docs/favourites.ts";
import type { Vault } from "#sync/vault.ts";

export interface FavouriteModels {
  readonly now: Accessor<ReadonlySet<string>>;
  set(model: string, isFavourite: boolean): void;
}

export function createFavourites(vault: Vault): FavouriteModels {
  const favourites = favouritesOf(vault.catalog.yDoc);
  const [now, setNow] = createSignal<ReadonlySet<string>>(new Set(favourites.list()));
  onCleanup(favourites.observe(() => setNow(new Set(favourites.list()))));
  return { now, set: favourites.set };
}
