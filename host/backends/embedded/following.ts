/**
 * A download follows redirects, unlike a backend: repositories send on to their stores. Only to https (or on loopback, where the first
 * address was there as well), never into the owner's own network, without cookies or keys, and a few times. What comes is checked by its hash.
 */
import { HostError } from "../../errors.ts";
import { isLoopback, isPrivateHost } from "../addresses.ts";
import { redirectsMax } from "./limits.ts";

export async function openFollowing(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  let url = new URL(address);
  const beganAtHome = isLoopback(url.hostname) || isPrivateHost(url.hostname);
  for (let hop = 0; hop <= redirectsMax; hop++) {
    const isHome = isLoopback(url.hostname) || isPrivateHost(url.hostname);
    if ((url.protocol !== "https:" && !(url.protocol === "http:" && isHome)) || (isHome && !beganAtHome)) {
      throw new HostError("engine", `${url.origin} is not followed: a download goes over https and not into your own network.`);
    }
    let response: Response;
    try {
      response = await fetch(url, { headers, redirect: "manual", credentials: "omit", signal });
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new HostError("engine", `${url.host} does not answer. Check the network, then try again.`, { cause });
    }
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    url = new URL(location, url);
  }
  throw new HostError("engine", `${new URL(address).host} sends on and on. Try again later.`);
}
