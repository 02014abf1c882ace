import { expect, it } from "vitest";
import { parseDocId } from "#crypto/ids.ts";
import { linkTo, readLinkedMessage } from "./linkedMessage.ts";

const chat = parseDocId("0123456789abcdef0123456789abcdef");

it("a link to a message leads to it, and one to a chat to no message", () => {
  if (chat === null) throw new Error("no id");
  const link = linkTo("https://box.tail1234.ts.net", chat, "m 1/ü");
  expect(link).toBe("https://box.tail1234.ts.net/#/chat/0123456789abcdef0123456789abcdef?m=m%201%2F%C3%BC");
  expect(readLinkedMessage(new URL(link).hash)).toEqual({ chat, message: "m 1/ü" });
  expect(readLinkedMessage(new URL(linkTo("https://a.example", chat, null)).hash)).toBeNull();
});

it("what is no such link is none: another place, no id, a broken sign, a name without end", () => {
  for (const hash of ["", "#/chat/xyz?m=1", `#/chat/${chat}?m=`, `#/chat/${chat}?m=%E0%A4`, `#/project/${chat}?m=1`])
    expect(readLinkedMessage(hash)).toBeNull();
  expect(readLinkedMessage(`#/chat/${chat}?m=${"x".repeat(300)}`)).toBeNull();
});
