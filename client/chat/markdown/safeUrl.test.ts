import { describe, expect, it } from "vitest";
import { safeUrl } from "./safeUrl.ts";

describe("the address of a link", () => {
  it.each(["https://example.org/a?b#c", "http://localhost:4242/", "mailto:someone@example.org"])(
    "%s is followed",
    (href) => {
      expect(safeUrl(href)).toBe(href);
    },
  );

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "blob:https://example.org/1",
    "file:///etc/passwd",
    "//example.org/x",
    "/relative",
    "#fragment",
    "https://bank.example@evil.example/",
    `https://example.org/${"a".repeat(3000)}`,
    "",
  ])("%j is not", (href) => {
    expect(safeUrl(href)).toBeNull();
  });
});
