/**
 * One always-on machine with a Headscale and a host: the files for it, as text. The host shares the network of a tailscale container,
 * so the tailnet's interface is there for it to find, and nothing of it is published on the machine's own network.
 */
import { makeHeadscalePolicy } from "./policy.ts";
import { plainOrigin } from "./joinCommands.ts";

export interface ComposeWish {
  /** Where the owner's devices reach the Headscale: "https://headscale.example.org". */
  readonly serverUrl: string;
  /** MagicDNS: the host becomes NAME.BASE. Must not be a part of the server's own name. */
  readonly baseDomain: string;
  readonly user: string;
  readonly port: number;
}

export type ComposeFiles = ReadonlyMap<string, string>;

/** `null`: an address, a domain or a name that is none. */
export function makeComposeFiles({ serverUrl, baseDomain, user, port }: ComposeWish): ComposeFiles | null {
  const server = plainOrigin(serverUrl);
  const isDomain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(baseDomain);
  const isUser = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(user);
  // Headscale refuses to start when its own name lies within the domain that it gives out.
  const isApart = server !== null && !`.${new URL(server).hostname}`.endsWith(`.${baseDomain}`);
  if (server === null || !isDomain || !isUser || !isApart) return null;
  return new Map([
    ["compose.yaml", composeFile(server, port)],
    ["headscale/config.yaml", headscaleConfig(server, baseDomain)],
    ["headscale/policy.json", makeHeadscalePolicy({ owner: `${user}@`, port })],
  ]);
}

function composeFile(server: string, port: number): string {
  return `# Headscale and Sovereign on one machine. Put HTTPS in front of Headscale's port 8080 (or let it fetch a certificate itself), then:
#   docker compose up -d headscale
#   docker compose exec headscale headscale users create ME
#   docker compose exec headscale headscale preauthkeys create --user 1 --expiration 1h --tags tag:sovereign
#   TS_AUTHKEY=THE_KEY docker compose up -d
services:
  headscale:
    image: headscale/headscale:0.26
    command: serve
    restart: unless-stopped
    ports: ["127.0.0.1:8080:8080"]
    volumes:
      - ./headscale:/etc/headscale:ro
      - headscale-data:/var/lib/headscale

  tailnet:
    image: tailscale/tailscale:stable
    hostname: sovereign
    restart: unless-stopped
    devices: ["/dev/net/tun"]
    cap_add: ["NET_ADMIN"]
    environment:
      TS_AUTHKEY: \${TS_AUTHKEY:-}
      TS_EXTRA_ARGS: --login-server=${server} --advertise-tags=tag:sovereign
      TS_STATE_DIR: /var/lib/tailscale
      TS_SOCKET: /var/run/tailscale/tailscaled.sock
      # A real interface: the host listens on it, and on nothing else.
      TS_USERSPACE: "false"
    volumes:
      - tailnet-state:/var/lib/tailscale
      - tailnet-socket:/var/run/tailscale

  host:
    image: node:24-bookworm-slim
    network_mode: service:tailnet
    depends_on: [tailnet]
    restart: unless-stopped
    working_dir: /srv/sovereign
    command: npm start
    environment:
      SOVEREIGN_HOME: /data
      SOVEREIGN_PORT: "${port}"
      SOVEREIGN_NO_OPEN: "1"
      # A model server on this network: SOVEREIGN_BACKEND: http://…/v1
    volumes:
      - ./sovereign:/srv/sovereign
      - sovereign-data:/data
      - tailnet-socket:/var/run/tailscale:ro

volumes:
  headscale-data:
  tailnet-state:
  tailnet-socket:
  sovereign-data:
`;
}

function headscaleConfig(server: string, baseDomain: string): string {
  return `server_url: ${server}
listen_addr: 0.0.0.0:8080
metrics_listen_addr: 127.0.0.1:9090
noise:
  private_key_path: /var/lib/headscale/noise_private.key
prefixes:
  v4: 100.64.0.0/10
  v6: fd7a:115c:a1e0::/48
  allocation: sequential
database:
  type: sqlite
  sqlite:
    path: /var/lib/headscale/db.sqlite
    write_ahead_log: true
policy:
  mode: file
  path: /etc/headscale/policy.json
dns:
  magic_dns: true
  base_domain: ${baseDomain}
  override_local_dns: false
  nameservers:
    global: []
# Relays of a third party see when your devices talk, never what. Leave the list empty to use your own alone.
derp:
  server:
    enabled: true
    region_id: 999
    region_code: own
    region_name: Own
    stun_listen_addr: 0.0.0.0:3479
    private_key_path: /var/lib/headscale/derp_server_private.key
  urls: []
  paths: []
disable_check_updates: true
log:
  level: info
`;
}
