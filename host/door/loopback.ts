/**
 * Listening on both loopback addresses and nothing else, for whoever in the host has a port: there is no option for
 * another address.
 */
import type { AddressInfo, Server } from "node:net";
import { HostError, systemCode } from "../errors.ts";
import { listenAt, type ListenerOptions } from "./listener.ts";

export interface LoopbackOptions extends ListenerOptions {
  /** 0 takes any free port. */
  readonly port: number;
}

export interface Loopback {
  readonly port: number;
  /** Takes nothing new. Sockets that are open stay so. */
  close(): void;
}

const LOOPBACK = ["127.0.0.1", "::1"] as const;
/** A free port on one loopback address may be taken on the other; another draw settles it. */
const portDrawsMax = 5;

/** Throws `HostError("port")` with what to do. */
export async function listenOnLoopback(options: LoopbackOptions): Promise<Loopback> {
  for (let draw = 1; ; draw++) {
    const servers: Server[] = [];
    let { port } = options;
    try {
      for (const address of LOOPBACK) {
        const server = await listenAt(address, port, options);
        if (server === null) continue;
        servers.push(server);
        port = (server.address() as AddressInfo).port;
      }
      if (servers.length > 0) return { port, close: () => servers.splice(0).forEach((server) => server.close()) };
      throw new HostError(
        "port",
        "This machine has no loopback address (127.0.0.1), so the host cannot be reached. Check its network settings.",
      );
    } catch (error) {
      for (const server of servers) server.close();
      if (options.port !== 0 || draw === portDrawsMax || systemCode(error) !== "EADDRINUSE")
        throw toPortError(error, port);
    }
  }
}

function toPortError(error: unknown, port: number): unknown {
  const code = systemCode(error);
  if (code === "EADDRINUSE") {
    return new HostError(
      "port",
      `Port ${port} is taken by another program. Stop that program, or choose another port: SOVEREIGN_PORT=${port + 1} npm start.`,
      { cause: error },
    );
  }
  if (code === "EACCES") {
    return new HostError(
      "port",
      `Port ${port} needs administrator rights, which the host should not have. Choose one above 1023: SOVEREIGN_PORT=4242 npm start.`,
      { cause: error },
    );
  }
  return error;
}
