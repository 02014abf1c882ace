/**
 * Models that people ask about, by what their publishers say: bytes of the usual 4-bit file, and the numbers of config.json. Nobody here vouches
 * for a file by this table; what lies on the disk is judged by its own header (gguf.ts, safetensors.ts).
 */
import { cacheOf, type Attention, type ModelShape } from "./shape.ts";

export interface KnownModel extends ModelShape {
  readonly name: string;
  /** What the 4-bit file is called where it is got: for Ollama. */
  readonly ollama: string;
  /** Weights of about this size that vLLM takes, by their repository; `null`: none that its publisher makes. */
  readonly vllm: string | null;
  /** Of the weights, what one token goes through: less than all in a mixture of experts. */
  readonly activeShare: number;
}

const GB = 1_000_000_000;
type Numbers = Pick<Attention, "layers" | "keyLength"> & { readonly kvHeads: number } & Partial<Attention>;

const cache = (numbers: Numbers): ModelShape["cache"] =>
  cacheOf({
    valueLength: numbers.keyLength,
    windowTokens: null,
    isWindowed: () => false,
    keeps: () => true,
    ...numbers,
  });
/** Of so many layers each last one looks back over the whole text. */
const allButEvery = (every: number) => (layer: number) => (layer + 1) % every !== 0;

export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    name: "llama3.2-3b",
    ollama: "llama3.2:3b",
    vllm: null,
    bytes: 2.0 * GB,
    activeShare: 1,
    contextTokens: 131_072,
    cache: cache({ layers: 28, kvHeads: 8, keyLength: 128 }),
  },
  {
    name: "llama3.1-8b",
    ollama: "llama3.1:8b",
    vllm: null,
    bytes: 4.9 * GB,
    activeShare: 1,
    contextTokens: 131_072,
    cache: cache({ layers: 32, kvHeads: 8, keyLength: 128 }),
  },
  {
    name: "qwen3-8b",
    ollama: "qwen3:8b",
    vllm: "Qwen/Qwen3-8B-AWQ",
    bytes: 5.0 * GB,
    activeShare: 1,
    contextTokens: 40_960,
    cache: cache({ layers: 36, kvHeads: 8, keyLength: 128 }),
  },
  {
    name: "gemma3-12b",
    ollama: "gemma3:12b",
    vllm: null,
    bytes: 8.1 * GB,
    activeShare: 1,
    contextTokens: 131_072,
    cache: cache({ layers: 48, kvHeads: 8, keyLength: 256, windowTokens: 1_024, isWindowed: allButEvery(6) }),
  },
  {
    name: "qwen3-14b",
    ollama: "qwen3:14b",
    vllm: "Qwen/Qwen3-14B-AWQ",
    bytes: 9.0 * GB,
    activeShare: 1,
    contextTokens: 40_960,
    cache: cache({ layers: 40, kvHeads: 8, keyLength: 128 }),
  },
  {
    name: "gpt-oss-20b",
    ollama: "gpt-oss:20b",
    vllm: "openai/gpt-oss-20b",
    bytes: 13 * GB,
    activeShare: 3.6 / 20.9,
    contextTokens: 131_072,
    cache: cache({ layers: 24, kvHeads: 8, keyLength: 64, windowTokens: 128, isWindowed: allButEvery(2) }),
  },
  {
    name: "mistral-small-24b",
    ollama: "mistral-small:24b",
    vllm: null,
    bytes: 14.3 * GB,
    activeShare: 1,
    contextTokens: 32_768,
    cache: cache({ layers: 40, kvHeads: 8, keyLength: 128 }),
  },
  {
    name: "gemma4-31b",
    ollama: "gemma4:31b",
    vllm: null,
    bytes: 19 * GB,
    activeShare: 1,
    contextTokens: 262_144,
    cache: cache({
      layers: 60,
      kvHeads: 16,
      keyLength: 256,
      windowTokens: 1_024,
      isWindowed: allButEvery(6),
      whole: { kvHeads: 4, keyLength: 512, valueLength: 512 },
    }),
  },
  {
    name: "qwen3-32b",
    ollama: "qwen3:32b",
    vllm: "Qwen/Qwen3-32B-AWQ",
    bytes: 19.8 * GB,
    activeShare: 1,
    contextTokens: 40_960,
    cache: cache({ layers: 64, kvHeads: 8, keyLength: 128 }),
  },
  {
    name: "qwen3.6-35b-a3b",
    ollama: "qwen3.6:35b-a3b",
    vllm: null,
    bytes: 24 * GB,
    activeShare: 3 / 35,
    contextTokens: 262_144,
    // Three layers of four carry a state of fixed size, some MB in all.
    cache: cache({ layers: 40, kvHeads: 2, keyLength: 256, keeps: (layer) => (layer + 1) % 4 === 0 }),
  },
  {
    name: "llama3.3-70b",
    ollama: "llama3.3:70b",
    vllm: null,
    bytes: 42.5 * GB,
    activeShare: 1,
    contextTokens: 131_072,
    cache: cache({ layers: 80, kvHeads: 8, keyLength: 128 }),
  },
  {
    name: "gpt-oss-120b",
    ollama: "gpt-oss:120b",
    vllm: "openai/gpt-oss-120b",
    bytes: 60 * GB,
    activeShare: 5.1 / 116.8,
    contextTokens: 131_072,
    cache: cache({ layers: 36, kvHeads: 8, keyLength: 64, windowTokens: 128, isWindowed: allButEvery(2) }),
  },
];

/** A rule of thumb for memory that system and model share, at 4 bits and a short context. */
export const UNIFIED_MEMORY: readonly { readonly gb: number; readonly parameters: string }[] = [
  { gb: 8, parameters: "7-8B" },
  { gb: 16, parameters: "13-14B" },
  { gb: 36, parameters: "32-34B" },
];

/** A model server's name for one of these: "gpt-oss:120b", "openai/gpt-oss-120b". */
export function findKnownModel(name: string): KnownModel | null {
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^.*\//, "")
      .replace(/:latest$/, "")
      .replace(/[^a-z0-9.]/g, "");
  const wanted = plain(name);
  const isWanted = (each: string | null): boolean => each !== null && plain(each) === wanted;
  return KNOWN_MODELS.find(({ name: own, ollama, vllm }) => [own, ollama, vllm].some(isWanted)) ?? null;
}
