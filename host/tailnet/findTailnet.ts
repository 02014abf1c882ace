/** Which tailnet this machine is in, as its tailscaled says: whose control server, what name, which addresses. */
import { tailscaleAnswerBytesMax, tailscaleAnswerMsMax } from "../door/limits.ts";
import { askLocalApi, findLocalApi } from "../door/localApi.ts";

export interface Tailnet {
  /** `headscale`: a control server that is not Tailscale's. */
  readonly kind: "tailscale" | "headscale";
  readonly controlUrl: string | null;
  /** tailscaled's own word: "Running", "Stopped", "NeedsLogin". */
  readonly state: string;
  readonly name: string | null;
  readonly addresses: readonly string[];
  readonly hasMagicDns: boolean;
  /** Names for which it gives certificates. */
  readonly certificateNames: readonly string[];
}

const limits = { msMax: tailscaleAnswerMsMax, bytesMax: tailscaleAnswerBytesMax };

/** `null`: no tailscaled answers here. */
export async function findTailnet(socketPath: string | null = findLocalApi()): Promise<Tailnet | null> {
  if (socketPath === null) return null;
  const [status, preferences] = [
    await askLocalApi(socketPath, "status?peers=false", limits),
    await askLocalApi(socketPath, "prefs", limits),
  ];
  if (status?.status !== 200) return null;
  return parseTailnet(status.text, preferences?.status === 200 ? preferences.text : "{}");
}

export function parseTailnet(statusText: string, preferencesText: string): Tailnet | null {
  const status = parseRecord(statusText);
  if (status === null) return null;
  const own = asRecord(status["Self"]);
  const current = asRecord(status["CurrentTailnet"]);
  const controlUrl = asText(asRecord(parseRecord(preferencesText))["ControlURL"]);
  const name = asText(own["DNSName"])?.replace(/\.$/, "").toLowerCase() ?? null;
  return {
    kind: isTailscales(controlUrl, name) ? "tailscale" : "headscale",
    controlUrl,
    state: asText(status["BackendState"]) ?? "unknown",
    name: name === "" ? null : name,
    addresses: asTexts(own["TailscaleIPs"]),
    hasMagicDns: current["MagicDNSEnabled"] === true,
    certificateNames: asTexts(status["CertDomains"]),
  };
}

/** By the control server, and where nobody may ask for it, by the names that only Tailscale gives. */
function isTailscales(controlUrl: string | null, name: string | null): boolean {
  const host = URL.parse(controlUrl ?? "")?.hostname;
  if (host !== undefined) return host === "tailscale.com" || host.endsWith(".tailscale.com");
  return name?.endsWith(".ts.net") ?? true;
}

function parseRecord(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    // reason: what is no JSON says nothing.
    return null;
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
