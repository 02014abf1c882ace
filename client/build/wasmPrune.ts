/**
 * Takes out of a WebAssembly module what nothing can call. Numbers stay as they are: the body of a function that cannot be reached
 * becomes one `unreachable`, so everything else keeps its index and its bytes. The code section is rewritten, no other.
 */

/** Ids of sections that are read here. */
const importSection = 2;
const functionSection = 3;
const exportSection = 7;
const startSection = 8;
const elementSection = 9;
const codeSection = 10;

const functionKind = 0;
/** Its size, no locals, `unreachable`, `end`. */
const emptyBody = Uint8Array.of(3, 0, 0x00, 0x0b);

interface Reader {
  at: number;
  readonly bytes: Uint8Array;
}

/** `mayCall`: whether an export of this name may be called from outside. */
export function pruneWasm(bytes: Uint8Array, mayCall: (exportName: string) => boolean): Uint8Array<ArrayBuffer> {
  const sections = readSections(bytes);
  const imported = readImportedFunctions(sections.get(importSection));
  const typeOf = [...imported, ...readList(sections.get(functionSection), readCount)];
  const code = sections.get(codeSection);
  if (code === undefined) throw new Error("no code section");
  const bodies = readBodies(code);
  const inTable = readElements(sections.get(elementSection));
  const reached = new Set<number>();
  const typesCalled = new Set<number>();
  const waiting = [
    ...readExports(sections.get(exportSection)).flatMap(({ name, index }) => (mayCall(name) ? [index] : [])),
    ...readStart(sections.get(startSection)),
  ];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const body = bodies[index - imported.length];
    if (body === undefined) continue;
    const { called, types } = readCalls(body);
    waiting.push(...called);
    for (const type of types) {
      if (typesCalled.has(type)) continue;
      typesCalled.add(type);
      // A call through the table traps on a function of another type.
      waiting.push(...inTable.filter((entry) => typeOf[entry] === type));
    }
  }
  const kept = bodies.map((body, index) => (reached.has(index + imported.length) ? body.whole : emptyBody));
  const content = joined([encodeCount(bodies.length), ...kept]);
  const pruned = joined([
    bytes.subarray(0, code.start),
    encodeCount(content.length),
    content,
    bytes.subarray(code.reader.at + code.length),
  ]);
  if (!WebAssembly.validate(pruned)) throw new Error("a pruned module that is not valid");
  return pruned;
}

/** The names of a module's exported functions. */
export function exportedFunctions(bytes: Uint8Array): string[] {
  return readExports(readSections(bytes).get(exportSection)).map(({ name }) => name);
}

interface Section {
  /** Of the length that stands before the content. */
  readonly start: number;
  readonly length: number;
  /** At the content. */
  readonly reader: Readonly<Reader>;
}

function readSections(bytes: Uint8Array): Map<number, Section> {
  const sections = new Map<number, Section>();
  const reader: Reader = { at: 8, bytes };
  while (reader.at < bytes.length) {
    const id = readByte(reader);
    const start = reader.at;
    const length = readCount(reader);
    sections.set(id, { start, length, reader: { at: reader.at, bytes } });
    reader.at += length;
  }
  return sections;
}

function readList<T>(section: Section | undefined, readItem: (reader: Reader) => T): T[] {
  if (section === undefined) return [];
  const reader = { ...section.reader };
  return Array.from({ length: readCount(reader) }, () => readItem(reader));
}

/** The type of each. */
function readImportedFunctions(section: Section | undefined): number[] {
  return readList(section, (reader) => {
    skip(reader, readCount(reader));
    skip(reader, readCount(reader));
    if (readByte(reader) !== functionKind) throw new Error("an import that is no function");
    return readCount(reader);
  });
}

