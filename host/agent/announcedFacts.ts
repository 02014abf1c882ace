/** What an announcement says of each model, as far as there is room: what its server told the pool, and where that is. */
import type { HostInfo } from "#crypto/announcement.ts";
import { serverCharsMax, serversMax } from "#crypto/limits.ts";
import type { ModelFacts } from "#crypto/modelFacts.ts";
import type { Backend } from "../backends/backend.ts";

type Known = Required<Pick<HostInfo, "facts" | "servers">>;

/** Of the models from the first on: where the room ends, the rest is left out, so that a place in the list still says which it is. */
export function factsWithin(
  backend: Pick<Backend, "describe" | "where" | "whereIs" | "kind">,
  models: readonly string[],
  bytesMax: number,
): Known {
  const servers: string[] = [];
  const facts: ModelFacts[] = [];
  if (backend.kind === "guide") return { facts, servers };
  let left = bytesMax;
  for (const model of models) {
    const where = (backend.whereIs === undefined ? backend.where : (backend.whereIs(model) ?? "")).slice(
      0,
      serverCharsMax,
    );
    const isNew = where !== "" && !servers.includes(where) && servers.length < serversMax;
    const server = isNew ? servers.length : servers.indexOf(where);
    const about = toFacts(backend, model, server);
    left -= bytesOf(about) + (isNew ? bytesOf(where) : 0);
    if (left < 0) break;
    if (isNew) servers.push(where);
    facts.push(about);
  }
  return { facts, servers };
}

function toFacts(backend: Pick<Backend, "describe">, model: string, server: number): ModelFacts {
  const info = backend.describe(model);
  const { contextTokens, sizeBytes, isLoaded, vision, tools, reasoning } = info ?? {};
  return {
    ...(typeof contextTokens === "number" ? { contextTokens } : {}),
    ...(typeof sizeBytes === "number" ? { sizeBytes } : {}),
    ...(typeof isLoaded === "boolean" ? { isLoaded } : {}),
    ...(typeof vision === "boolean" ? { vision } : {}),
    ...(typeof tools === "boolean" ? { tools } : {}),
    ...(typeof reasoning === "boolean" ? { reasoning } : {}),
    ...(server >= 0 ? { server } : {}),
  };
}

/** With the comma after it. */
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;
