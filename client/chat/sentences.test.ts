import { describe, expect, it } from "vitest";
import { createSentenceFeed } from "./sentences.ts";

describe("what is announced of a streaming answer", () => {
  it("is sentences, once each, and the rest at the end", () => {
    const feed = createSentenceFeed(0);
    const text = "The **first** one. The sec";
    expect(feed.take("The **fir", false)).toBe("");
    expect(feed.take(text, false)).toBe("The first one.");
    expect(feed.take(text, false)).toBe("");
    expect(feed.take(`${text}ond, 3.5 long`, false)).toBe("");
    expect(feed.take(`${text}ond, 3.5 long`, true)).toBe("The second, 3.5 long");
  });

  it("leaves out what was there before, and the marks", () => {
    const before = "Old. ";
    const feed = createSentenceFeed(before.length);
    expect(feed.take(`${before}\n## Title\n- see [the manual](https://example.org).\n`, false)).toBe(
      "Title see the manual.",
    );
  });
});
