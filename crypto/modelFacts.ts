/** What a host knows of one of its models, as it says it in its announcement. All of it may be left out: nobody there knows. */
import { CryptoError } from "./errors.ts";
import { modelsMax, serverCharsMax, serversMax } from "./limits.ts";

export interface ModelFacts {
  /** Prompt and answer together, as it is served now. */
  readonly contextTokens?: number;
  /** Of its files. */
  readonly sizeBytes?: number;
  /** In memory now; false: its first answer waits until it is. */
  readonly isLoaded?: boolean;
  /** Pictures, tools and thinking, where its server says so; false: it cannot. */
  readonly vision?: boolean;
  readonly tools?: boolean;
  readonly reasoning?: boolean;
  /** As its owner measured it there (`sovereign bench`), after a short prompt. */
  readonly tokensPerSecond?: number;
  readonly firstTokenMs?: number;
  /** Where it runs: a place in `HostInfo.servers`. */
  readonly server?: number;
}

const counts = ["contextTokens", "sizeBytes", "tokensPerSecond", "firstTokenMs", "server"] as const;
const answers = ["isLoaded", "vision", "tools", "reasoning"] as const;

/** What later versions say beside these is passed over. Throws `CryptoError`. */
export function parseFacts(value: unknown): readonly ModelFacts[] {
  if (!Array.isArray(value) || value.length > modelsMax) throw new CryptoError("malformed", "facts about models");
  return value.map((entry: unknown): ModelFacts => {
    if (typeof entry !== "object" || entry === null) throw new CryptoError("malformed", "facts about a model");
    const said = entry as Readonly<Record<string, unknown>>;
    return {
      ...pick(said, counts, (count): count is number => Number.isSafeInteger(count) && (count as number) >= 0),
      ...pick(said, answers, (answer): answer is boolean => typeof answer === "boolean"),
    };
  });
}

export function parseServers(value: unknown): readonly string[] {
  const isServer = (server: unknown): server is string => typeof server === "string" && server.length <= serverCharsMax;
  if (!Array.isArray(value) || value.length > serversMax || !value.every(isServer)) {
    throw new CryptoError("malformed", "places of models");
  }
  return value;
}

/** Those that are there; one that is not what it should be spoils the whole. */
function pick<Name extends string, Value>(
  said: Readonly<Record<string, unknown>>,
  names: readonly Name[],
  is: (value: unknown) => value is Value,
): { readonly [Each in Name]?: Value } {
  const found: { [Each in Name]?: Value } = {};
  for (const name of names) {
    const value = said[name];
    if (value === undefined) continue;
    if (!is(value)) throw new CryptoError("malformed", `facts about a model: ${name}`);
    found[name] = value;
  }
  return found;
}
