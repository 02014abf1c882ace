/** What an announcement says of each model, as far as there is room: what its server told the pool, and where that is. */
import type { HostInfo } from "#crypto/announcement.ts";
import { serverCharsMax, serversMax } from "#crypto/limits.ts";
import type { ModelFacts } from "#crypto/modelFacts.ts";
import type { Backend } from "../backends/backend.ts";
import type { Measurement } from "../fit/measured.ts";

/** What was measured of a model at that place; `null`: nothing. */
export type MeasuredAt = (model: string, where: string) => Omit<Measurement, "promptTokens"> | null;
type Known = Required<Pick<HostInfo, "facts" | "servers">>;

/** Of the models from the first on: where the room ends, the rest is left out, so that a place in the list still says which it is. */
export function factsWithin(
  backend: Pick<Backend, "describe" | "where" | "whereIs" | "kind">,
  models: readonly string[],
  bytesMax: number,
  measured: MeasuredAt = () => null,
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
    const about = { ...toFacts(backend, model, server), ...toSpeed(measured(model, where)) };
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

/** A rate below one a second is none that a list has room to explain. */
function toSpeed(measured: ReturnType<MeasuredAt>): ModelFacts {
  if (measured === null || measured.tokensPerSecond < 1) return {};
  return {
    tokensPerSecond: Math.round(measured.tokensPerSecond),
    firstTokenMs: Math.round(measured.firstTokenMs),
  };
}

/** With the comma after it. */
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;
