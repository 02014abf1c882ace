/**
 * For the processes that have nobody to call: the supervisor, the relay and the engine. Imported first by each, it refuses every TCP connection that they would open
 * themselves, to this machine too, before a name is looked up. So whatever a library, or a later line of ours, wants to send home is an error here and
 * not a packet. Sockets by a path stay (tailscaled's, on this machine), and so does everything that comes in.
 *
 * Every client of Node's goes through this one method: `net`, `tls`, `http`, `fetch`, `WebSocket`, and what packages build on them. It is no sandbox: code that means
 * harm can put the method back, and UDP, by which the relay answers STUN, is not looked at. Against that there are the relay's permissions (sandbox.ts) and the unit's (install/).
 */
import { Socket } from "node:net";

// oxlint-disable-next-line typescript/unbound-method -- reason: it is called with the socket it is asked of, below.
const connect = Socket.prototype.connect as (this: Socket, ...asked: unknown[]) => Socket;

Socket.prototype.connect = function (this: Socket, ...asked: unknown[]): Socket {
  if (isByPath(asked[0])) return connect.apply(this, asked);
  return this.destroy(new Error("This part of the host opens no connections."));
};

/** As `connect` takes it: options, a path, or what `net.connect` has made of either: a list that begins with options. */
function isByPath(asked: unknown): boolean {
  const first: unknown = Array.isArray(asked) ? asked[0] : asked;
  if (typeof first === "string") return !/^\d+$/.test(first);
  return typeof first === "object" && first !== null && "path" in first && typeof first.path === "string";
}
