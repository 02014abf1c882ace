/**
 * The one way out for tools, in the shape of `fetch`: http and https alone, to addresses that are public. A name is resolved once, every address it has is looked at, and the connection goes to one of those
 * very addresses: a name that says something else a moment later is not asked again. It follows nothing, sends nothing of ours along, unpacks nothing, and stops when told, when silent and when full.
 *
 * `named` are machines that the owner wrote down by number ("127.0.0.1:3000"): those may be anywhere.
 */
import { lookup as systemLookup } from "node:dns/promises";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { nameCall } from "../egress/wayOut.ts";
import { boundBody } from "./boundBody.ts";
import { OutsideError } from "./errors.ts";
import { addressesMax, answerBytesMax, headMs, pieceMs, resolveMs, urlCharsMax } from "./limits.ts";
import { isBeside, isLocalName, isPublicAddress, type Interfaces } from "./publicAddress.ts";

export interface OutsideOptions {
  /** `host:port`, host as a number or "localhost". */
  readonly named?: ReadonlySet<string>;
  readonly bytesMax?: number;
  /** Also to a port that is not the usual one. */
  readonly isAnyPort?: boolean;
  /** An answer that was not read to its end, and why: whoever reads it is told, too, and may not pass it on. */
  readonly onFailure?: (error: Error) => void;
  /** For tests: what a name resolves to. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** For tests: this machine's cards. */
  readonly interfaces?: () => Interfaces;
  /** Each connection that is made, before it is: for tests, which count them. */
  readonly onConnect?: (address: string) => void;
}

/** Throws `OutsideError("address")`; looks at the text alone. */
export function parseOutsideUrl(text: string, { named, isAnyPort = false }: OutsideOptions = {}): URL {
  const url = text.length > urlCharsMax ? null : URL.parse(text);
  if (url === null) throw refuse("It is no address of a page.");
  if (url.protocol !== "http:" && url.protocol !== "https:") throw refuse("Only http:// and https:// are opened.");
  if (url.username !== "" || url.password !== "") throw refuse("It holds a name or a password.");
  if (named?.has(hostAndPort(url)) === true) return url;
  const bare = bareHost(url);
  const isAllowed = isIP(bare) === 0 ? !isLocalName(bare) : isPublicAddress(bare);
  if (!isAllowed) throw refuse("It is not on the public internet.");
  if (!isAnyPort && url.port !== "") throw refuse("Only the usual ports (80, 443) are opened.");
  return url;
}

export function hostAndPort(url: URL): string {
  return `${bareHost(url)}:${url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port}`;
}

/** Never follows a redirect: whoever wants to go on looks at `location` and asks again, from the start. */
export async function outsideFetch(
  input: string | URL,
  init: RequestInit,
  options: OutsideOptions = {},
): Promise<Response> {
  const url = parseOutsideUrl(String(input), options);
  const address = await vettedAddress(url, options);
  init.signal?.throwIfAborted();
  options.onConnect?.(address);
  const response = await send(url, address, init);
  const headers = new Headers();
  for (let at = 0; at + 1 < response.rawHeaders.length; at += 2)
    headers.append(response.rawHeaders[at] ?? "", response.rawHeaders[at + 1] ?? "");
  if (!["", "identity"].includes(headers.get("content-encoding")?.toLowerCase() ?? "")) {
    response.destroy();
    throw new OutsideError(
      "strange",
      `${url.host} sends what was not asked for (a packed answer), which is not unpacked.`,
    );
  }
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 599 || [204, 205, 304].includes(status)) {
    response.resume();
    return new Response(null, { status: status < 200 || status > 599 ? 502 : status, headers });
  }
  const body = boundBody(response, options.bytesMax ?? answerBytesMax, url.host);
  body.once("error", (error) => options.onFailure?.(error));
  return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, { status, headers });
}

/** The address to connect to. One that may not be asked among several is enough to ask none. */
async function vettedAddress(url: URL, options: OutsideOptions): Promise<string> {
  const bare = bareHost(url);
  const isNamed = options.named?.has(hostAndPort(url)) === true;
  if (isIP(bare) !== 0) {
    if (!isNamed && isBeside(bare, options.interfaces?.())) throw besideError();
    return bare;
  }
  if (isNamed && bare === "localhost") return "127.0.0.1";
  const addresses = await withinTime((options.resolve ?? resolveName)(bare)).catch((cause: unknown) => {
    throw new OutsideError("away", `There is no ${url.host}, or its name cannot be looked up now.`, { cause });
  });
  const [first] = addresses;
  if (first === undefined) throw new OutsideError("away", `There is no ${url.host}.`);
  if (addresses.length > addressesMax || !addresses.every(isPublicAddress))
    throw refuse("Its name leads to a machine that is not on the public internet.");
  const interfaces = options.interfaces?.();
  if (addresses.some((address) => isBeside(address, interfaces))) throw besideError();
  return first;
}

async function resolveName(hostname: string): Promise<readonly string[]> {
  return (await systemLookup(hostname, { all: true, order: "ipv4first" })).map(({ address }) => address);
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("The name server does not answer.")), resolveMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function send(
  url: URL,
  address: string,
  { method = "GET", headers, body, signal }: RequestInit,
): Promise<IncomingMessage> {
  if (body !== undefined && body !== null && typeof body !== "string" && !(body instanceof URLSearchParams))
    throw new OutsideError("strange", "Only text is sent.");
  const text = body === undefined || body === null ? "" : String(body);
  const given = new Headers(headers);
  if (body instanceof URLSearchParams && !given.has("content-type"))
    given.set("content-type", "application/x-www-form-urlencoded");
  const asked: RequestOptions = {
    method,
    agent: false,
    ...(signal === undefined || signal === null ? {} : { signal }),
    // A name stays a name for TLS and for the head; where it leads is settled already.
    lookup: (_hostname, wanted, done) => {
      const family = isIP(address);
      if (wanted.all === true) done(null, [{ address, family }]);
      else done(null, address, family);
    },
    headers: {
      ...Object.fromEntries(given),
      "accept-encoding": "identity",
      ...(text === "" ? {} : { "content-length": Buffer.byteLength(text) }),
    },
  };
  nameCall("tool", url);
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, asked);
    const tooLate = setTimeout(() => request.destroy(new Error("silent")), headMs);
    request.once("response", (response) => {
      clearTimeout(tooLate);
      request.setTimeout(pieceMs, () => request.destroy(new Error("silent")));
      resolve(response);
    });
    request.once("upgrade", (_response, socket) => socket.on("error", () => {}).destroy());
    request.on("error", (cause) => {
      clearTimeout(tooLate);
      if (signal?.aborted === true) reject(signal.reason as Error);
      else reject(new OutsideError("away", `${url.host} does not answer.`, { cause }));
    });
    request.once("close", () => {
      clearTimeout(tooLate);
      reject(new OutsideError("away", `${url.host} does not answer.`));
    });
    request.end(text);
  });
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function besideError(): OutsideError {
  return refuse("It is a machine of the network that this host stands in.");
}

function refuse(why: string): OutsideError {
  return new OutsideError("address", `That address was not opened. ${why}`);
}
