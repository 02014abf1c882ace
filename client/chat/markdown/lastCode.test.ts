import { describe, expect, it } from "vitest";
import { lastCode } from "./lastCode.ts";

describe("the last code of an answer", () => {
  it("is the last block, exactly as it stands, and none where there is none", () => {
    expect(lastCode("```ts\nfirst();\n```\n\nThen\n\n~~~\n  second()\n\n<b>\n~~~\n\nDone with `that`.")).toBe(
      "  second()\n\n<b>",
    );
    expect(lastCode("Only `words`.")).toBeNull();
  });

  it("is found in lists and quotations, and while its fence is open", () => {
    expect(lastCode("```\nouter\n```\n\n1. Do\n   - this\n\n     ```sh\n     make\n     ```\n2. and that")).toBe(
      "make",
    );
    expect(lastCode("> ```\n> said\n> ```")).toBe("said");
    expect(lastCode("```py\nx = 1")).toBe("x = 1");
  });
});
