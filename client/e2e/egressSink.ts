/** Where the egress page's ways lead: a listener on this machine that counts, and the browser's own log of what it looked up. */
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Who listens at every address of the egress page, over TCP and UDP. */
export async function startSink(): Promise<{
  readonly port: number;
  readonly heard: ReadonlySet<string>;
  datagrams(): number;
  close(): void;
}> {
  const heard = new Set<string>();
  let datagrams = 0;
  const server = createServer((request, response) => {
    heard.add((request.headers.host ?? "").split(".")[0] ?? "");
    response.writeHead(204, { "access-control-allow-origin": "*" }).end();
  });
  server.on("upgrade", (request, socket) => {
    heard.add((request.headers.host ?? "").split(".")[0] ?? "");
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const udp = createSocket("udp4", () => (datagrams += 1));
  await new Promise<void>((done) => udp.bind(port, "127.0.0.1", done));
  return {
    port,
    heard,
    datagrams: () => datagrams,
    close: () => {
      server.closeAllConnections();
      server.close();
      udp.close();
    },
  };
}

export const egressDomain = "egress.test";
/** After the last attempt: what is prefetched is fetched when the browser has nothing better to do. */
export const settleMs = 3_000;

/** Every name below the domain leads to the sink, and the browser writes down what it asks the network for. */
export const listening = (netLog: string): readonly string[] => [
  `--host-resolver-rules=MAP *.${egressDomain} 127.0.0.1`,
  `--log-net-log=${netLog}`,
];
export const namesIn = (netLog: string): string[] => {
  const names = readFileSync(netLog, "utf8").matchAll(/([\w-]+)\.egress\.test/g);
  return [...new Set([...names].map(([, name]) => name ?? ""))];
};
