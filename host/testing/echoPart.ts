/**
 * A part behind the door that says what it received: for tests of the door and of handing connections over. ECHO_PART
 * says how it misbehaves.
 */
import { createHash } from "node:crypto";
import { createHttpConnections } from "../door/httpConnections.ts";
import { fromGateway, openParentChannel, toGateway } from "../ipc.ts";
import { gatewayLimits } from "../gateway/limits.ts";

const parent = openParentChannel(toGateway, fromGateway);
const connections = createHttpConnections({
  limits: { ...gatewayLimits.http, socketsMax: 4_096, headersMsMax: 1_000, requestCheckEveryMs: 100 },
  onRequest: (request, response) => {
    const hash = createHash("sha256");
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    request.on("end", () =>
      response.end(
        JSON.stringify({ pid: process.pid, name: process.env["ECHO_PART"], bytes, hash: hash.digest("hex") }),
      ),
    );
  },
  onUpgrade: (_request, socket, head) => {
    socket.write("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
    socket.write(head);
    socket.pipe(socket);
  },
  refuseSocket: (socket, status) =>
    socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`),
});
parent.onSocket(connections.accept);
parent.onMessage((message) => {
  if (message.type === "drain") process.exit(0);
});
parent.onOrphaned(() => process.exit(0));
parent.send({ type: "ready" });
