import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJson } from "./exportFile.ts";
import { createJsonItems } from "./jsonItems.ts";
import { openImport, type OpenImport, type ReadItem } from "./readImport.ts";
import type { ReadChat } from "./sources/readChat.ts";
import { chatGptExport, claudeExport, libreChatExport, openWebUiExport } from "../e2e/exports.ts";
import { createZipWriter, readZip } from "./zip.ts";

const blobOf = (value: unknown): Blob => new Blob([typeof value === "string" ? value : JSON.stringify(value)]);
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

function zipOf(files: Readonly<Record<string, string>>): Blob {
  const zip = createZipWriter(new Date(2026, 0, 2));
  for (const [name, text] of Object.entries(files)) zip.add(name, bytesOf(text));
  return zip.finish();
}

async function open(file: Blob): Promise<OpenImport> {
  const result = await openImport(file, () => undefined);
  if (result.kind === "refused") throw new Error(result.why);
  return result.opened;
}

async function refusal(file: Blob): Promise<string> {
  const result = await openImport(file, () => undefined);
  return result.kind === "refused" ? result.why : "taken";
}

async function itemsOf(opened: OpenImport): Promise<ReadItem[]> {
  const items: ReadItem[] = [];
  for await (const item of opened.items()) items.push(item);
  return items;
}

async function chatsOf(file: Blob): Promise<ReadChat[]> {
  return (await itemsOf(await open(file))).flatMap((item) => (item.kind === "chat" ? [item.chat] : []));
}

const outline = ({ messages }: ReadChat): string[] =>
  messages.map(({ id, parent, role, text }) => `${id}<${parent ?? ""} ${role}: ${text}`);

describe("an export of ChatGPT", () => {
  it("is read with its branches, times, models and titles; what no person reads is left out and counted", async () => {
    const [bread, canvas] = await chatsOf(blobOf(chatGptExport));
    expect(bread).toMatchObject({
      from: "chatgpt/conv-bread",
      title: "Baking bread",
      createdAt: 1_700_000_000_000,
      pinned: true,
      archived: false,
      steps: 3,
    });
    expect(outline(bread as ReadChat)).toEqual([
      "q1< user: How do I bake bread?",
      "a1<q1 assistant: Let me look.\n\nWith flour.",
      "q2<a1 user: And rye?",
      "a3<q2 assistant: With patience.",
      "a2<q1 assistant: With water.",
    ]);
    expect(bread?.messages.map(({ model }) => model)).toEqual([null, "gpt-4o", null, "o3", "gpt-4o"]);
    expect(bread?.messages[0]?.at).toBe(1_700_000_001_500);
    expect(outline(canvas as ReadChat)[1]).toBe("c2<c1 assistant: **Letter**\n\nDear Ada,");
  });

  it("brings pictures and spoken words along, and says which files are not in it", async () => {
    const zip = zipOf({
      "export/conversations.json": JSON.stringify(chatGptExport),
      "export/file-cat9-photo.png": "PNG",
      "export/file-cat99.png": "another",
      "export/user.json": "{}",
    });
    const opened = await open(zip);
    const chat = (await itemsOf(opened)).flatMap((item) => (item.kind === "chat" ? [item.chat] : []))[2];
    expect(outline(chat as ReadChat)).toEqual([
      "m1< user: What is this?\n\nspoken question",
      "m2<m1 assistant: A cat.",
    ]);
    const files = chat?.messages[0]?.files ?? [];
    expect(files.map(({ name, type }) => [name, type])).toEqual([
      ["photo.png", "image/png"],
      ["notes.pdf", "application/pdf"],
    ]);
    const found = await Promise.all(files.map((file) => opened.file(file)));
    expect(found.map((file) => (file === null ? null : new TextDecoder().decode(file.bytes)))).toEqual(["PNG", null]);
  });

  it("that is large comes in parts, which are read in their order", async () => {
    const [first, second, third] = chatGptExport;
    const zip = zipOf({
      "conversations-001.json": JSON.stringify([third]),
      "conversations-000.json": JSON.stringify([first, second]),
    });
    expect((await chatsOf(zip)).map(({ title }) => title)).toEqual(["Baking bread", "A letter", "Pictures"]);
  });
});

