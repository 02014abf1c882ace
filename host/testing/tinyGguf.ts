/**
 * A model file of half a megabyte with random weights: a real llama architecture with two layers and a vocabulary of bytes. It says nothing
 * that means anything, and it says it through every layer that a real model goes through.
 */
import { writeFileSync } from "node:fs";

const width = 64;
const layers = 2;
const heads = 4;
const feedForward = 128;
const contextTokens = 2_048;
const alignment = 32;

/** Types of values in a GGUF header. */
const U32 = 4;
const I32 = 5;
const F32 = 6;
const STRING = 8;
const ARRAY = 9;

/** The seed is what makes two files differ. */
export function writeTinyGguf(path: string, seed = 1): void {
  writeFileSync(path, tinyGguf(seed));
}

export function tinyGguf(seed = 1): Uint8Array {
  const values = headerValues();
  const tensors = tensorShapes().map((tensor) => ({ ...tensor, data: weights(tensor.shape, seed) }));
  let offset = 0;
  const infos = tensors.map(({ name, shape, data }) => {
    const info = Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset)]);
    offset += padded(data).length;
    return info;
  });
  const head = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(values.length), ...values, ...infos];
  return Buffer.concat([padded(Buffer.concat(head)), ...tensors.map(({ data }) => padded(data))]);
}

function headerValues(): Buffer[] {
  const tokens = ["<unk>", "<s>", "</s>"];
  const kinds = [2, 3, 3];
  const scores = [0, 0, 0];
  for (let byte = 0; byte < 256; byte++) {
    tokens.push(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
    kinds.push(6);
    scores.push(0);
  }
  for (const word of ["▁the", "▁a", "▁is", "▁private", "▁hello", "e", "t", "a", "o", "n", "▁"]) {
    tokens.push(word);
    kinds.push(1);
    scores.push(-1);
  }
  const llama = (name: string, value: number): Buffer => entry(`llama.${name}`, U32, u32(value));
  return [
    entry("general.architecture", STRING, text("llama")),
    entry("general.name", STRING, text("tiny-random")),
    llama("context_length", contextTokens),
    llama("embedding_length", width),
    llama("block_count", layers),
    llama("feed_forward_length", feedForward),
    llama("attention.head_count", heads),
    llama("attention.head_count_kv", heads),
    entry("llama.attention.layer_norm_rms_epsilon", F32, f32(1e-5)),
    llama("rope.dimension_count", width / heads),
    llama("vocab_size", tokens.length),
    entry("tokenizer.ggml.model", STRING, text("llama")),
    entry("tokenizer.ggml.tokens", ARRAY, list(STRING, tokens.map(text))),
    entry("tokenizer.ggml.scores", ARRAY, list(F32, scores.map(f32))),
    entry("tokenizer.ggml.token_type", ARRAY, list(I32, kinds.map(i32))),
    entry("tokenizer.ggml.bos_token_id", U32, u32(1)),
    entry("tokenizer.ggml.eos_token_id", U32, u32(2)),
    entry("tokenizer.ggml.unknown_token_id", U32, u32(0)),
  ];
}

function tensorShapes(): { name: string; shape: number[] }[] {
  const vocabulary = 270;
  const ofLayer = (layer: number): { name: string; shape: number[] }[] =>
    Object.entries({
      attn_norm: [width],
      attn_q: [width, width],
      attn_k: [width, width],
      attn_v: [width, width],
      attn_output: [width, width],
      ffn_norm: [width],
      ffn_gate: [width, feedForward],
      ffn_up: [width, feedForward],
      ffn_down: [feedForward, width],
    }).map(([name, shape]) => ({ name: `blk.${layer}.${name}.weight`, shape }));
  return [
    { name: "token_embd.weight", shape: [width, vocabulary] },
    ...Array.from({ length: layers }, (_, layer) => ofLayer(layer)).flat(),
    { name: "output_norm.weight", shape: [width] },
    { name: "output.weight", shape: [width, vocabulary] },
  ];
}

function weights(shape: readonly number[], seed: number): Buffer {
  const count = shape.reduce((product, size) => product * size, 1);
  const floats = new Float32Array(count);
  let state = seed;
  for (let at = 0; at < count; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    // Norms are ones, as in a model that has not learnt anything yet.
    floats[at] = shape.length === 1 ? 1 : (state / 0x7fffffff - 0.5) * 0.3;
  }
  return Buffer.from(floats.buffer);
}

function entry(name: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([text(name), u32(type), value]);
}

function list(type: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(type), u64(items.length), ...items]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
