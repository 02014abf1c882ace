/**
 * A download follows redirects, unlike a backend: repositories send on to their stores. Only to https (or within the owner's own network,
 * where the first address was there as well), without cookies or keys, and a few times. What comes is checked by its hash.
 */
import { nameCall } from "../../egress/wayOut.ts";
import { HostError } from "../../errors.ts";
import { isLoopback, isPrivateHost } from "../addresses.ts";
import { redirectsMax } from "./limits.ts";

/** Throws `HostError` for what will not get better, any other error for what may. */
export async function openFollowing(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  let url = new URL(address);
  const beganAtHome = isAtHome(url);
  for (let hop = 0; hop <= redirectsMax; hop++) {
    const why = whyNotFollowed(url.href, beganAtHome);
    if (why !== null) throw new HostError("engine", why);
    let response: Response;
    nameCall("download", url);
    try {
      response = await fetch(url, { headers, redirect: "manual", credentials: "omit", signal });
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new Error(`${url.host} does not answer`, { cause });
    }
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = URL.parse(location, url);
    if (next === null) throw new HostError("engine", `${url.host} sends on to nowhere. Try again later.`);
    url = next;
  }
  throw new HostError("engine", `${new URL(address).host} sends on and on. Try again later.`);
}

/** `null`: it may be asked. */
export function whyNotFollowed(address: string, beganAtHome: boolean): string | null {
  const url = new URL(address);
  const isHome = isAtHome(url);
  if (isHome ? beganAtHome && /^https?:$/.test(url.protocol) : url.protocol === "https:") return null;
  return `${url.protocol}//${url.host} is not followed: a download goes over https and not into your own network.`;
}

function isAtHome({ hostname }: URL): boolean {
  return isLoopback(hostname) || isPrivateHost(hostname);
}