describe("an export of Claude", () => {
  it("is read with the text of what was attached, its works, and its branches", async () => {
    const opened = await open(zipOf({ "conversations.json": JSON.stringify(claudeExport), "users.json": "[]" }));
    expect(opened.source).toBe("claude");
    const [chat, old] = (await itemsOf(opened)).flatMap((item) => (item.kind === "chat" ? [item.chat] : []));
    expect(chat).toMatchObject({
      from: "claude/u-1",
      title: "Taxes",
      createdAt: Date.UTC(2025, 0, 2, 3, 4, 5),
      steps: 2,
    });
    expect(outline(chat as ReadChat)).toEqual([
      "h1< user: Look at this",
      "c1<h1 assistant: I did.\n\n**Plan**\n\n```python\nprint(1)\n```",
      "c2<h1 assistant: Again.",
    ]);
    const [paper, lost] = chat?.messages[0]?.files ?? [];
    expect(paper).toMatchObject({ name: "paper.pdf.txt", type: "text/plain" });
    expect(new TextDecoder().decode((await opened.file(paper as NonNullable<typeof paper>))?.bytes)).toBe(
      "The whole paper.",
    );
    expect(await opened.file(lost as NonNullable<typeof lost>)).toBeNull();
    // Before there were parents, messages were a row, and their words stood beside an empty list.
    expect(outline(old as ReadChat)).toEqual(["x1< user: Hello", "x2<x1 assistant: Hello yourself"]);
  });
});

describe("an export of Open WebUI", () => {
  it("is read with its tree, or its row; what a model thought is taken out of its words", async () => {
    const opened = await open(blobOf(openWebUiExport));
    expect(opened.source).toBe("openWebUi");
    const items = await itemsOf(opened);
    const [tree, row] = items.flatMap((item) => (item.kind === "chat" ? [item.chat] : []));
    expect(tree).toMatchObject({ from: "open-webui/w-1", title: "Colours", archived: true, pinned: true, steps: 1 });
    expect(outline(tree as ReadChat)).toEqual([
      "m1< user: A colour?",
      "m2<m1 assistant: Blue.",
      "m3<m1 assistant: Red.",
    ]);
    expect(tree?.messages[1]).toMatchObject({ model: "llama3:8b", at: 1_700_000_002_000 });
    const [picture, text] = await Promise.all((tree?.messages[0]?.files ?? []).map((file) => opened.file(file)));
    expect([...(picture?.bytes ?? [])]).toEqual([1, 2, 3]);
    expect(new TextDecoder().decode(text?.bytes)).toBe("words of a file");
    expect(outline(row as ReadChat)).toEqual(["0< user: Hi", "1<0 assistant: Hello"]);
    expect(items.flatMap((item) => (item.kind === "skipped" ? [[item.why, item.title]] : []))).toEqual([
      ["empty", "Nothing said"],
      ["unreadable", ""],
    ]);
  });
});

describe("an export of ours", () => {
  const message = { id: "q", parent: null, role: "user", at: 5, text: "Words", model: null } as const;
  const chat = { id: "c", title: "T", titledBy: "person", createdAt: 5, pinned: false, archived: true } as const;

  it("comes back with its files", async () => {
    const files = [{ name: "a.txt", type: "text/plain", bytes: 2, path: "files/a.txt" }];
    const json = toJson([{ ...chat, messages: [{ ...message, files }] }], [{ id: "t", name: "n", text: "x" }], 9);
    const opened = await open(zipOf({ "chats.json": json, "files/a.txt": "hi" }));
    expect(opened).toMatchObject({ source: "sovereign", templates: [{ id: "t", name: "n", text: "x" }] });
    const [item] = await itemsOf(opened);
    const [file] = item?.kind === "chat" ? (item.chat.messages[0]?.files ?? []) : [];
    expect(new TextDecoder().decode((await opened.file(file as NonNullable<typeof file>))?.bytes)).toBe("hi");
  });
});

