/**
 * One POST to a push service (RFC 8030). The name is resolved once, all that it resolves to has to be public, and the connection goes to exactly that: no second
 * look-up, no redirect, no proxy, nothing kept open, and nothing of the answer but its status and how long to wait.
 */
import { lookup } from "node:dns/promises";
import { request } from "node:https";
import { isIPv4, type LookupFunction } from "node:net";
import { isPublicAddress } from "../outside/publicAddress.ts";
import { answerHeaderBytesMax, keptSecondsMax, postMsMax, retryAfterMsMax } from "./limits.ts";

/**
 * `gone`: there is no such subscription any more, or it is another key's. `later`: after so long, or when it suits us. `refused`: never, as it is.
 */
export type PostOutcome =
  | { readonly kind: "sent" | "gone" | "refused" }
  | { readonly kind: "later"; readonly afterMs: number | null };

/** For tests: a service that stands on this machine. */
export interface PostPorts {
  readonly resolve: (name: string) => Promise<readonly string[]>;
  readonly isAllowed: (address: string) => boolean;
  readonly port: number;
  readonly authority?: string;
}

export const internet: PostPorts = {
  resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  isAllowed: isPublicAddress,
  port: 443,
};

/**
 * The same words for every message: a service that keeps one for a sleeping phone replaces it by the next, and learns from neither which chat it was.
 */
const HEADERS = {
  ...{ ttl: String(keptSecondsMax), urgency: "normal", topic: "answer" },
  ...{ "content-type": "application/octet-stream", "content-encoding": "aes128gcm" },
};

export async function postPush(
  url: URL,
  authorization: string,
  body: Uint8Array,
  ports: PostPorts,
  signal: AbortSignal,
): Promise<PostOutcome> {
  let addresses: readonly string[];
  try {
    addresses = await ports.resolve(url.hostname);
  } catch {
    // reason: without a network there are no names; it may be back soon.
    return { kind: "later", afterMs: null };
  }
  if (addresses.length === 0 || !addresses.every(ports.isAllowed)) return { kind: "refused" };
  const status = await ask(url, { ...HEADERS, authorization }, body, addresses, ports, signal);
  return status === null ? { kind: "later", afterMs: null } : outcomeOf(status.code, status.retryAfter);
}

/** `null`: no answer came. */
function ask(
  { hostname, pathname, search }: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  addresses: readonly string[],
  { port, authority }: PostPorts,
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly retryAfter: string } | null> {
  const vetted = addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));
  const lookUp: LookupFunction = (_name, options, found) => {
    if (options.all === true) return found(null, vetted);
    found(null, vetted[0]?.address ?? "", vetted[0]?.family ?? 4);
  };
  return new Promise((resolve) => {
    const asked = request(
      {
        ...{ method: "POST", host: hostname, servername: hostname, port, path: pathname + search },
        ...{ headers: { ...headers, "content-length": body.length }, agent: false, lookup: lookUp },
        ...{ maxHeaderSize: answerHeaderBytesMax, signal: AbortSignal.any([signal, AbortSignal.timeout(postMsMax)]) },
        ...(authority === undefined ? {} : { ca: authority }),
      },
      (response) => {
        resolve({ code: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] ?? "" });
        response.destroy();
      },
    );
    asked.on("error", () => resolve(null));
    asked.end(body);
  });
}

function outcomeOf(code: number, retryAfter: string): PostOutcome {
  if (code >= 200 && code < 300) return { kind: "sent" };
  // 401 and 403: it was made for another key, as after a restored home.
  if ([401, 403, 404, 410].includes(code)) return { kind: "gone" };
  if (code !== 429 && code < 500) return { kind: "refused" };
  const afterMs = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : null;
  return afterMs !== null && afterMs > retryAfterMsMax ? { kind: "refused" } : { kind: "later", afterMs };
}
