/**
 * A model in safetensors: a folder with config.json and one file or several, each of them
 *
 *   length u64 ‖ JSON {name: {dtype, shape, data_offsets: [from, to]}, "__metadata__"?: …} ‖ data
 *
 * Weights are counted by what the headers name, not by what lies around; attention is what config.json says.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { cacheOf, type ModelShape } from "./shape.ts";

/** The format's own bound. */
const headerBytesMax = 100_000_000;
const configBytesMax = 1_048_576;

/** `null`: there is no such model in that folder, or a part of it is cut off. */
export function readSafetensorsShape(folder: string): ModelShape | null {
  try {
    const parts = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
    const sizes = parts.map((name) => dataBytesOf(join(folder, name)));
    if (parts.length === 0 || sizes.some((bytes) => bytes === null)) return null;
    const bytes = sizes.reduce<number>((sum, each) => sum + (each ?? 0), 0);
    return { bytes, ...parseModelConfig(readConfig(join(folder, "config.json"))) };
  } catch {
    // reason: a folder that cannot be listed, or a file that cannot be read, is no model for this user.
    return null;
  }
}

/** Where the last tensor ends; `null`: no such file, or its end is missing. */
function dataBytesOf(path: string): number | null {
  const handle = openSync(path, "r");
  try {
    const head = Buffer.alloc(8);
    if (readSync(handle, head, 0, 8, 0) < 8) return null;
    const length = Number(head.readBigUInt64LE(0));
    if (length < 2 || length > headerBytesMax || length + 8 > fstatSync(handle).size) return null;
    const json = Buffer.alloc(length);
    readSync(handle, json, 0, length, 8);
    const bytes = parseDataBytes(json.toString("utf8"));
    return bytes === null || 8 + length + bytes > fstatSync(handle).size ? null : bytes;
  } finally {
    closeSync(handle);
  }
}

export function parseDataBytes(header: string): number | null {
  const tensors = parseRecord(header);
  if (tensors === null) return null;
  let end = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    if (name === "__metadata__") continue;
    const offsets = asRecord(tensor)["data_offsets"];
    const to: unknown = Array.isArray(offsets) ? offsets[1] : null;
    if (typeof to !== "number" || !Number.isSafeInteger(to) || to < 0) return null;
    end = Math.max(end, to);
  }
  return end;
}

/** What config.json says of attention; models that also see have their text's numbers one level down. */
export function parseModelConfig(text: string): Pick<ModelShape, "cache" | "contextTokens"> {
  const whole = parseRecord(text) ?? {};
  const config = whole["text_config"] === undefined ? whole : asRecord(whole["text_config"]);
  const number = (key: string): number | null => {
    const value = config[key];
    return typeof value === "number" && value > 0 ? value : null;
  };
  const contextTokens = number("max_position_embeddings");
  const [layers, heads] = [number("num_hidden_layers"), number("num_attention_heads")];
  const kvHeads = number("num_key_value_heads") ?? heads;
  const width = number("hidden_size");
  const length = number("head_dim") ?? (heads === null || width === null ? null : width / heads);
  if (layers === null || kvHeads === null || length === null) return { contextTokens, cache: null };
  const types = Array.isArray(config["layer_types"]) ? config["layer_types"] : [];
  const every = number("sliding_window_pattern") ?? number("_sliding_window_pattern") ?? 1;
  const fullEvery = number("full_attention_interval") ?? 1;
  const globalHeads = number("num_global_key_value_heads");
  const globalLength = number("global_head_dim");
  const wholeLayers =
    globalHeads === null && globalLength === null
      ? {}
      : {
          whole: {
            kvHeads: globalHeads ?? kvHeads,
            keyLength: globalLength ?? length,
            valueLength: globalLength ?? length,
          },
        };
  const cache = cacheOf({
    layers,
    kvHeads,
    keyLength: length,
    valueLength: length,
    windowTokens: number("sliding_window"),
    isWindowed: (layer) => (types.length > 0 ? types[layer] === "sliding_attention" : (layer + 1) % every !== 0),
    keeps: (layer) => (types.length > 0 ? types[layer] !== "linear_attention" : (layer + 1) % fullEvery === 0),
    ...wholeLayers,
  });
  return { contextTokens, cache };
}

function readConfig(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    return text.length > configBytesMax ? "" : text;
  } catch {
    // reason: weights without it can still be counted.
    return "";
  }
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    // reason: what is no JSON says nothing.
    return null;
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