describe("a file that is something else", () => {
  const whole = JSON.stringify(chatGptExport);

  it("is refused with the reason, before anything is brought in", async () => {
    for (const text of ["", "null", "{}", "[1,2]", '"x"', "hello", '[{"a":1}]', "<html>"])
      expect(await refusal(blobOf(text)), text).toBe("unknown");
    expect(await refusal(zipOf({ "readme.txt": "no chats" }))).toBe("unknown");
    // A picture is whole: to download it once more would help nobody.
    expect(await refusal(new Blob([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)]))).toBe("unknown");
  });

  it("is an export all the same where it has no chat in it, and that is said", async () => {
    expect(await refusal(blobOf("[]"))).toBe("empty");
    expect(await refusal(zipOf({ "conversations.json": " [ ]\n" }))).toBe("empty");
  });

  it("is told apart from one that was cut off or changed", async () => {
    for (const part of [0.2, 0.5, 0.999])
      expect(await refusal(blobOf(whole.slice(0, whole.length * part)))).toBe("damaged");
    const zip = new Uint8Array(await zipOf({ "conversations.json": whole }).arrayBuffer());
    expect(await refusal(new Blob([zip.subarray(0, zip.length - 60)]))).toBe("damaged");
    const changed = zip.slice();
    changed[400] = (changed[400] as number) ^ 1;
    expect(await refusal(new Blob([changed]))).toBe("damaged");
    expect(await refusal(new Blob([Uint8Array.of(0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d)]))).toBe("damaged");
  });

  it("takes one conversation with it, not the others, where one of them cannot be read", async () => {
    const items = await itemsOf(await open(blobOf([chatGptExport[0], { title: "Odd", mapping: 5 }, chatGptExport[1]])));
    expect(items.map((item) => (item.kind === "chat" ? item.chat.title : `${item.why}: ${item.title}`))).toEqual([
      "Baking bread",
      "unreadable: Odd",
      "A letter",
    ]);
  });

  it("never throws, whatever is in it", async () => {
    const tree = fc.dictionary(fc.constantFrom("a", "b", "root"), fc.jsonValue());
    const conversation = fc.record(
      {
        id: fc.constant("x"),
        mapping: tree,
        chat_messages: fc.array(fc.jsonValue()),
        chat: tree,
        uuid: fc.constant("u"),
        conversationId: fc.constant("l"),
        messages: fc.array(fc.jsonValue()),
      },
      { requiredKeys: ["id"] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(conversation, { minLength: 1 }), async (conversations) => {
        const result = await openImport(blobOf(conversations), () => undefined);
        if (result.kind === "open") await itemsOf(result.opened);
      }),
    );
  });

  it("goes round in circles no longer than once", async () => {
    const node = (id: string, parent: string) => [
      id,
      { id, parent, message: { author: { role: "user" }, content: { content_type: "text", parts: [id] } } },
    ];
    const circle = { id: "c", title: "Round", mapping: Object.fromEntries([node("a", "b"), node("b", "a")]) };
    expect(await itemsOf(await open(blobOf([circle])))).toEqual([{ kind: "skipped", title: "Round", why: "empty" }]);
  });
});

describe("an export of LibreChat", () => {
  const [tree, flat] = libreChatExport;

  it("is one conversation in one file, with its branches, in parts or as text", async () => {
    const opened = await open(blobOf(tree));
    expect([opened.source, opened.chats]).toEqual(["libreChat", 1]);
    const [chat] = (await itemsOf(opened)).flatMap((item) => (item.kind === "chat" ? [item.chat] : []));
    expect(chat).toMatchObject({
      from: "librechat/l-1",
      title: "Lime trees",
      createdAt: Date.UTC(2025, 2, 1, 10, 0, 0),
      steps: 1,
    });
    expect(outline(chat as ReadChat)).toEqual([
      "l1< user: When do lime trees bloom?",
      "l2<l1 assistant: In June.",
      "l4<l2 user: And how long?",
      "l5<l4 assistant: Two weeks.",
      "l3<l1 assistant: In early July.",
    ]);
    expect(chat?.messages.map(({ model }) => model)).toEqual([null, "gpt-oss-20b", null, "Gardener", "gpt-oss-20b"]);
    expect(chat?.messages[0]?.files.map(({ name }) => name)).toEqual(["garden.pdf"]);
  });

  it("of several conversations is several files, given together or in a zip", async () => {
    const titles = ["Lime trees", "A flat one"];
    const together = await openImport([blobOf(tree), blobOf(flat)], () => undefined);
    if (together.kind === "refused") throw new Error(together.why);
    expect(together.opened.chats).toBe(2);
    const read = (await itemsOf(together.opened)).map((item) => (item.kind === "chat" ? item.chat.title : item.why));
    expect(read).toEqual(titles);
    const [alone] = await chatsOf(blobOf(flat));
    expect(outline(alone as ReadChat)).toEqual([
      "n1< user: Hello",
      "n2<n1 assistant: Hello to you.",
      "n3<n2 user: Goodbye",
    ]);
    const zip = zipOf({ "my/a.json": JSON.stringify(tree), "my/b.json": JSON.stringify(flat), "my/read.me": "words" });
    expect((await chatsOf(zip)).map(({ title }) => title)).toEqual(titles);
  });

  it("that is cut off in the middle brings nothing in", async () => {
    expect(await refusal(new Blob([JSON.stringify(tree).slice(0, -20)]))).toBe("damaged");
  });
});

