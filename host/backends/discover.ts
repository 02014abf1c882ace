/**
 * Finding what answers: the address the owner configured, else a model server on this machine's usual ports, else the guide.
 * Only loopback is ever probed, and never our own ports, so that a host cannot end up asking itself.
 */
import { BackendError, type Backend } from "./backend.ts";
import { awayError } from "./backendErrors.ts";
import { createGuideBackend } from "./guide/guide.ts";
import { probeMs } from "./limits.ts";
import { createOpenAiBackend, listModels } from "./openAi.ts";

/** Where these servers listen unless told otherwise, in the order in which they are looked for. */
const usualPorts = [
  { port: 1234, product: "LM Studio" },
  { port: 11434, product: "Ollama" },
  { port: 8000, product: "vLLM" },
  { port: 8080, product: "llama.cpp" },
] as const;

export interface DiscoverOptions {
  /** SOVEREIGN_BACKEND. */
  readonly configured: string | null;
  readonly ownPorts: readonly number[];
  readonly ports?: readonly { readonly port: number; readonly product: string }[];
}

/** What was found, and whether it was there just now. A configured server that is away stays the backend: see `awayBackend`. */
export interface Discovery {
  readonly backend: Backend;
  /** Two discoveries with one key are the same backend with the same models. */
  readonly key: string;
  readonly isThere: boolean;
  /** Up to and including /v1; `null` where there is no server to ask. */
  readonly baseUrl: string | null;
}

export async function discoverBackend(options: DiscoverOptions): Promise<Discovery> {
  if (options.configured !== null) return discoverConfigured(options.configured, options.ownPorts);
  const ports = (options.ports ?? usualPorts).filter(({ port }) => !options.ownPorts.includes(port));
  const found = await Promise.all(ports.map(({ port, product }) => probe(`http://127.0.0.1:${port}/v1`, product)));
  const first = found.find((discovery) => discovery !== null);
  return first ?? { backend: createGuideBackend(), key: "guide", isThere: true, baseUrl: null };
}

/** Parses SOVEREIGN_BACKEND. An address without a path gets the usual one. Throws `BackendError("backend-config")`. */
export function parseBackendUrl(text: string, ownPorts: readonly number[]): string {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text.trim()) ? text.trim() : `http://${text.trim()}`);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.hostname === "") {
    throw configError(text, "is not an address. It should look like http://127.0.0.1:11434/v1");
  }
  if (url.username !== "" || url.password !== "") {
    throw configError(
      `${url.protocol}//…@${url.host}`,
      "holds a name or a password, which would be sent along. Leave them out",
    );
  }
  if (isLoopback(url.hostname) && ownPorts.includes(Number(url.port || (url.protocol === "https:" ? 443 : 80)))) {
    throw configError(text, "is Sovereign itself. Give it the address of a model server");
  }
  const path = url.pathname.replace(/\/+$/, "");
  return `${url.origin}${path === "" ? "/v1" : path}`;
}

async function discoverConfigured(configured: string, ownPorts: readonly number[]): Promise<Discovery> {
  let baseUrl: string;
  try {
    baseUrl = parseBackendUrl(configured, ownPorts);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return away("the configured address", error);
  }
  const { host, port } = new URL(baseUrl);
  const guess = usualPorts.find((usual) => String(usual.port) === port)?.product ?? "Your model server";
  const name = `${guess} at ${host}`;
  try {
    const models = await listModels(baseUrl, name, probeMs * 2);
    return found(
      baseUrl,
      productOf(models, guess),
      models.map((model) => model.id),
    );
  } catch (error) {
    return away(host, error instanceof BackendError ? error : awayError(name, error));
  }
}

async function probe(baseUrl: string, product: string): Promise<Discovery | null> {
  try {
    const models = await listModels(baseUrl, product, probeMs);
    // Our own gateway, perhaps of another host on this machine; and a server without a model cannot answer.
    if (models.length === 0 || models.some((model) => model.ownedBy === "sovereign")) return null;
    return found(
      baseUrl,
      productOf(models, product),
      models.map((model) => model.id),
    );
  } catch (error) {
    if (error instanceof BackendError) return null;
    throw error;
  }
}

function found(baseUrl: string, product: string, models: readonly string[]): Discovery {
  const key = JSON.stringify([baseUrl, product, models]);
  return { backend: createOpenAiBackend({ baseUrl, product, models }), key, isThere: true, baseUrl };
}

/**
 * What the owner configured and cannot be reached. It stays the backend, and each question is answered with what is wrong: the
 * guide would be an answer from something else than what the owner chose.
 */
function away(host: string, error: BackendError): Discovery {
  const backend: Backend = {
    kind: "model",
    label: `No answer from ${host}`,
    where: host,
    models: [],
    defaultModel: "",
    // oxlint-disable-next-line require-yield -- reason: there is nothing to say but the error.
    async *answer() {
      throw error;
    },
  };
  return { backend, key: `away:${host}:${error.code}`, isThere: false, baseUrl: null };
}

/** Several servers name themselves in `owned_by`; for the others the port is the best guess. */
function productOf(models: readonly { readonly ownedBy: string }[], fallback: string): string {
  const ownedBy = models[0]?.ownedBy ?? "";
  if (ownedBy === "library") return "Ollama";
  if (ownedBy === "vllm") return "vLLM";
  if (ownedBy === "llamacpp") return "llama.cpp";
  if (ownedBy === "organization_owner") return "LM Studio";
  return fallback;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function configError(text: string, what: string): BackendError {
  return new BackendError(
    "backend-config",
    `SOVEREIGN_BACKEND (${text.slice(0, 200)}) ${what}, then start Sovereign again.`,
  );
}
