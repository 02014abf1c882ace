/** Small files of each kind, made on the spot. */
import { createHash } from "node:crypto";
import { crc32, deflateRawSync, deflateSync } from "node:zlib";

const latin = (text: string): Buffer => Buffer.from(text, "latin1");

/** One page for each text, a line for each of its lines; `stream` takes the place of a page's own. */
export function makePdf(pages: readonly string[], options: { stream?: Buffer; password?: string } = {}): Buffer {
  const fonts = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
  const first = 4;
  const objects: Buffer[] = [
    latin("<< /Type /Catalog /Pages 2 0 R >>"),
    latin(
      `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, at) => `${first + at * 2} 0 R`).join(" ")}] >>`,
    ),
    latin(fonts),
  ];
  for (const [at, page] of pages.entries()) {
    const lines = page.split("\n").map((line) => `(${line.replace(/[\\()]/g, "\\$&")}) Tj 0 -14 Td`);
    const packed = options.stream ?? deflateSync(latin(`BT /F1 11 Tf 60 760 Td ${lines.join(" ")} ET`));
    objects.push(
      latin(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${first + at * 2 + 1} 0 R >>`,
      ),
      Buffer.concat([
        latin(`<< /Length ${packed.length} /Filter /FlateDecode >>\nstream\n`),
        packed,
        latin("\nendstream"),
      ]),
    );
  }
  const id = createHash("md5").update("fixture").digest();
  let trailer = `/Size ${objects.length + 1} /Root 1 0 R`;
  if (options.password !== undefined) {
    objects.push(encryption(options.password, id));
    trailer = `/Size ${objects.length + 1} /Root 1 0 R /Encrypt ${objects.length} 0 R /ID [<${id.toString("hex")}> <${id.toString("hex")}>]`;
  }
  const parts = [latin("%PDF-1.4\n")];
  const places: number[] = [];
  let bytes = parts[0]?.length ?? 0;
  const add = (part: Buffer): void => {
    parts.push(part);
    bytes += part.length;
  };
  for (const [at, object] of objects.entries()) {
    places.push(bytes);
    add(Buffer.concat([latin(`${at + 1} 0 obj\n`), object, latin("\nendobj\n")]));
  }
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  add(
    latin(
      `xref\n0 ${places.length + 1}\n0000000000 65535 f \n${table}trailer\n<< ${trailer} >>\nstartxref\n${bytes}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}

const padding = Buffer.from("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A", "hex");

/** The standard handler, 40-bit: enough for a reader to ask for the password. */
function encryption(password: string, id: Buffer): Buffer {
  const padded = Buffer.concat([latin(password), padding]).subarray(0, 32);
  const md5 = (...parts: Buffer[]): Buffer => createHash("md5").update(Buffer.concat(parts)).digest();
  const owner = rc4(md5(padded).subarray(0, 5), padded);
  const permissions = Buffer.alloc(4);
  permissions.writeInt32LE(-4);
  const key = md5(padded, owner, permissions, id).subarray(0, 5);
  const check = rc4(key, padding);
  return latin(`<< /Filter /Standard /V 1 /R 2 /P -4 /O <${owner.toString("hex")}> /U <${check.toString("hex")}> >>`);
}

function rc4(key: Buffer, bytes: Buffer): Buffer {
  const state = Array.from({ length: 256 }, (_, at) => at);
  for (let at = 0, other = 0; at < 256; at++) {
    other = (other + (state[at] as number) + (key[at % key.length] as number)) & 255;
    [state[at], state[other]] = [state[other] as number, state[at] as number];
  }
  let [at, other] = [0, 0];
  return Buffer.from(
    bytes.map((byte) => {
      at = (at + 1) & 255;
      other = (other + (state[at] as number)) & 255;
      [state[at], state[other]] = [state[other] as number, state[at] as number];
      return byte ^ (state[((state[at] as number) + (state[other] as number)) & 255] as number);
    }),
  );
}

/** Its paragraphs; `# ` in front makes a heading. */
export function makeDocx(paragraphs: readonly string[]): Buffer {
  const body = paragraphs.map((text) => {
    const [, heading] = /^# (.*)$/.exec(text) ?? [];
    const style = heading === undefined ? "" : '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>';
    return `<w:p>${style}<w:r><w:t xml:space="preserve">${escape(heading ?? text)}</w:t></w:r></w:p>`;
  });
  const words = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>';
  return makeZip([
    ["[Content_Types].xml", "<Types/>"],
    ["word/document.xml", `${words}${body.join("")}</w:body></w:document>`],
  ]);
}

/** Deflated; `saysBytes` lies about what an entry unpacks to. */
export function makeZip(
  files: readonly (readonly [name: string, text: string | Buffer])[],
  saysBytes?: number,
): Buffer {
  const [local, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of files) {
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain);
    const title = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(plain), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(saysBytes ?? plain.length, 18);
    fields.writeUInt16LE(title.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const entry = Buffer.concat([Buffer.from("PK\x03\x04"), fields, title, packed]);
    local.push(entry);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), fields, rest, title]));
    offset += entry.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, listed, Buffer.from("PK\x05\x06"), end]);
}

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
