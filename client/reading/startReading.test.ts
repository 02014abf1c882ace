/** The page's side of a reader that does not come back: the clock and the worker are planted, all between them is as it is. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { attachmentBytesMax } from "#sync/limits.ts";
import { createIntake } from "./createIntake.ts";
import { readingEnglish } from "./english.ts";
import { readingGerman } from "./german.ts";
import { readingMsMax } from "./limits.ts";
import type { ReadingRefusal } from "./outcome.ts";
import { readFile } from "./readFile.ts";
import type { FromReader } from "./readingWorker.ts";
import { startReading } from "./startReading.ts";
import { makeDocx, makePdf, makeZip } from "./testing/files.ts";

vi.mock("../platform/readingWorkers.ts", () => ({ readingWorkerUrl: "reader", passageWorkerUrl: "passages" }));

/** Reads as the real one does, but for files that hang it or break it. */
class PlantedWorker extends EventTarget {
  static readonly alive = new Set<PlantedWorker>();
  static started = 0;
  static hangs = Promise.withResolvers<void>();

  constructor() {
    super();
    PlantedWorker.started += 1;
    PlantedWorker.alive.add(this);
  }

  postMessage({ name, type, blob }: { name: string; type: string; blob: Blob }): void {
    if (name.startsWith("hangs")) return PlantedWorker.hangs.resolve();
    if (name.startsWith("breaks")) return void this.dispatchEvent(new Event("error", { cancelable: true }));
    const tell = (data: FromReader): void => {
      if (PlantedWorker.alive.has(this)) this.dispatchEvent(new MessageEvent("message", { data }));
    };
    readFile({ name, type, blob }, (share) => tell({ kind: "progress", share })).then(
      (outcome) => tell({ kind: "outcome", outcome }),
      () => tell({ kind: "outcome", outcome: { kind: "refused", why: "damaged" } }),
    );
  }

  terminate(): void {
    PlantedWorker.alive.delete(this);
  }
}

beforeEach(() => {
  PlantedWorker.hangs = Promise.withResolvers();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("Worker", PlantedWorker);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const fileOf = (name: string, bytes: Uint8Array | string): File => new File([bytes as Uint8Array<ArrayBuffer>], name);

describe("a file that does not want to be read", () => {
  test("RF8 one that hangs its parser is ended after a minute and says so, and the next is read", async () => {
    const [hanging, next] = [startReading(fileOf("hangs.pdf", "x")), startReading(fileOf("next.txt", "read"))];
    await vi.advanceTimersByTimeAsync(readingMsMax - 1);
    expect(PlantedWorker.alive.size, "it has its minute, and no second one starts beside it").toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await hanging).toEqual({ kind: "refused", why: "slow" });
    expect(await next).toMatchObject({ kind: "text", text: "read" });
    expect(PlantedWorker.alive.size, "none is left behind").toBe(0);
    expect(PlantedWorker.started).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("RF8 one that nobody wants any more is ended there and then", async () => {
    const stop = new AbortController();
    const reading = startReading(fileOf("hangs.pdf", "x"), { signal: stop.signal });
    await vi.advanceTimersByTimeAsync(10);
    stop.abort(new Error("not wanted"));
    await expect(reading).rejects.toThrow("not wanted");
    expect(PlantedWorker.alive.size).toBe(0);
  });

  test("RF9 each bad file ends in a plain sentence that names it, in both languages, and costs the others nothing", async () => {
    const zeros = new Uint8Array(80_000_000);
    const large = fileOf("large.pdf", "%PDF-1.4");
    Object.defineProperty(large, "size", { value: attachmentBytesMax + 1 });
    const bad: readonly (readonly [File, ReadingRefusal | null])[] = [
      [fileOf("locked.pdf", makePdf(["secret"], { password: "open" })), "password"],
      [fileOf("bomb.docx", makeZip([["word/document.xml", Buffer.from(zeros)]])), "bomb"],
      [fileOf("liar.docx", makeZip([["word/document.xml", Buffer.from(zeros)]], 1_000)), "damaged"],
      [fileOf("deep.docx", makeZip([["word/document.xml", `<w:document>${"<w:p>".repeat(10_000)}`]])), "nested"],
      [fileOf("letter.txt", Buffer.from([0x82, 0xb1, 0x82, 0xf1, 0x82, 0xc9])), "encoding"],
      [fileOf("scan.pdf", makePdf(["", ""])), "scanned"],
      [fileOf("breaks.pdf", "x"), "broken"],
      [fileOf("hangs.pdf", "x"), "slow"],
      [large, null],
    ];
    const listed: string[] = [];
    const intake = createIntake({
      vault: {
        keep: ({ name, type, bytes }) =>
          Promise.resolve({ id: "0".repeat(32) as never, name, type, bytes: bytes.length, key: "k", content: "c" }),
      },
      read: startReading,
      list: ({ name }) => listed.push(name) > 0,
    });
    const all = intake.add([...bad.map(([file]) => file), fileOf("good.docx", makeDocx(["The rent is 800."]))]);
    // The others need none of the minute that this one has.
    await PlantedWorker.hangs.promise;
    await vi.advanceTimersByTimeAsync(readingMsMax);
    await all;
    expect(listed).toEqual(["good.docx"]);
    const said = intake.coming().map(({ name, state }) => {
      const now = state();
      return [name, now.kind === "failed" ? now.says : now.kind];
    });
    const large_ = said.find(([name]) => name === "large.pdf")?.[1] ?? "";
    expect(said).toEqual(
      bad.map(([{ name }, why]) => [name, why === null ? large_ : readingEnglish.refusals[why](name)]),
    );
    expect(large_).toMatch(/^[A-Z].{20,}\.$/);
    for (const table of [readingEnglish, readingGerman])
      for (const say of Object.values(table.refusals))
        expect(say("a.pdf")).toMatch(/^(?=.*a\.pdf)\p{L}?["“„]?.{30,}\.$/u);
  }, 120_000);

  test("RF10 a PDF of as much as one may be, nearly all of it what no reader needs, gives its words", async () => {
    vi.useRealTimers();
    const pdf = makePdf(["Notice: three months"]);
    // What is behind the end of a document belongs to nothing in it.
    const filling = new Uint8Array(attachmentBytesMax - pdf.length).fill(0x20);
    const file = new File([pdf as Uint8Array<ArrayBuffer>, filling], "long.pdf");
    expect(file.size).toBe(attachmentBytesMax);
    expect(await startReading(file)).toMatchObject({ kind: "text", text: "Notice: three months", isPaged: true });
    expect(PlantedWorker.alive.size).toBe(0);
  }, 60_000);
});
