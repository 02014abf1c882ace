import { randomBytes } from "node:crypto";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ReadingOutcome } from "./outcome.ts";
import { readFile } from "./readFile.ts";
import { readPdf } from "./readPdf.ts";
import { makeDocx, makePdf, makeZip } from "./testing/files.ts";

const read = (bytes: Uint8Array | string, name: string, type = ""): Promise<ReadingOutcome> =>
  readFile({ name, type, blob: new Blob([bytes as Uint8Array<ArrayBuffer>]) }, () => {});
const refused = (why: string): object => ({ kind: "refused", why });

const mail = `From: Anna Beck <anna@example.org>
To: ben@example.org
Subject: =?utf-8?Q?K=C3=BCndigung?=
Date: Mon, 02 Mar 2026 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p>The lease ends on <b>31&nbsp;May</b>.</p><script>steal()</script>
--b
Content-Type: application/pdf; name=lease.pdf
Content-Disposition: attachment; filename=lease.pdf

x
--b--
`.replaceAll("\n", "\r\n");

describe("what a file says", () => {
  test("RF1 of a PDF page by page, with words that were divided made whole", async () => {
    const outcome = await read(
      makePdf(["Deposit: 900 euros\nfor the whole apart-\nment", "Notice: three months"]),
      "a.pdf",
    );
    expect(outcome).toMatchObject({ kind: "text", isPaged: true, isItself: false, isCut: false });
    if (outcome.kind !== "text") return;
    expect(outcome.text.split("\f")).toEqual(["Deposit: 900 euros\nfor the whole apartment", "Notice: three months"]);
  });

  test("RF2 of a document, a mail and a page: their words, headings marked, nothing that runs", async () => {
    expect(await read(makeDocx(["# Lease", "Rent < 800 & due."]), "a.docx")).toMatchObject({
      text: "# Lease\nRent < 800 & due.",
      isItself: false,
    });
    expect(await read(mail, "a.eml")).toMatchObject({
      text: expect.stringMatching(
        /^From: Anna Beck <anna@example.org>\nTo: ben@example.org\nDate: .*\nSubject: Kündigung\nAttached: lease.pdf\n\nThe lease ends on 31.May\.$/,
      ) as string,
    });
    const page = "<title>x</title><h2>Notes</h2><ul><li>One<li>Two</ul><script>1</script><p>Three\n four</p>";
    expect(await read(page, "a.html")).toMatchObject({ text: "## Notes\n\n- One\n- Two\n\nThree four" });
  });

  test("RF3 text in UTF-8 is itself, other encodings are told by their marks, by what a page says, or by western letters", async () => {
    expect(await read("# Plan\nÄpfel", "a.md")).toMatchObject({ text: "# Plan\nÄpfel", isItself: true });
    expect(await read(Uint8Array.of(0xff, 0xfe, 0x41, 0), "a.txt")).toMatchObject({ text: "A", isItself: false });
    expect(await read(Buffer.from("Gr\xfc\xdfe aus K\xf6ln, und noch mehr", "latin1"), "a.txt")).toMatchObject({
      text: "Grüße aus Köln, und noch mehr",
      isItself: false,
    });
    const page = Buffer.concat([Buffer.from('<meta charset="koi8-r"><p>'), Buffer.from([0xf0, 0xd2, 0xc9])]);
    expect(await read(page, "a.html")).toMatchObject({ text: "При" });
    expect(await read("", "a.txt")).toMatchObject({ kind: "text", text: "" });
  });

  test.each([
    ["encoding", Buffer.from([0x82, 0xb1, 0x82, 0xf1, 0x82, 0xc9]), "letter.txt"],
    ["unknown", randomBytes(4096), "data.bin"],
    ["unknown", makeZip([["a.txt", "x"]]), "a.zip"],
    ["password", makePdf(["secret"], { password: "open" }), "a.pdf"],
    ["password", Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(600)]), "sealed.docx"],
    ["damaged", Buffer.from("%PDF-1.7 and no more"), "a.pdf"],
    ["damaged", makeDocx(["cut"]).subarray(0, 200), "a.docx"],
    ["scanned", makePdf(["", ""]), "a.pdf"],
  ])("RF4 %s: refused, for a reason", async (why, bytes, name) => {
    expect(await read(bytes, name)).toEqual(refused(why));
  });

  test("RF5 a document that unpacks to gigabytes is refused before it does", async () => {
    const zeros = Buffer.alloc(80_000_000);
    expect(await read(makeZip([["word/document.xml", zeros]]), "a.docx")).toEqual(refused("bomb"));
    // It says that it is small, and is not.
    expect(await read(makeZip([["word/document.xml", zeros]], 1_000), "a.docx")).toEqual(refused("damaged"));
    const nested = `<w:document>${"<w:p>".repeat(10_000)}`;
    expect(await read(makeZip([["word/document.xml", nested]]), "a.docx")).toEqual(refused("nested"));
    expect(await read("<div>".repeat(100_000), "a.html")).toEqual(refused("nested"));
  });

  test("RF6 a PDF with a stream that unpacks to far more than it is ends before the memory does, and says so", async () => {
    const pdf = Uint8Array.from(makePdf(["x"], { stream: deflateSync(Buffer.alloc(20_000_000, 0x20)) }));
    await expect(readPdf(pdf, () => {}, 4_000_000)).rejects.toMatchObject({ why: "bomb" });
    expect(new Uint8Array(5_000_000)).toHaveLength(5_000_000);
    expect(globalThis.DecompressionStream).toBeDefined();
  });

  test("RF7 pictures are pictures, whatever they are called", async () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d494844520000000100000001", "hex");
    expect(await read(png, "a.txt")).toEqual({ kind: "picture" });
    expect(await read("x", "a.heic", "image/heic")).toEqual({ kind: "picture" });
    expect(await read("<svg/>", "a.svg", "image/svg+xml")).toMatchObject({ kind: "text", isItself: true });
  });
});
