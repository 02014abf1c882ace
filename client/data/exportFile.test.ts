import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExportedChat, parseExport, toJson } from "./exportFile.ts";
import { chatToMarkdown, fileNameOf, newestBranch } from "./toMarkdown.ts";

const message = (id: string, parent: string | null, at: number, text = id) =>
  ({
    id,
    parent,
    role: at % 2 === 0 ? "user" : "assistant",
    at,
    text,
    model: at % 2 === 0 ? null : "m",
    files: [],
  }) as const;
const chat: ExportedChat = {
  id: "c",
  title: "Bread",
  titledBy: "person",
  createdAt: 1,
  pinned: true,
  archived: false,
  messages: [message("q", null, 0), message("a", "q", 1), message("b", "q", 3)],
};
const words = {
  untitled: "New chat",
  you: "You",
  assistant: "Assistant",
  time: (at: number) => `t${at}`,
  notHere: "not here",
};

describe("an export", () => {
  it("comes back as it went", () => {
    const templates = [{ id: "t", name: "n", text: "x" }];
    const { id, ...rest } = chat;
    expect(parseExport(toJson([chat], templates, 5))).toEqual({
      chats: [{ ...rest, from: id, steps: 0 }],
      templates,
      skipped: 0,
    });
  });

  it("is not taken for one when it is something else", () => {
    for (const text of ["", "{", "null", "[]", '{"format":"sovereign/chats","version":2}', '{"chats":[]}'])
      expect(parseExport(text)).toBeNull();
  });

  it("that was damaged loses what cannot be read and says how much", () => {
    const damaged = JSON.parse(toJson([chat, chat], [], 5)) as { chats: unknown[] };
    damaged.chats.push(null, 5, { id: "x" }, { id: "y", messages: [{ id: 1 }] });
    const read = parseExport(JSON.stringify(damaged));
    expect(read?.chats).toHaveLength(2);
    expect(read?.skipped).toBe(4);
  });

  it("never throws, whatever is in it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (chats, templates) => {
        parseExport(JSON.stringify({ format: "sovereign/chats", version: 1, chats, templates }));
      }),
    );
  });
});

describe("a chat as Markdown", () => {
  it("is its newest branch, with who said it and when", () => {
    expect(newestBranch([message("a", "q", 0), message("q", null, 0)]).map(({ id }) => id)).toEqual(["q", "a"]);
    expect(newestBranch(chat.messages).map(({ id }) => id)).toEqual(["q", "b"]);
    expect(chatToMarkdown(chat, words)).toBe("# Bread\n\n## You, t0\n\nq\n\n## Assistant (m), t3\n\nb\n");
  });

  it("ends with a circle of parents, and has a name that a file may have", () => {
    expect(newestBranch([message("x", "y", 0), message("y", "x", 1)])).toHaveLength(2);
    const file = { name: "a (1).png", type: "image/png", bytes: 1, path: "files/a (1).png" };
    const shown = { ...chat, messages: [{ ...message("q", null, 0), files: [file, { ...file, path: null }] }] };
    expect(chatToMarkdown(shown, words)).toContain("![a (1).png](files/a%20%281%29.png)\n- a (1).png: not here");
    expect(fileNameOf('../A "good"/title: ✓ é.', "md")).toBe("A good title é.md");
    expect(fileNameOf("///", "json")).toBe("chat.json");
  });
});
