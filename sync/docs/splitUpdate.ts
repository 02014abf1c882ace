/**
 * One Yjs update as several, none longer than an envelope may carry: what was typed while a page was between two sockets is handed over
 * in one, and Yjs joins what was typed in a row into one operation. Pieces belong together: Yjs keeps back what waits for another.
 */
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

type Struct = ReturnType<typeof Y.decodeUpdate>["structs"][number];

/** Of a text at once: a character takes three bytes at most, and a piece must hold one such part. */
const bytesPerCharMax = 3;
/** Head of an update and of an operation in it, with room to spare. */
const headBytesMax = 128;
/** A deleted range takes two numbers. */
const rangeBytesMax = 20;

/** In order. What cannot be cut, one value of more than that, stays as it is. */
export function splitUpdate(update: Uint8Array, bytesMax: number): readonly Uint8Array[] {
  const { structs, ds } = Y.decodeUpdate(update);
  const pieces: Uint8Array[] = [];
  let row: Struct[] = [];
  let rowBytes = 0;
  const endRow = (): void => {
    if (row.length > 0) pieces.push(encodeRow(row));
    row = [];
    rowBytes = 0;
  };
  const charsMax = Math.max(1, Math.floor((bytesMax - 2 * headBytesMax) / bytesPerCharMax));
  for (const struct of structs.flatMap((each) => cutText(each, charsMax))) {
    if (struct instanceof Y.Skip) {
      endRow();
      continue;
    }
    const bytes = encodeRow([struct]).length;
    const last = row.at(-1);
    const isNext = last?.id.client === struct.id.client && last.id.clock + last.length === struct.id.clock;
    if (!isNext || rowBytes + bytes > bytesMax) endRow();
    row.push(struct);
    rowBytes += bytes;
  }
  endRow();
  const rangesMax = Math.max(1, Math.floor((bytesMax - headBytesMax) / rangeBytesMax));
  for (const [client, ranges] of ds.clients)
    for (let at = 0; at < ranges.length; at += rangesMax)
      pieces.push(encodeDeletes(client, ranges.slice(at, at + rangesMax)));
  return pieces;
}

function cutText(struct: Struct, charsMax: number): readonly Struct[] {
  const parts: Struct[] = [];
  let rest = struct;
  while (rest instanceof Y.Item && rest.content instanceof Y.ContentString && rest.length > charsMax) {
    const { client, clock } = rest.id;
    // A pair of surrogates stays together: Yjs puts marks for halves.
    const isPair = /[\uD800-\uDBFF]/.test(rest.content.str.charAt(charsMax - 1));
    const at = isPair && charsMax > 1 ? charsMax - 1 : charsMax;
    const [head, tail] = [rest.content.str.slice(0, at), rest.content.str.slice(at)];
    const { origin, rightOrigin, parent, parentSub } = rest;
    const create = (from: number, before: Y.ID | null, text: string): Y.Item =>
      new Y.Item(
        Y.createID(client, from),
        null,
        before,
        null,
        rightOrigin,
        parent,
        parentSub,
        new Y.ContentString(text),
      );
    parts.push(create(clock, origin, head));
    rest = create(clock + at, Y.createID(client, clock + at - 1), tail);
  }
  return [...parts, rest];
}

/** Operations of one client, one behind the other. */
function encodeRow(row: readonly Struct[]): Uint8Array {
  const encoder = new Y.UpdateEncoderV1();
  const first = row[0];
  encoding.writeVarUint(encoder.restEncoder, first === undefined ? 0 : 1);
  if (first !== undefined) {
    encoding.writeVarUint(encoder.restEncoder, row.length);
    encoder.writeClient(first.id.client);
    encoding.writeVarUint(encoder.restEncoder, first.id.clock);
  }
  for (const struct of row) struct.write(encoder, 0);
  encoding.writeVarUint(encoder.restEncoder, 0);
  return encoder.toUint8Array();
}

function encodeDeletes(
  client: number,
  ranges: readonly { readonly clock: number; readonly len: number }[],
): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const number of [0, 1, client, ranges.length]) encoding.writeVarUint(encoder, number);
  for (const { clock, len } of ranges) {
    encoding.writeVarUint(encoder, clock);
    encoding.writeVarUint(encoder, len);
  }
  return encoding.toUint8Array(encoder);
}
