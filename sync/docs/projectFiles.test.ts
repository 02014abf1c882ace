import { describe, expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { authorIdFromBytes, docIdFromBytes } from "#crypto/ids.ts";
import type { Attachment } from "../attachments/attachment.ts";
import { projectFilesMax, sourceCharsMax, sourcesMax } from "../limits.ts";
import { createProject } from "./project.ts";
import { readSources } from "./sources.ts";

const device = authorIdFromBytes(new Uint8Array(16).fill(9));
const hex = (byte: number): string => byte.toString(16).padStart(2, "0").repeat(32);
const fileOf = (byte: number, more: Partial<Attachment> = {}): Attachment => ({
  ...{ id: docIdFromBytes(new Uint8Array(16).fill(byte)), name: `${byte}.pdf`, type: "application/pdf", bytes: 10 },
  ...{ key: hex(byte), content: hex(byte) },
  ...more,
});

describe("a project's files", () => {
  test("PJ9 are listed as they were added, newest first, with what was read out of them; one taken out can be cited still", () => {
    const { files } = createProject(new Doc());
    const { id, bytes, key, content } = fileOf(3);
    const read = fileOf(1, { reading: { id, bytes, key, content, isPaged: true } });
    files.add(read, 100, device);
    files.add(fileOf(2, { reading: "itself" }), 200, device);
    expect(files.list()).toEqual([
      { ...fileOf(2, { reading: "itself" }), addedAt: 200, device },
      { ...read, addedAt: 100, device },
    ]);
    files.remove(read.id, 300);
    expect(files.list().map(({ name }) => name)).toEqual(["2.pdf"]);
    expect(files.file(read.id)?.name).toBe("1.pdf");
    files.restore(read.id);
    expect(files.list()).toHaveLength(2);
  });

  test("PJ10 that two devices add apart are all there, and one that another takes out stays out", () => {
    const [one, two] = [new Doc(), new Doc()];
    createProject(one).files.add(fileOf(1), 1, device);
    applyUpdate(two, encodeStateAsUpdate(one));
    createProject(one).files.remove(fileOf(1).id, 5);
    createProject(two).files.add(fileOf(2), 2, device);
    applyUpdate(one, encodeStateAsUpdate(two));
    applyUpdate(two, encodeStateAsUpdate(one));
    for (const doc of [one, two])
      expect(
        createProject(doc)
          .files.list()
          .map(({ name }) => name),
      ).toEqual(["2.pdf"]);
  });

  test("PJ11 what is no file, stands under another's name or is one too many is none", () => {
    const doc = new Doc();
    const { files } = createProject(doc);
    doc.getMap("files").set("x", 1);
    files.add(fileOf(1, { key: "short" }), 1, device);
    files.add(fileOf(2), 2, device);
    doc.getMap("files").set(fileOf(3).id, (doc.getMap("files").get(fileOf(2).id) as { clone(): unknown }).clone());
    expect(files.list().map(({ name }) => name)).toEqual(["2.pdf"]);
    files.add(fileOf(4, { reading: { ...fileOf(5), bytes: -1, isPaged: true } }), 3, device);
    expect(files.list()[0]).not.toHaveProperty("reading");
    const full = createProject(new Doc()).files;
    for (let at = 0; at <= projectFilesMax; at++)
      full.add(
        {
          ...fileOf(1),
          id: docIdFromBytes(Uint8Array.from({ length: 16 }, (_, place) => (place === 0 ? at >> 8 : at))),
        },
        at,
        device,
      );
    expect(full.list()).toHaveLength(projectFilesMax);
  });

  test("PJ12 the switch to answer from them alone is told to who looks", () => {
    const project = createProject(new Doc());
    let told = 0;
    project.observe(() => (told += 1));
    project.setSourcesOnly(true);
    expect([project.isSourcesOnly, told]).toEqual([true, 1]);
  });
});

describe("sources in a doc", () => {
  test("QS1 are read as far as they make sense, and by every reader alike", () => {
    const source = { file: fileOf(1).id, name: "a.pdf", page: 3, at: 12, text: "words" };
    expect(readSources([source, { ...source, page: -1, at: 0.5 }, { ...source, file: "x" }, 7, null])).toEqual([
      source,
      { ...source, page: null, at: 0 },
    ]);
    expect(readSources("x")).toEqual([]);
    expect(readSources(Array.from({ length: 99 }, () => source))).toHaveLength(sourcesMax);
    expect(readSources([{ ...source, text: "x".repeat(9_999) }])[0]?.text).toHaveLength(sourceCharsMax);
  });
});
