/** tailscaled's own door on this machine: HTTP over its unix socket (on Windows a named pipe), for who may use it. */
import { existsSync } from "node:fs";
import { request } from "node:http";

const SOCKETS: Readonly<Record<string, string>> = {
  linux: "/var/run/tailscale/tailscaled.sock",
  darwin: "/var/run/tailscaled.socket",
};
const PIPE = "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\Tailscale\\tailscaled";

export interface LocalApiAnswer {
  readonly status: number;
  readonly text: string;
}

export interface LocalApiLimits {
  readonly msMax: number;
  readonly bytesMax: number;
}

/** What a process must be able to see to find it. */
export const LOCAL_API_PATHS: readonly string[] = Object.values(SOCKETS);

/** `null` where there is none. A pipe is not looked for: to look is to open it, and who asks is told soon enough. */
export function findLocalApi(platform: NodeJS.Platform = process.platform): string | null {
  if (platform === "win32") return PIPE;
  const path = SOCKETS[platform];
  return path !== undefined && existsSync(path) ? path : null;
}

/** `null`: no answer, or too long a one. */
export function askLocalApi(
  socketPath: string,
  path: string,
  { msMax, bytesMax }: LocalApiLimits,
): Promise<LocalApiAnswer | null> {
  return new Promise((resolve) => {
    const asked = request(
      {
        socketPath,
        path: `/localapi/v0/${path}`,
        // The name that it wants to be called by, so that no web page gets to it.
        headers: { host: "local-tailscaled.sock" },
        timeout: msMax,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > bytesMax) asked.destroy();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", () => resolve(null));
      },
    );
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(null));
    asked.on("close", () => resolve(null));
    asked.end();
  });
}
