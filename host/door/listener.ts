/** The only place in the host that listens for connections: one address and one port, named by loopback.ts or tailnetDoor.ts. */
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { systemCode } from "../errors.ts";

export interface ListenerOptions {
  /** Sockets at once; more are closed at once. */
  readonly socketsMax: number;
  /** See `holdReading` in door.ts. */
  readonly highWaterMark?: number;
  readonly onSocket: (socket: Socket) => void;
}

/**
 * `null` when this machine lacks the address (IPv6 switched off, an interface that has just gone). Every other failure
 * is thrown as it is.
 */
export function listenAt(
  address: string,
  port: number,
  { socketsMax, highWaterMark, onSocket }: ListenerOptions,
): Promise<Server | null> {
  const server = createServer({
    // Each end closes by itself: what a half-closed connection means is for HTTP to say.
    allowHalfOpen: true,
    noDelay: true,
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
  });
  server.maxConnections = socketsMax;
  server.on("connection", onSocket);
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      if (["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(systemCode(error))) resolve(null);
      else reject(error);
    });
    server.listen({ port, host: address, exclusive: true, ipv6Only: isIPv6(address) }, () => {
      server.removeAllListeners("error");
      server.on("error", () => {});
      resolve(server);
    });
  });
}
