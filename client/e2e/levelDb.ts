/**
 * Just enough of LevelDB's table format and of snappy to read what Chromium keeps on disk.
 *
 *   table    blocks … ‖ index block ‖ footer 48: metaindex handle, index handle (varints), padding, magic 8
 *   block    content ‖ type u8 (0 plain, 1 snappy) ‖ checksum u32
 *   value    Chromium wraps large IndexedDB values as FF 11 02 ‖ snappy
 */

const FOOTER_BYTES = 48;
const TABLE_MAGIC = Buffer.from("57fb808b247547db", "hex");
const VALUE_MARK = Buffer.from("ff1102", "hex");
/** Of what one compressed piece may claim to hold: a profile has no larger. */
const plainBytesMax = 64 * 1024 * 1024;

export const isLevelDbTable = (bytes: Buffer): boolean =>
  bytes.length >= FOOTER_BYTES && bytes.subarray(bytes.length - TABLE_MAGIC.length).equals(TABLE_MAGIC);

/** Every block of the table, decompressed: its data and its index. */
export function tableBlocks(table: Buffer): Buffer[] {
  const footer = createCursor(table.subarray(table.length - FOOTER_BYTES));
  footer.varint();
  footer.varint();
  const index = readBlock(table, footer.varint(), footer.varint());
  if (index === null) return [];
  const blocks = [index];
  for (const handle of blockValues(index)) {
    const cursor = createCursor(handle);
    const block = readBlock(table, cursor.varint(), cursor.varint());
    if (block !== null) blocks.push(block);
  }
  return blocks;
}

/** The plain form of each value that Chromium compressed by itself. */
export function compressedValues(bytes: Buffer): Buffer[] {
  const values: Buffer[] = [];
  for (let at = bytes.indexOf(VALUE_MARK); at !== -1; at = bytes.indexOf(VALUE_MARK, at + 1)) {
    const plain = snappyToPlain(bytes.subarray(at + VALUE_MARK.length));
    if (plain !== null) values.push(plain);
  }
  return values;
}

function readBlock(table: Buffer, offset: number, length: number): Buffer | null {
  if (offset + length >= table.length) return null;
  const content = table.subarray(offset, offset + length);
  return table[offset + length] === 1 ? snappyToPlain(content) : content;
}

/** Entries share key prefixes: shared, unshared and value lengths, then the bytes. The tail lists restart points. */
function blockValues(block: Buffer): Buffer[] {
  const restarts = block.readUInt32LE(block.length - 4);
  const cursor = createCursor(block.subarray(0, block.length - 4 - restarts * 4));
  const values: Buffer[] = [];
  while (cursor.left() > 0) {
    cursor.varint();
    const unshared = cursor.varint();
    const length = cursor.varint();
    cursor.take(unshared);
    values.push(cursor.take(length));
  }
  return values;
}

/** What could be decompressed, even if the end is missing; null for what is not snappy at all. */
export function snappyToPlain(bytes: Buffer): Buffer | null {
  const cursor = createCursor(bytes);
  const length = cursor.varint();
  if (length === 0 || length > plainBytesMax) return null;
  const plain = Buffer.alloc(length);
  let at = 0;
  while (at < length && cursor.left() > 0) {
    const tag = cursor.take(1)[0] ?? 0;
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2;
      const size = short < 60 ? short + 1 : cursor.littleEndian(short - 59) + 1;
      const literal = cursor.take(size);
      literal.copy(plain, at);
      at += literal.length;
      continue;
    }
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = kind === 1 ? ((tag >> 5) << 8) | cursor.littleEndian(1) : cursor.littleEndian(kind === 2 ? 2 : 4);
    if (back === 0 || back > at) return at === 0 ? null : plain.subarray(0, at);
    for (let copied = 0; copied < size && at < length; copied++, at++) plain[at] = plain[at - back] ?? 0;
  }
  return plain.subarray(0, at);
}

function createCursor(bytes: Buffer) {
  let at = 0;
  const take = (length: number): Buffer => {
    const part = bytes.subarray(at, at + length);
    at += length;
    return part;
  };
  return {
    left: () => bytes.length - at,
    take,
    littleEndian: (size: number) => take(size).reduceRight((value, byte) => value * 256 + byte, 0),
    varint: () => {
      let value = 0;
      for (let scale = 1; at < bytes.length; scale *= 128) {
        const byte = bytes[at++] ?? 0;
        value += (byte & 127) * scale;
        if (byte < 128) break;
      }
      return value;
    },
  };
}