function readExports(section: Section | undefined): { readonly name: string; readonly index: number }[] {
  const all = readList(section, (reader) => {
    const length = readCount(reader);
    const name = new TextDecoder().decode(reader.bytes.subarray(reader.at, reader.at + length));
    skip(reader, length);
    return { name, kind: readByte(reader), index: readCount(reader) };
  });
  return all.filter(({ kind }) => kind === functionKind);
}

function readStart(section: Section | undefined): number[] {
  return section === undefined ? [] : [readCount({ ...section.reader })];
}

/** The functions that stand in the table. */
function readElements(section: Section | undefined): number[] {
  return readList(section, (reader) => {
    // Flag 0: table 0, an offset, indices of functions. Compilers of C write no other.
    if (readCount(reader) !== 0 || readByte(reader) !== 0x41) throw new Error("an element segment of another form");
    readCount(reader);
    if (readByte(reader) !== 0x0b) throw new Error("an offset that is more than a constant");
    return Array.from({ length: readCount(reader) }, () => readCount(reader));
  }).flat();
}

interface Body {
  /** With its size in front. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

function readBodies(section: Section): Body[] {
  return readList(section, (reader) => {
    const start = reader.at;
    const length = readCount(reader);
    const content = reader.bytes.subarray(reader.at, reader.at + length);
    skip(reader, length);
    return { whole: reader.bytes.subarray(start, reader.at), content };
  });
}

interface Calls {
  readonly called: readonly number[];
  /** Of what is called through the table. */
  readonly types: readonly number[];
}

/** What a body calls. Throws at an instruction it does not know, rather than to read past it wrongly. */
function readCalls({ content }: Body): Calls {
  const reader: Reader = { at: 0, bytes: content };
  const called: number[] = [];
  const types: number[] = [];
  for (let groups = readCount(reader); groups > 0; groups--) {
    readCount(reader);
    readByte(reader);
  }
  while (reader.at < content.length) {
    const code = readByte(reader);
    if (code === 0x10) called.push(readCount(reader));
    else if (code === 0x11) {
      types.push(readCount(reader));
      readCount(reader);
    } else skipOperands(reader, code);
  }
  if (reader.at !== content.length) throw new Error("an instruction that ends behind its function");
  return { called, types };
}

function skipOperands(reader: Reader, code: number): void {
  if (code === 0x0e) for (let labels = readCount(reader) + 1; labels > 0; labels--) readCount(reader);
  else if (code === 0x43) skip(reader, 4);
  else if (code === 0x44) skip(reader, 8);
  else if (code === 0xfc) {
    const operands = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1][readCount(reader)];
    if (operands === undefined) throw new Error("a bulk instruction of another kind");
    for (let left = operands; left > 0; left--) readCount(reader);
  } else {
    const operands = operandsOf(code);
    if (operands === null) throw new Error(`instruction 0x${code.toString(16)} is not known here`);
    for (let left = operands; left > 0; left--) readCount(reader);
  }
}

/** How many LEB128 numbers follow; `null`: not one that a C compiler without SIMD and threads writes. */
function operandsOf(code: number): number | null {
  // Blocks and their ends, numeric instructions, drop and select.
  if ([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b].includes(code) || (code >= 0x45 && code <= 0xc4)) return 0;
  // block, loop, if, br, br_if, locals, globals, memory.size and .grow, constants
  if ([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x3f, 0x40, 0x41, 0x42].includes(code) || (code >= 0x20 && code <= 0x24)) return 1;
  // loads and stores
  if (code >= 0x28 && code <= 0x3e) return 2;
  return null;
}

function readByte(reader: Reader): number {
  const byte = reader.bytes[reader.at++];
  if (byte === undefined) throw new Error("a module that is cut off");
  return byte;
}

/** LEB128; signed ones are skipped by it as well, since only their length matters here. */
function readCount(reader: Reader): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = readByte(reader);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}

function skip(reader: Reader, bytes: number): void {
  reader.at += bytes;
}

function encodeCount(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.of(...bytes, left);
    bytes.push((left % 128) | 0x80);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
