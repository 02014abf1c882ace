/** Lines to paste for the machine at hand: the largest of the known models that fits, by each of the model servers that the host finds by itself. Pure. */
import { fitModel, type Memory, type Wanted } from "./fit.ts";
import { KNOWN_MODELS, type KnownModel } from "./knownModels.ts";

export interface Recipe {
  readonly server: "Ollama" | "vLLM" | "llama.cpp" | "LM Studio";
  readonly lines: readonly string[];
}

/** The largest that fits; `null`: none does. */
export function bestModel(memory: Memory, wanted: Wanted): KnownModel | null {
  return KNOWN_MODELS.filter((model) => fitModel(model, memory, wanted).fits).at(-1) ?? null;
}

export function recipesFor(
  { name, ollama, vllm }: KnownModel,
  { kind, bytes }: Memory,
  { contextTokens, concurrency }: Wanted,
): readonly Recipe[] {
  const total = contextTokens * concurrency;
  const recipes: Recipe[] = [
    {
      server: "Ollama",
      lines: [
        `ollama pull ${ollama}`,
        `OLLAMA_HOST=127.0.0.1 OLLAMA_CONTEXT_LENGTH=${contextTokens} OLLAMA_NUM_PARALLEL=${concurrency} ollama serve`,
      ],
    },
    {
      server: "llama.cpp",
      lines: [
        `llama-server -m ${name}.gguf --host 127.0.0.1 --port 8080 -c ${total} -np ${concurrency} ${kind === "ram" ? "-ngl 0" : "-ngl 99"}${bytes.length > 1 ? " --split-mode layer" : ""}`,
      ],
    },
    {
      server: "LM Studio",
      lines: [
        `lms load ${name} --context-length ${contextTokens}${kind === "ram" ? "" : " --gpu max"}`,
        "lms server start --port 1234",
      ],
    },
  ];
  // It wants a card, and weights that somebody made for it: a GGUF file is not its own.
  if (kind === "gpu" && vllm !== null) {
    const parallel = bytes.length > 1 ? ` --tensor-parallel-size ${bytes.length}` : "";
    recipes.push({
      server: "vLLM",
      lines: [
        `vllm serve ${vllm} --host 127.0.0.1 --port 8000 --max-model-len ${contextTokens} --max-num-seqs ${concurrency}${parallel}`,
      ],
    });
  }
  return recipes;
}
