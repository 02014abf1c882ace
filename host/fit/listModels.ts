/** Every model that can be spoken of here, each with whether it fits: what the host uses, the files in its home, and the well-known ones. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { readGgufShape } from "../backends/embedded/gguf.ts";
import { fitModel, type Fit, type Memory, type Wanted } from "./fit.ts";
import { findKnownModel, KNOWN_MODELS } from "./knownModels.ts";
import { readMeasured, type Measurement } from "./measured.ts";
import { readSafetensorsShape } from "./safetensors.ts";
import type { ModelShape } from "./shape.ts";

export interface ListedModel extends Omit<Fit, "why" | "fits" | "neededBytes" | "weightBytes"> {
  readonly name: string;
  /** `host`: it answers with it; `file`: it lies in the home; `known`: one of the table. */
  readonly source: "host" | "file" | "known";
  /** Of its weights; `null`: nobody says. */
  readonly bytes: number | null;
  readonly neededBytes: number | null;
  /** `null`: cannot be told. */
  readonly fits: boolean | null;
  readonly why: string;
  /** What `sovereign bench` found here, the shortest prompt first; empty: nobody has measured. */
  readonly measured: readonly Measurement[];
}

export interface ListOptions {
  readonly home: string;
  /** Of the host that was asked; empty without one. */
  readonly hostModels: readonly string[];
  readonly memory: Memory;
  readonly wanted: Wanted;
}

export function listModels({ home, hostModels, memory, wanted }: ListOptions): readonly ListedModel[] {
  const files = modelFiles(home);
  const found = readMeasured(home);
  const judge = (
    name: string,
    source: ListedModel["source"],
    shape: ModelShape | null,
    unsaid: string,
  ): ListedModel => {
    const measured = found.find(({ model }) => model === name && source === "host")?.rows ?? [];
    if (shape === null)
      return {
        name,
        source,
        bytes: null,
        neededBytes: null,
        cacheBytes: null,
        fits: null,
        why: unsaid,
        offload: null,
        step: null,
        measured,
      };
    const { weightBytes: bytes, ...fit } = fitModel(shape, memory, wanted);
    return { name, source, bytes, ...fit, measured };
  };
  const used = hostModels.map((name) => {
    const file = files.find((each) => each.name === name)?.shape ?? null;
    return judge(
      name,
      "host",
      file ?? findKnownModel(name),
      "Its server does not say what it needs, and it is not in the table.",
    );
  });
  const lying = files
    .filter(({ name }) => !hostModels.includes(name))
    .map(({ name, shape }) =>
      judge(
        name,
        "file",
        shape,
        "This is no model file, or a part of it is cut off. Fetch it again: sovereign models pull NAME.",
      ),
    );
  const spoken = new Set(used.map(({ name }) => findKnownModel(name)?.name));
  const known = KNOWN_MODELS.filter(({ name }) => !spoken.has(name)).map((model) =>
    judge(model.name, "known", model, ""),
  );
  return [...used, ...lying, ...known];
}

/** HOME/models, and a folder of safetensors in it. */
function modelFiles(home: string): readonly { readonly name: string; readonly shape: ModelShape | null }[] {
  try {
    return readdirSync(join(home, "models"), { withFileTypes: true }).flatMap((entry) => {
      const path = join(home, "models", entry.name);
      if (entry.isDirectory()) return [{ name: entry.name, shape: readSafetensorsShape(path) }];
      return entry.isFile() && entry.name.endsWith(".gguf")
        ? [{ name: basename(entry.name, ".gguf"), shape: readShape(path) }]
        : [];
    });
  } catch {
    // reason: a home without models.
    return [];
  }
}

function readShape(path: string): ModelShape | null {
  try {
    return readGgufShape(path);
  } catch {
    // reason: a file that this user cannot read is told like one that is no model.
    return null;
  }
}
