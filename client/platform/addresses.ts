/** Where other devices find this host, as the host says (host/relay/app.ts). */

export interface HostAddresses {
  /** The best first; empty while no tailnet reaches it. */
  readonly origins: readonly string[];
  /** Where a device learns to trust a host that vouches for itself. */
  readonly certificate: { readonly page: string; readonly fingerprint: string } | null;
  /** Addresses at which the host answers STUN. */
  readonly stun: readonly string[];
}

const NONE: HostAddresses = { origins: [], certificate: null, stun: [] };

/** Names by which a machine reaches itself only. */
export const isLocalName = (name: string): boolean =>
  name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || name.startsWith("127.");

/** Nothing where the host is away: then nobody can be let in either. */
export async function readAddresses(): Promise<HostAddresses> {
  try {
    const response = await fetch("/addresses.json", { cache: "no-store" });
    return response.ok ? parseAddresses(await response.json()) : NONE;
  } catch {
    // reason: no host; what needs one says so itself.
    return NONE;
  }
}

export function parseAddresses(value: unknown): HostAddresses {
  const fields = asRecord(value);
  const certificate = asRecord(fields["certificate"]);
  const { page, fingerprint } = certificate;
  return {
    origins: asTexts(fields["origins"]).filter((origin) => URL.parse(origin)?.protocol === "https:"),
    certificate: typeof page === "string" && typeof fingerprint === "string" ? { page, fingerprint } : null,
    stun: asTexts(fields["stun"]),
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
