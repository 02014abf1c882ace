/**
 * Stands in for tailscaled: its LocalAPI on a unix socket, as far as a host asks it. Answers by who asks as the real one does: the name in
 * `Host`, HTTPS switched off, a user that may not, a daemon that stopped.
 */
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";

export interface TailscaledState {
  backendState: "Running" | "Stopped" | "NeedsLogin";
  dnsName: string;
  addresses: readonly string[];
  certDomains: readonly string[] | null;
  /** What `cert` answers; `null` never does. */
  cert: { readonly status: number; readonly text: string } | null;
}

export interface FakeTailscaled {
  readonly socketPath: string;
  readonly state: TailscaledState;
  /** Paths asked for, in order. */
  readonly asked: string[];
  stop(): Promise<void>;
}

export async function startFakeTailscaled(socketPath: string, state: TailscaledState): Promise<FakeTailscaled> {
  rmSync(socketPath, { force: true });
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const url = new URL(request.url ?? "/", "http://local");
    const answer = (status: number, text: string): void => void response.writeHead(status).end(text);
    if (request.headers.host !== "local-tailscaled.sock") return answer(403, "invalid localapi request\n");
    if (url.pathname === "/localapi/v0/status") return answer(200, JSON.stringify(statusOf(state)));
    const name = /^\/localapi\/v0\/cert\/([^/]+)$/.exec(url.pathname)?.[1];
    if (name === undefined || url.searchParams.get("type") !== "pair") return answer(404, "not found\n");
    if (!(state.certDomains ?? []).includes(name)) return answer(500, `domain "${name}" is not allowed\n`);
    if (state.cert !== null) answer(state.cert.status, state.cert.text);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    state,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function statusOf({ backendState, dnsName, addresses, certDomains }: TailscaledState): object {
  const suffix = dnsName.split(".").slice(1).join(".");
  return {
    Version: "1.80.0",
    BackendState: backendState,
    AuthURL: "",
    TailscaleIPs: addresses,
    Self: { HostName: dnsName.split(".")[0], DNSName: `${dnsName}.`, TailscaleIPs: addresses, Online: true },
    Health: [],
    MagicDNSSuffix: suffix,
    CurrentTailnet: { Name: "owner@example.org", MagicDNSSuffix: suffix, MagicDNSEnabled: true },
    CertDomains: certDomains,
    Peer: null,
  };
}
