import { describe, expect, test } from "vitest";
import type { HostInfo } from "#crypto/announcement.ts";
import { fittingRows, inThousands, sayFacts, toModelRows } from "./modelRows.ts";
import { laterEnglish } from "./laterEnglish.ts";
import { laterGerman } from "./laterGerman.ts";

const info: HostInfo = {
  kind: "model",
  label: "Ollama",
  models: ["qwen3:8b", "llama3.3:70b", "far"],
  defaultModel: "qwen3:8b",
  tooLarge: ["llama3.3:70b"],
  facts: [
    { isLoaded: true, sizeBytes: 5_200_000_000, contextTokens: 40_960, tools: true, reasoning: true, server: 0 },
    { isLoaded: false, vision: false, server: 7 },
  ],
  servers: ["Ollama at 127.0.0.1:11434"],
};
const inGigabytes = (bytes: number): string => `${bytes / 1e9} GB`;

describe("the list of models", () => {
  test("has what the host says of each, and of those it says nothing of their names", () => {
    expect(toModelRows(info, new Set())).toEqual([
      {
        ...{ name: "qwen3:8b", facts: info.facts?.[0], server: "Ollama at 127.0.0.1:11434" },
        ...{ isTooLarge: false, isFavourite: false },
      },
      // A place that is not in the list is no place.
      { name: "llama3.3:70b", facts: info.facts?.[1], server: "", isTooLarge: true, isFavourite: false },
      { name: "far", facts: {}, server: "", isTooLarge: false, isFavourite: false },
    ]);
  });

  test("has favourites first, and else the host's order", () => {
    const names = (...favourites: string[]) => toModelRows(info, new Set(favourites)).map(({ name }) => name);
    expect(names("far")).toEqual(["far", "qwen3:8b", "llama3.3:70b"]);
    expect(names("gone", "far", "llama3.3:70b")).toEqual(["llama3.3:70b", "far", "qwen3:8b"]);
  });

  test("is searched by words, in any order, also by where it runs", () => {
    const found = (query: string) => fittingRows(toModelRows(info, new Set()), query).map(({ name }) => name);
    expect(found("  ")).toHaveLength(3);
    expect(found("70B llama")).toEqual(["llama3.3:70b"]);
    expect(found("ollama")).toEqual(["qwen3:8b"]);
    expect(found("qwen nothing")).toEqual([]);
  });

  test("says what is known, in words, and nothing of what is not", () => {
    const [first, second, third] = toModelRows(info, new Set());
    const say = (row = first, words = laterEnglish) =>
      row === undefined ? null : sayFacts(row, words, inGigabytes).join(" · ");
    expect(say()).toBe("Loaded · 5.2 GB · 40k context · Tools · Thinking");
    expect(say(second)).toBe("Too large for your host · Not loaded");
    expect(say(third)).toBe("");
    expect(say(first, laterGerman)).toBe("Geladen · 5.2 GB · 40k Kontext · Werkzeuge · Nachdenken");
  });

  test("says contexts as their makers do", () => {
    expect([512, 4_096, 40_960, 131_072, 1_048_576, 200_000, 8_191].map(inThousands)).toEqual([
      ...["512", "4k", "40k", "128k", "1024k", "200k", "8k"],
    ]);
  });
});
