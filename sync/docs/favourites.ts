/**
 * The models that the owner marked, in the catalog's doc: a root map "favourites" holds a name and `true`. By name alone: the same model
 * on another host is the same favourite, and one whose host is away comes back with it.
 */
import type { Doc } from "yjs";
import { modelNameBytesMax } from "#crypto/limits.ts";
import { favouritesMax } from "../limits.ts";

export interface Favourites {
  list(): readonly string[];
  set(model: string, isFavourite: boolean): void;
  observe(listener: () => void): () => void;
}

export function createFavourites(doc: Doc): Favourites {
  const root = doc.getMap<unknown>("favourites");
  const list = (): readonly string[] =>
    [...root.keys()]
      .filter((model) => root.get(model) === true && model.length <= modelNameBytesMax)
      .sort()
      .slice(0, favouritesMax);
  return {
    list,
    set: (model, isFavourite) => {
      if (!isFavourite) root.delete(model);
      else if (root.get(model) !== true && root.size < favouritesMax) root.set(model, true);
    },
    observe: (listener) => {
      root.observe(listener);
      return () => root.unobserve(listener);
    },
  };
}
