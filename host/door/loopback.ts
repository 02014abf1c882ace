/**
 * Listening on both loopback addresses and nothing else, for whoever in the host has a port: there is no option for
 * another address.
 */
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { HostError, systemCode } from "../errors.ts";

export interface LoopbackOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Sockets at once on each address; more are closed at once. */
  readonly socketsMax: number;
  /** See `holdReading` in door.ts. */
  readonly highWaterMark?: number;
  readonly onSocket: (socket: Socket) => void;
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
        const server = createListener(options);
        if (!(await listen(server, address, port))) continue;
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

function createListener({ socketsMax, highWaterMark, onSocket }: LoopbackOptions): Server {
  const server = createServer({
    // Each end closes by itself: what a half-closed connection means is for HTTP to say.
    allowHalfOpen: true,
    noDelay: true,
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
  });
  server.maxConnections = socketsMax;
  server.on("connection", onSocket);
  return server;
}

/** `false` when this machine lacks the address (IPv6 switched off). */
function listen(server: Server, address: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if (["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(systemCode(error))) resolve(false);
      else reject(error);
    });
    server.listen({ port, host: address, exclusive: true, ipv6Only: address === "::1" }, () => {
      server.removeAllListeners("error");
      server.on("error", () => {});
      resolve(true);
    });
  });
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
