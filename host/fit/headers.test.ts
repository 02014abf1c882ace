import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseGgufHead } from "../backends/embedded/gguf.ts";
import { parseModelConfig, readSafetensorsShape } from "./safetensors.ts";
import { cacheOf } from "./shape.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "sovereign-headers-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe("headers", () => {
  it("FT10 GGUF: heads for each layer, keys of a length of their own, windows by the file's pattern or its architecture", () => {
    const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
    const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
    const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
    const number = (key: string, value: number): Buffer => Buffer.concat([text(key), u32(4), u32(value)]);
    const list = (key: string, type: number, values: readonly Buffer[]): Buffer =>
      Buffer.concat([text(key), u32(9), u32(type), u64(values.length), ...values]);
    const file = (architecture: string, ...entries: readonly Buffer[]): Buffer =>
      Buffer.concat([
        Buffer.from("GGUF"),
        u32(3),
        u64(0),
        u64(entries.length + 1),
        text("general.architecture"),
        u32(8),
        text(architecture),
        ...entries,
      ]);
    const common = (a: string): Buffer[] => [
      number(`${a}.block_count`, 4),
      number(`${a}.embedding_length`, 512),
      number(`${a}.attention.head_count`, 8),
      number(`${a}.attention.head_count_kv`, 2),
    ];
    const cacheIn = (bytes: Buffer) => parseGgufHead(bytes)?.cache;
    expect(cacheIn(file("llama", ...common("llama")))).toEqual([
      { layers: 4, valuesPerToken: 256, windowTokens: null },
    ]);
    expect(
      cacheIn(
        file(
          "llama",
          ...common("llama"),
          number("llama.attention.key_length", 100),
          number("llama.attention.value_length", 28),
        ),
      ),
    ).toEqual([{ layers: 4, valuesPerToken: 256, windowTokens: null }]);
    expect(cacheIn(file("gpt-oss", ...common("gpt-oss"), number("gpt-oss.attention.sliding_window", 128)))).toEqual([
      { layers: 2, valuesPerToken: 256, windowTokens: 128 },
      { layers: 2, valuesPerToken: 256, windowTokens: null },
    ]);
    const flags = [1, 1, 1, 0].map((flag) => Buffer.from([flag]));
    expect(
      cacheIn(
        file(
          "new",
          ...common("new"),
          number("new.attention.sliding_window", 64),
          list("new.attention.sliding_window_pattern", 7, flags),
        ),
      ),
    ).toEqual([
      { layers: 3, valuesPerToken: 256, windowTokens: 64 },
      { layers: 1, valuesPerToken: 256, windowTokens: null },
    ]);
    // A window without a pattern is not relied on: what is not known costs more, never less.
    expect(cacheIn(file("odd", ...common("odd"), number("odd.attention.sliding_window", 64)))).toEqual([
      { layers: 4, valuesPerToken: 256, windowTokens: null },
    ]);
    const perLayer = list("x.attention.head_count_kv", 4, [2, 0, 4, 0].map(u32));
    expect(cacheIn(file("x", ...common("x").slice(0, 3), perLayer))).toEqual([
      { layers: 1, valuesPerToken: 256, windowTokens: null },
      { layers: 1, valuesPerToken: 512, windowTokens: null },
    ]);
    expect(cacheIn(file("hybrid", ...common("hybrid"), number("hybrid.full_attention_interval", 4)))).toEqual([
      { layers: 1, valuesPerToken: 256, windowTokens: null },
    ]);
    expect(cacheIn(file("none"))).toBeNull();
  });

  it("FT11 safetensors: the weights that the headers name, the attention of config.json, nothing from what is cut off", () => {
    const folder = join(home, "model");
    mkdirSync(folder);
    const part = (name: string, bytes: number): string => {
      const header = Buffer.from(
        JSON.stringify({
          __metadata__: { format: "pt" },
          a: { dtype: "F16", shape: [bytes / 2], data_offsets: [0, bytes] },
        }),
      );
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      const path = join(folder, name);
      writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(bytes)]));
      return path;
    };
    part("model-1.safetensors", 1_000);
    const last = part("model-2.safetensors", 500);
    expect(readSafetensorsShape(folder)).toEqual({ bytes: 1_500, contextTokens: null, cache: null });
    const config = {
      text_config: {
        num_hidden_layers: 6,
        num_attention_heads: 8,
        num_key_value_heads: 4,
        head_dim: 32,
        sliding_window: 512,
        max_position_embeddings: 9_000,
        layer_types: [
          "sliding_attention",
          "linear_attention",
          "full_attention",
          "sliding_attention",
          "linear_attention",
          "full_attention",
        ],
      },
    };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    expect(readSafetensorsShape(folder)).toEqual({
      bytes: 1_500,
      contextTokens: 9_000,
      cache: [
        { layers: 2, valuesPerToken: 256, windowTokens: 512 },
        { layers: 2, valuesPerToken: 256, windowTokens: null },
      ],
    });
    truncateSync(last, 300);
    expect(readSafetensorsShape(folder)).toBeNull();
    writeFileSync(last, "not a model at all");
    expect(readSafetensorsShape(folder)).toBeNull();
    expect(readSafetensorsShape(join(home, "nowhere"))).toBeNull();
    for (const text of [
      "",
      "[]",
      "null",
      '{"num_hidden_layers":"many"}',
      '{"num_hidden_layers":1e9,"num_attention_heads":1,"hidden_size":1}',
    ])
      expect(parseModelConfig(text).cache, text).toBeNull();
    expect(
      cacheOf({
        layers: 1,
        kvHeads: 1e9,
        keyLength: 1,
        valueLength: 1,
        windowTokens: null,
        isWindowed: () => false,
        keeps: () => true,
      }),
    ).toBeNull();
  });
});
