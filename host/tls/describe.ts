/** By which way other devices reach this host, in words for its owner: for `sovereign tailnet` and `sovereign doctor`. Pure. */
import type { HostStatus } from "../hostStatus.ts";
import { toDay } from "./pair.ts";

export interface HttpsReport {
  /** `none`: no tailnet, or nothing that could end TLS there. */
  readonly way: "tailscale" | "files" | "local" | "none";
  /** One sentence on what is in use. */
  readonly says: string;
  /** What to open on another device; `null` while there is none. */
  readonly origin: string | null;
  /** ISO day on which the certificate ends. */
  readonly endsOn: string | null;
  /** To install and to compare, once on each device; only with the host's own authority. */
  readonly install: { readonly page: string; readonly fingerprint: string } | null;
  /** Sentences on what is missing or runs out, each with what to do; empty when all is well. */
  readonly missing: readonly string[];
}

export function describeHttps(
  { tailnet, https }: Pick<HostStatus, "tailnet" | "https">,
  platform: NodeJS.Platform,
): HttpsReport {
  if (https === null) {
    const missing = tailnet.length === 0 ? NO_TAILNET : platform === "win32" ? NOT_ON_WINDOWS : STARTING;
    return {
      way: "none",
      says: "No browser but this machine's reaches the host.",
      origin: null,
      endsOn: null,
      install: null,
      missing: [missing],
    };
  }
  const { way, origins, notAfter, authority, missing } = https;
  return {
    way,
    says: SAYS[way],
    origin: origins[0] ?? null,
    endsOn: toDay(notAfter),
    install: authority,
    missing: origins.length === 0 ? [NO_ORIGIN, ...missing] : missing,
  };
}

const SAYS = {
  tailscale:
    "Other devices connect by HTTPS with Tailscale's certificate, which every browser knows. It is renewed by itself.",
  files: "Other devices connect by HTTPS with your own certificate files. A renewed one is taken up by itself.",
  local:
    "Other devices connect by HTTPS with a certificate that this host signs itself: each device has to be told once to trust it.",
} as const;
const NO_TAILNET =
  "No tailnet was found on this machine. Install Tailscale (or join your Headscale) and sign in; the host finds it by itself within seconds.";
const STARTING = "The part of the host that ends HTTPS is not running yet. Ask again in a moment.";
/** main.ts there starts no part that could end TLS; and a proxy in front would come by loopback under another name, which the gate refuses. */
const NOT_ON_WINDOWS =
  "On Windows the host has no HTTPS: terminals and tools on your other devices reach it, browsers there do not. For a phone, run the host in WSL 2 with Tailscale inside it, or on Linux or a Mac.";
const NO_ORIGIN =
  "Your certificate names neither this machine's tailnet name nor an address of it. Use one that does, or point its name at the tailnet address.";
