import { describe, expect, test } from "vitest";
import type { Attachment } from "#sync/attachments/attachment.ts";
import type { OnProgress } from "#sync/attachments/attachments.ts";
import { VaultError } from "#sync/errors.ts";
import { createIntake } from "./createIntake.ts";
import type { ReadingOutcome } from "./outcome.ts";
import { idOf } from "./testing/library.ts";

const textOf = (text: string): Extract<ReadingOutcome, { kind: "text" }> => ({
  kind: "text",
  text,
  isPaged: true,
  isItself: false,
  isCut: false,
});

function intakeOf(outcomes: Record<string, ReadingOutcome | Error>, hasRoom = true) {
  const kept: string[] = [];
  const listed: Attachment[] = [];
  let last = 0;
  const intake = createIntake({
    vault: {
      keep: ({ name, type, bytes }, onProgress?: OnProgress) => {
        if (name === "full.txt") return Promise.reject(new VaultError("storage", "x"));
        onProgress?.(1, 2);
        kept.push(`${name} ${new TextDecoder().decode(bytes)}`);
        last += 1;
        return Promise.resolve({ id: idOf(last), name, type, bytes: bytes.length, key: "k", content: "c" });
      },
    },
    read: (file, { signal }) => {
      const outcome = outcomes[file.name] ?? textOf(`said by ${file.name}`);
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
    },
    list: (file) => {
      if (hasRoom) listed.push(file);
      return hasRoom;
    },
  });
  return { intake, kept, listed, says: () => intake.coming().map(({ state }) => state()) };
}

const file = (name: string): File => new File([`bytes of ${name}`], name);

describe("files on their way into a project", () => {
  test("IK1 are kept with what they say beside them, each as a log of its own", async () => {
    const { intake, kept, listed } = intakeOf({
      "note.md": { ...textOf("x"), isItself: true },
      "cat.png": { kind: "picture" },
    });
    await intake.add([file("a.pdf"), file("note.md"), file("cat.png")]);
    expect(kept).toEqual([
      "a.pdf bytes of a.pdf",
      "a.pdf said by a.pdf",
      "note.md bytes of note.md",
      "cat.png bytes of cat.png",
    ]);
    expect(listed.map(({ name, reading }) => [name, reading])).toEqual([
      ["a.pdf", { id: idOf(2), bytes: 13, key: "k", content: "c", isPaged: true }],
      ["note.md", "itself"],
      ["cat.png", undefined],
    ]);
    expect(intake.coming()).toEqual([]);
  });

  test("IK2 one that cannot be read or kept says why and stays to be seen; the others come in", async () => {
    const { intake, listed, says } = intakeOf({ "locked.pdf": { kind: "refused", why: "password" } });
    await intake.add([file("locked.pdf"), file("full.txt"), file("b.pdf")]);
    expect(listed.map(({ name }) => name)).toEqual(["b.pdf"]);
    expect(says()).toEqual([
      { kind: "failed", says: expect.stringContaining("“locked.pdf” is locked with a password") as string },
      { kind: "failed", says: expect.stringMatching(/storage|space|disk|device/i) as string },
    ]);
    for (const coming of intake.coming()) intake.cancel(coming);
    expect(intake.coming()).toEqual([]);
  });

  test("IK3 one that is stopped before its turn is never read, and a full project says so", async () => {
    const { intake, kept } = intakeOf({});
    const done = intake.add([file("a.pdf"), file("b.pdf")]);
    intake.cancel(intake.coming()[1] as never);
    await done;
    expect(kept.some((line) => line.startsWith("b.pdf"))).toBe(false);
    const full = intakeOf({}, false);
    await full.intake.add([file("a.pdf")]);
    expect(full.says()).toEqual([{ kind: "failed", says: expect.stringContaining("as many files") as string }]);
  });
});
