import { describe, expect, it } from "vitest";
import { readOpeningLink } from "./openingLink.ts";

describe("the link that a host prints", () => {
  it("carries a claim the first time", () => {
    expect(readOpeningLink("#c=AAAA&h=BBBB")).toEqual({ fragment: "c=AAAA&h=BBBB", hasClaim: true, kind: "host" });
  });

  it("names the host alone once it was claimed", () => {
    expect(readOpeningLink("#h=BBBB")).toEqual({ fragment: "h=BBBB", hasClaim: false, kind: "host" });
    expect(readOpeningLink("#c=&h=BBBB")).toEqual({ fragment: "c=&h=BBBB", hasClaim: false, kind: "host" });
  });

  it("or one of a device that lets another in, or of a recovery sheet", () => {
    expect(readOpeningLink("#p=AAAA")).toEqual({ fragment: "p=AAAA", hasClaim: false, kind: "pairing" });
    expect(readOpeningLink("#r=AA&h=BB")).toEqual({ fragment: "r=AA&h=BB", hasClaim: false, kind: "recovery" });
  });

  it("is not a chat's address, nor an empty one", () => {
    for (const hash of ["", "#", "#/chat/0123456789abcdef0123456789abcdef", "#/new", "#xc=1"]) {
      expect(readOpeningLink(hash)).toBeNull();
    }
  });
});
