import { describe, expect, test } from "vitest";
import type { Attachment } from "#sync/attachments/attachment.ts";
import { chooseSources, type SourcesWanted } from "./chooseSources.ts";
import { attachedSourcesMax, projectSourcesMax } from "./limits.ts";
import { createTestShelf, idOf } from "./testing/library.ts";

const [chat, project] = [idOf(1), idOf(2)];

function vaultWith(
  files: readonly Attachment[] | null,
  deletedAt: number | null = null,
): Parameters<typeof chooseSources>[0] {
  return {
    catalog: {
      value: {
        entry: () => ({ project: files === null ? null : project }),
        projects: { entry: () => ({ deletedAt }) },
      },
    },
    openProject: () => Promise.resolve({ value: { files: { list: () => files ?? [] } }, close: () => {} }),
  } as unknown as Parameters<typeof chooseSources>[0];
}

const wanted = (text: string, more: Partial<SourcesWanted> = {}): SourcesWanted => ({
  chat,
  text,
  files: [],
  before: [],
  ...more,
});
const asked = (text: string, files: readonly Attachment[] = []): SourcesWanted["before"][number] => ({
  role: "user",
  text,
  files,
});

describe("what goes with a question", () => {
  test("CS1 passages of the project's files that fit, with page and place; nothing where none fits or the project is deleted", async () => {
    const shelf = createTestShelf();
    const lease = shelf.file(3, "lease.pdf", "One\fThe deposit is 900 euros.", { isPaged: true });
    const choose = (text: string, vault = vaultWith([lease])) => chooseSources(vault, wanted(text), shelf.library);
    expect(await choose("How much is the deposit?")).toEqual({
      sources: [{ file: lease.id, name: "lease.pdf", page: 2, at: 4, text: "The deposit is 900 euros." }],
      missing: [],
    });
    expect((await choose("Who wrote Hamlet?")).sources).toEqual([]);
    expect((await choose("deposit", vaultWith([lease], 5))).sources).toEqual([]);
    expect((await choose("deposit", vaultWith(null))).sources).toEqual([]);
  });

  test("CS2 a file that comes with it is what it is about, and a follow-up goes on about it, in the words of both", async () => {
    const shelf = createTestShelf();
    const letter = shelf.file(3, "letter.docx", "The van comes on Friday. Keys are handed back on Sunday.");
    const [vault, { library }] = [vaultWith(null), shelf];
    const first = await chooseSources(vault, wanted("Summarise", { files: [letter] }), library);
    expect(first.sources.map(({ name }) => name)).toEqual(["letter.docx"]);
    const before = [asked("When are keys handed back?", [letter])];
    expect((await chooseSources(vault, wanted("And why?", { before }), library)).sources).toHaveLength(1);
    const other = await chooseSources(
      vault,
      wanted("Something else entirely, about Hamlet and its castles", { before }),
      library,
    );
    expect(other.sources).toEqual([]);
    expect(shelf.reads).toHaveLength(1);
  });

  test("CS3 a short text goes whole, a picture not at all, and of long files no more than there is room for", async () => {
    const shelf = createTestShelf();
    const text = (byte: number): string =>
      Array.from({ length: 90 }, (_, at) => `deposit ${byte} ${at} ${"x ".repeat(440)}`).join("\n");
    const long = shelf.file(3, "long.pdf", text(3));
    const others = [shelf.file(4, "other.pdf", text(4)), shelf.file(5, "third.pdf", text(5))];
    const note: Attachment = { ...shelf.file(6, "note.txt", "deposit"), reading: "itself" };
    const { reading: _, ...picture } = shelf.file(7, "cat.png", "deposit");
    const { sources } = await chooseSources(
      vaultWith(others),
      wanted("deposit", { files: [long, note, picture] }),
      shelf.library,
    );
    const count = (name: string): number => sources.filter((source) => source.name === name).length;
    expect([count("long.pdf"), count("note.txt"), count("cat.png")]).toEqual([attachedSourcesMax, 0, 0]);
    expect(count("other.pdf") + count("third.pdf")).toBeLessThanOrEqual(projectSourcesMax);
    expect(count("other.pdf") + count("third.pdf")).toBeGreaterThan(0);
  });

  test("CS4 what is not here and not at the host is named, and looked through once it comes", async () => {
    const shelf = createTestShelf();
    const lease = shelf.file(3, "lease.pdf", "The deposit is 900 euros.", { isHere: false });
    const choose = () => chooseSources(vaultWith([lease]), wanted("deposit"), shelf.library);
    expect(await choose()).toEqual({ sources: [], missing: ["lease.pdf"] });
    shelf.setHere(lease);
    expect(await choose()).toMatchObject({ sources: [{ name: "lease.pdf" }], missing: [] });
  });

  test("CS5 a project's index is kept, and goes on from there; what was taken out of the project is not found", async () => {
    const shelf = createTestShelf();
    const files = [shelf.file(3, "a.pdf", "deposit one"), shelf.file(4, "b.pdf", "deposit two")];
    await chooseSources(vaultWith(files), wanted("deposit"), shelf.library);
    await expect.poll(() => shelf.cached.size).toBe(1);
    const again = shelf.restart();
    const third = shelf.file(5, "c.pdf", "deposit three");
    const { sources } = await chooseSources(vaultWith([files[1] as Attachment, third]), wanted("deposit"), again);
    expect(sources.map(({ name }) => name).sort()).toEqual(["b.pdf", "c.pdf"]);
    expect(shelf.reads).toEqual(["a.pdf", "b.pdf", "c.pdf"]);
  });

  test("CS6 a kept index that is harmed is made anew", async () => {
    const shelf = createTestShelf();
    const file = shelf.file(3, "a.pdf", "deposit one");
    shelf.cached.set(`passages/${project}`, new TextEncoder().encode("{broken"));
    const { sources } = await chooseSources(vaultWith([file]), wanted("deposit"), shelf.library);
    expect(sources).toHaveLength(1);
  });
});