describe("the items of a list", () => {
  it("that is one object alone are that object, however it is cut", () => {
    const text = ' {"a":[1,{"b":"},"}],"c":2} ';
    for (let size = 1; size <= text.length; size++) {
      const items = createJsonItems(100);
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size) found.push(...items.add(text.slice(at, at + size)));
      expect([items.end(), ...found], `${size}`).toEqual(["whole", text.trim()]);
    }
    expect(() => createJsonItems(100).add("{} {}")).toThrow("not a list");
  });

  it("are the same however the text is cut", () => {
    const text = ' [ {"a":"]\\"},{"} , [1,[2]] , "x,y\\\\" ,3 ] ';
    const read = (size: number): readonly string[] => {
      const items = createJsonItems(100);
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size) found.push(...items.add(text.slice(at, at + size)));
      expect(items.end()).toBe("whole");
      return found;
    };
    for (let size = 1; size <= text.length; size++)
      expect(read(size)).toEqual(['{"a":"]\\"},{"}', "[1,[2]]", '"x,y\\\\"', "3"]);
  });

  it("may only be so long", () => {
    expect(() => createJsonItems(10).add('["0123456789')).toThrow("too long");
  });
});

describe("an archive", () => {
  it("that others wrote is read: deflated, with a comment, and with the eight bytes of large ones", async () => {
    const text = "words ".repeat(1000);
    const [entry] = await readZip(new Blob([foreignZip("a/b.txt", text)]));
    expect(entry?.name).toBe("a/b.txt");
    expect(await new Response(await entry?.open()).text()).toBe(text);
  });

  it("that holds more than it says is not read to its end", async () => {
    const zip = foreignZip("bomb", "0".repeat(5_000_000), 10);
    const [entry] = await readZip(new Blob([zip]));
    await expect(new Response(await entry?.open()).text()).rejects.toThrow("longer than it says");
  });
});

/** As a streaming writer makes it: sizes behind the bytes, zip64 in the directory, a comment at the end. */
function foreignZip(name: string, text: string, claimed = text.length): Uint8Array<ArrayBuffer> {
  const packed = deflateRawSync(text);
  const encoded = bytesOf(name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 6);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(encoded.length, 26);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(claimed), 4);
  extra.writeBigUInt64LE(BigInt(packed.length), 12);
  const directory = Buffer.alloc(46);
  directory.writeUInt32LE(0x02014b50, 0);
  directory.writeUInt16LE(8, 10);
  directory.writeUInt32LE(crc32(bytesOf(text)), 16);
  for (const place of [20, 24, 42]) directory.writeUInt32LE(0xffff_ffff, place);
  directory.writeUInt16LE(encoded.length, 28);
  directory.writeUInt16LE(extra.length, 30);
  const offset = local.length + encoded.length + packed.length;
  const size = directory.length + encoded.length + extra.length;
  const wide = Buffer.alloc(56);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(1n, 32);
  wide.writeBigUInt64LE(BigInt(size), 40);
  wide.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0xffff, 10);
  end.writeUInt32LE(0xffff_ffff, 12);
  end.writeUInt32LE(0xffff_ffff, 16);
  const comment = bytesOf("a comment");
  end.writeUInt16LE(comment.length, 20);
  return Uint8Array.from(
    Buffer.concat([local, encoded, packed, directory, encoded, extra, wide, locator, end, comment]),
  );
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
