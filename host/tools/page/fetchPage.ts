/**
 * The tool `fetch_page`: the text of one page of the public internet. Its class is "reads-outside", which no project allows unless its owner says so; an address can carry words out, which is
 * why such a class asks again once strangers' words are in what the model was shown (dispatch.ts).
 */
import { OutsideError } from "../../outside/errors.ts";
import { outsideFetch, parseOutsideUrl, type OutsideOptions } from "../../outside/outsideFetch.ts";
import { errorResult, textResult, versionOf, type Tool, type ToolDefinition, type ToolSource } from "../tool.ts";
import { pageBytesMax, pageMs, redirectsMax } from "./limits.ts";
import { cutText, readPage } from "./pageText.ts";

const definition: ToolDefinition = {
  name: "fetch_page",
  description: "Reads the text of one web page by its address. It runs nothing of the page and sees no pictures.",
  parameters: {
    type: "object",
    properties: { url: { type: "string", description: "The whole address, beginning with https://" } },
    required: ["url"],
    additionalProperties: false,
  },
  class: "reads-outside",
};

export function createPageTools(outside: OutsideOptions = {}): ToolSource {
  const tool: Tool = {
    ...definition,
    version: versionOf(definition),
    isUntrusted: true,
    target: ({ url }) => (typeof url === "string" ? (URL.parse(url)?.host ?? "") : ""),
    run: async ({ url }, { signal }) => {
      try {
        const within = AbortSignal.any([signal, AbortSignal.timeout(pageMs)]);
        return textResult(await fetchText(String(url), within, outside));
      } catch (error) {
        if (error instanceof OutsideError) return errorResult(error.message);
        return errorResult(signal.aborted ? "It was stopped." : "The page did not come within its time.");
      }
    },
  };
  return { name: "page", tools: () => [tool], onChange: () => () => {}, close: async () => {} };
}

async function fetchText(asked: string, signal: AbortSignal, outside: OutsideOptions): Promise<string> {
  let url = asked;
  for (let hop = 0; hop <= redirectsMax; hop++) {
    const headers = { accept: "text/html, text/plain, text/markdown, application/json", "user-agent": "sovereign" };
    const response = await outsideFetch(url, { headers, signal }, { ...outside, bytesMax: pageBytesMax });
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = nextUrl(url, location, outside);
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new OutsideError("away", `${new URL(url).host} answers that the page cannot be had (${response.status}).`);
    }
    return toText(url, response);
  }
  throw new OutsideError("strange", `${new URL(url).host} sends on and on from one address to the next.`);
}

/** It is looked at again like the first one, from the start. What the owner allowed was one host: another is another call, which is asked about like the first. */
function nextUrl(from: string, location: string, outside: OutsideOptions): string {
  const next = URL.parse(location, from);
  if (next === null) throw new OutsideError("strange", "The page is said to be at an address that is none.");
  const before = new URL(from);
  if (before.protocol === "https:" && next.protocol !== "https:")
    throw new OutsideError("address", "The page sends on to an address without https, which was not opened.");
  const { href } = parseOutsideUrl(next.href, outside);
  const isSameHost =
    next.hostname === before.hostname && (next.port === before.port || next.protocol !== before.protocol);
  if (isSameHost) return href;
  throw new OutsideError(
    "address",
    `${before.host} sends on to another host, ${next.host}, which was not opened, for it was not what was asked for. If it is wanted, read this address by itself: ${href}`,
  );
}

async function toText(url: string, response: Response): Promise<string> {
  const [type = "", ...rest] = (response.headers.get("content-type") ?? "").toLowerCase().split(";");
  const isPage = type.trim() === "text/html" || type.trim() === "application/xhtml+xml";
  if (!isPage && !/^(text\/|application\/json)/.test(type)) {
    await response.body?.cancel();
    throw new OutsideError(
      "strange",
      `What is there is no text (${type.slice(0, 60) || "of no kind"}), so it was not read.`,
    );
  }
  const charset = /charset="?([\w-]{1,30})/.exec(rest.join(";"))?.[1] ?? "utf-8";
  const text = decode(await response.arrayBuffer(), charset);
  const { title, text: read, isCut } = isPage ? readPage(text) : { title: "", ...cutText(text) };
  return [`From ${url}`, title, read, isCut ? "[The page goes on; only its beginning was read.]" : ""]
    .filter((part) => part !== "")
    .join("\n\n");
}

function decode(bytes: ArrayBuffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
