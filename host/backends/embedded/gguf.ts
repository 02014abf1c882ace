/**
 * The head of a GGUF file: how long a chat the model was trained for, and what its attention keeps in memory for each token (../../fit). It is
 * read here, in bounds, before the native engine sees the file: what is no model is known by then.
 *
 *   "GGUF" ‖ version u32 ‖ tensors u64 ‖ entries u64 ‖ entry*      entry = key ‖ type u32 ‖ value      key, string = length u64 ‖ UTF-8
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { cacheOf, type ModelShape } from "../../fit/shape.ts";

export interface GgufHead {
  /** `null` when it is not within the part that was read. */
  readonly contextTokens: number | null;
  /** `null`: not said, or not within that part. */
  readonly cache: ModelShape["cache"];
}

/** Writers put a model's own numbers before its vocabulary, which can be many MB. */
const headBytesMax = 1_048_576;
/** A list of one value for each layer; longer ones are of the vocabulary. */
const listItemsMax = 1_024;
const ARRAY = 9;
const STRING = 8;
/** Of each type of value; strings and lists carry their own length. */
const VALUE_BYTES = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8] as const;

/** `null`: this is no GGUF file. */
export function readGgufHead(path: string): GgufHead | null {
  return read(path).head;
}

/** With the bytes of the file, which are the weights' but for some kB; `null`: this is no GGUF file. */
export function readGgufShape(path: string): ModelShape | null {
  const { head, bytes } = read(path);
  return head === null ? null : { bytes, ...head };
}

function read(path: string): { readonly head: GgufHead | null; readonly bytes: number } {
  const part = Buffer.alloc(headBytesMax);
  const handle = openSync(path, "r");
  try {
    const length = readSync(handle, part, 0, headBytesMax, 0);
    return { head: parseGgufHead(part.subarray(0, length)), bytes: fstatSync(handle).size };
  } finally {
    closeSync(handle);
  }
}

export function parseGgufHead(bytes: Buffer): GgufHead | null {
  if (bytes.length < 24 || bytes.toString("latin1", 0, 4) !== "GGUF") return null;
  const version = bytes.readUInt32LE(4);
  if (version < 2 || version > 3) return null;
  const values = readValues(bytes);
  return { contextTokens: ofModel(values).number("context_length"), cache: cacheFrom(values) };
}

type Value = string | number | readonly number[];

/** As many as lie within the part that was read; what goes on beyond it, or lies about its lengths, ends them. */
function readValues(bytes: Buffer): ReadonlyMap<string, Value> {
  const found = new Map<string, Value>();
  let at = 24;
  const length = (): number => {
    const value = Number(bytes.readBigUInt64LE(at));
    at += 8;
    if (value > bytes.length) throw new RangeError("beyond the part that was read");
    return value;
  };
  const text = (): string => {
    const size = length();
    at += size;
    return bytes.toString("utf8", at - size, at);
  };
  const value = (type: number): string | number | null => {
    if (type === STRING) return text();
    const size = VALUE_BYTES[type];
    if (size === undefined || size === 0) throw new RangeError("an unknown type");
    at += size;
    // Numbers with a point, and those of eight bytes, say nothing that is asked for.
    if (type === 4) return bytes.readUInt32LE(at - size);
    if (type === 5) return bytes.readInt32LE(at - size);
    return type === 7 ? bytes.readUInt8(at - size) : null;
  };
  try {
    for (let left = Number(bytes.readBigUInt64LE(16)); left > 0; left--) {
      const key = text();
      const type = bytes.readUInt32LE(at);
      at += 4;
      if (type !== ARRAY) {
        const one = value(type);
        if (one !== null) found.set(key, one);
        continue;
      }
      const itemType = bytes.readUInt32LE(at);
      at += 4;
      const items = length();
      const list: number[] = [];
      for (let item = 0; item < items; item++) {
        const one = value(itemType);
        if (typeof one === "number" && items <= listItemsMax) list.push(one);
      }
      if (list.length === items) found.set(key, list);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

interface OfModel {
  readonly architecture: string;
  number(key: string): number | null;
  list(key: string): readonly number[] | null;
}

/** A model's own numbers are named after its architecture. */
function ofModel(values: ReadonlyMap<string, Value>): OfModel {
  const named = values.get("general.architecture");
  const architecture = typeof named === "string" ? named : "";
  const get = (key: string): Value | undefined => values.get(`${architecture}.${key}`);
  return {
    architecture,
    number: (key) => {
      const value = get(key);
      return typeof value === "number" && value >= 0 ? value : null;
    },
    list: (key) => {
      const value = get(key);
      return typeof value === "object" ? value : null;
    },
  };
}

/** Of so many layers one looks back over the whole text, where the file names a window and no pattern. */
const PATTERNS: Readonly<Record<string, number>> = { gemma2: 2, gemma3: 6, "gpt-oss": 2 };

function cacheFrom(values: ReadonlyMap<string, Value>): ModelShape["cache"] {
  const model = ofModel(values);
  const layers = model.number("block_count");
  const heads = model.number("attention.head_count");
  const kvHeads = model.list("attention.head_count_kv") ?? model.number("attention.head_count_kv") ?? heads;
  const width = model.number("embedding_length");
  const usual = heads === null || width === null || heads === 0 ? null : width / heads;
  const keyLength = model.number("attention.key_length") ?? usual;
  const valueLength = model.number("attention.value_length") ?? usual;
  if (layers === null || kvHeads === null || keyLength === null || valueLength === null) return null;
  const flags = model.list("attention.sliding_window_pattern");
  const every = model.number("attention.sliding_window_pattern") ?? PATTERNS[model.architecture] ?? 1;
  const fullEvery = model.number("full_attention_interval") ?? 1;
  const isWindowed = (layer: number): boolean => (flags === null ? (layer + 1) % every !== 0 : flags[layer] === 1);
  return cacheOf({
    layers,
    kvHeads,
    keyLength: model.number("attention.key_length_swa") ?? keyLength,
    valueLength: model.number("attention.value_length_swa") ?? valueLength,
    windowTokens: model.number("attention.sliding_window"),
    isWindowed,
    keeps: (layer) => fullEvery <= 1 || (layer + 1) % fullEvery === 0,
    ...wholeLayers(model, kvHeads, keyLength, valueLength, isWindowed),
  });
}

/** Keys of another length in layers with a window: then the plain length is that of the others. */
function wholeLayers(
  model: OfModel,
  kvHeads: number | readonly number[],
  keyLength: number,
  valueLength: number,
  isWindowed: (layer: number) => boolean,
): { readonly whole?: { readonly kvHeads: number; readonly keyLength: number; readonly valueLength: number } } {
  if (model.number("attention.key_length_swa") === null) return {};
  const heads = typeof kvHeads === "number" ? kvHeads : kvHeads.find((_, layer) => !isWindowed(layer));
  return heads === undefined ? {} : { whole: { kvHeads: heads, keyLength, valueLength } };
}
