/** What a model costs in memory, as far as its own header says so. */

/** Layers that keep keys and values of the text alike. */
export interface CacheLayers {
  readonly layers: number;
  /** Numbers that one layer keeps for one token: keys and values of all its heads. */
  readonly valuesPerToken: number;
  /** Such a layer looks back so far and no further; `null`: as far as the context goes. */
  readonly windowTokens: number | null;
}

export interface ModelShape {
  /** Of the weights, as they lie in the file. */
  readonly bytes: number;
  /** `null`: the header does not say, and only the weights can be counted. */
  readonly cache: readonly CacheLayers[] | null;
  /** The longest text it was trained for; `null`: not said. */
  readonly contextTokens: number | null;
}

/** What headers say of a model's attention; the same in GGUF and in config.json, under other names. */
export interface Attention {
  readonly layers: number;
  /** Heads that keep keys and values, the same in each layer or one number each. */
  readonly kvHeads: number | readonly number[];
  readonly keyLength: number;
  readonly valueLength: number;
  readonly windowTokens: number | null;
  /** Whether a layer looks back over its window only. */
  readonly isWindowed: (layer: number) => boolean;
  /** Whether a layer keeps anything at all: those of hybrids that carry a state instead do not. */
  readonly keeps: (layer: number) => boolean;
  /** Of layers without a window, where they differ. */
  readonly whole?: { readonly kvHeads: number; readonly keyLength: number; readonly valueLength: number };
}

/** More than any model has; a header that says more is not believed. */
const layersMax = 10_000;
const valuesMax = 10_000_000;

/** `null`: numbers that no model has. */
export function cacheOf(attention: Attention): readonly CacheLayers[] | null {
  const { layers, kvHeads, keyLength, valueLength, windowTokens, isWindowed, keeps, whole } = attention;
  if (!Number.isSafeInteger(layers) || layers < 1 || layers > layersMax) return null;
  const groups = new Map<string, CacheLayers>();
  for (let layer = 0; layer < layers; layer++) {
    if (!keeps(layer)) continue;
    const window = windowTokens !== null && isWindowed(layer) ? windowTokens : null;
    const heads = typeof kvHeads === "number" ? kvHeads : (kvHeads[layer] ?? 0);
    const values =
      window === null && whole !== undefined
        ? whole.kvHeads * (whole.keyLength + whole.valueLength)
        : heads * (keyLength + valueLength);
    if (!Number.isSafeInteger(values) || values < 0 || values > valuesMax) return null;
    const key = `${values}/${window}`;
    groups.set(key, { layers: (groups.get(key)?.layers ?? 0) + 1, valuesPerToken: values, windowTokens: window });
  }
  return [...groups.values()].filter(({ valuesPerToken }) => valuesPerToken > 0);
}
