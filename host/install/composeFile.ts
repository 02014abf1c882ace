/**
 * Containers: a tailnet, the host in its network, and a model server that reaches nobody. The host listens on loopback and on the tailnet and nowhere else,
 * so it shares the tailnet container's network; nothing is published on the machine's own.
 */
import type { Installed } from "./place.ts";

export const composeName = "compose.yaml";

export function makeComposeFile({ settings }: Pick<Installed, "settings">): string {
  const port = settings["SOVEREIGN_PORT"] ?? "4242";
  return `# Beside this file: sovereign/, a checkout with its packages and its built app, and data/, the host's home:
#   mkdir -m 700 data && sudo chown 1000:1000 data
#   TS_AUTHKEY=tskey-… docker compose up -d
#   docker compose logs host        (the link to open)
services:
  tailnet:
    image: tailscale/tailscale:stable
    hostname: sovereign
    restart: unless-stopped
    devices: ["/dev/net/tun"]
    cap_drop: ["ALL"]
    cap_add: ["NET_ADMIN", "NET_RAW"]
    environment:
      TS_AUTHKEY: "\${TS_AUTHKEY:-}"
      TS_STATE_DIR: /var/lib/tailscale
      TS_SOCKET: /var/run/tailscale/tailscaled.sock
      # A real interface: the host listens on it, and on nothing else.
      TS_USERSPACE: "false"
    networks: [outside, inside]
    volumes:
      - tailnet-state:/var/lib/tailscale
      - tailnet-socket:/var/run/tailscale

  host:
    image: node:24-bookworm-slim
    network_mode: service:tailnet
    depends_on: [tailnet, backend]
    restart: unless-stopped
    user: "1000:1000"
    read_only: true
    cap_drop: ["ALL"]
    security_opt: ["no-new-privileges:true"]
    # Connections are files, too.
    ulimits: { core: 0, nofile: 65536 }
    init: true
    stop_grace_period: 15s
    working_dir: /srv/sovereign
    command: ["node", "host/main.ts"]
    environment:
      SOVEREIGN_HOME: /data
      SOVEREIGN_PORT: "${port}"
      SOVEREIGN_NO_OPEN: "1"
      SOVEREIGN_BACKEND: http://backend:11434/v1
      NODE_COMPILE_CACHE: /data/cache
    healthcheck:
      test: ["CMD", "node", "host/cli/main.ts", "status", "--json"]
      interval: 60s
      timeout: 20s
      retries: 3
      start_period: 120s
    tmpfs: ["/tmp:size=64m,mode=1777"]
    volumes:
      - ./sovereign:/srv/sovereign:ro
      - ./data:/data
      - tailnet-socket:/var/run/tailscale:ro

  # It answers, and can reach nobody: its one network has no way out. To fetch a model, once:
  #   docker run --rm -v PROJECT_models:/root/.ollama --entrypoint sh ollama/ollama -c 'ollama serve & sleep 5; ollama pull gpt-oss:20b'
  backend:
    image: ollama/ollama:latest
    restart: unless-stopped
    cap_drop: ["ALL"]
    security_opt: ["no-new-privileges:true"]
    networks: [inside]
    volumes:
      - models:/root/.ollama

networks:
  outside:
  inside:
    internal: true

volumes:
  tailnet-state:
  tailnet-socket:
  models:
`;
}

export function composeSteps(file: string): readonly string[] {
  return [
    "mkdir -m 700 data && sudo chown 1000:1000 data",
    "copy this checkout to sovereign/, and in it: npm ci --ignore-scripts && npm run build",
    `TS_AUTHKEY=tskey-… docker compose -f ${file} up -d`,
    `docker compose -f ${file} logs host`,
  ];
}
