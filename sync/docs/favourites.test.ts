import { describe, expect, it } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { favouritesMax } from "../limits.ts";
import { createFavourites } from "./favourites.ts";

describe("favourites", () => {
  it("are marked and unmarked, once each, and told of", () => {
    const favourites = createFavourites(new Doc());
    let told = 0;
    const leave = favourites.observe(() => (told += 1));
    favourites.set("qwen3:8b", true);
    favourites.set("qwen3:8b", true);
    favourites.set("llama3", true);
    expect([favourites.list(), told]).toEqual([["llama3", "qwen3:8b"], 2]);
    favourites.set("llama3", false);
    leave();
    favourites.set("tiny", true);
    expect([favourites.list(), told]).toEqual([["qwen3:8b", "tiny"], 3]);
  });

  it("of two devices merge, and what is none is passed over", () => {
    const [left, right] = [new Doc(), new Doc()];
    createFavourites(left).set("one", true);
    createFavourites(right).set("two", true);
    right.getMap("favourites").set("three", "yes");
    right.getMap("favourites").set("x".repeat(300), true);
    applyUpdate(left, encodeStateAsUpdate(right));
    expect(createFavourites(left).list()).toEqual(["one", "two"]);
  });

  it("end somewhere", () => {
    const favourites = createFavourites(new Doc());
    for (let at = 0; at <= favouritesMax; at++) favourites.set(`model ${at}`, true);
    expect(favourites.list()).toHaveLength(favouritesMax);
    expect(favourites.list()).not.toContain(`model ${favouritesMax}`);
  });
});
