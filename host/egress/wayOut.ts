/**
 * The only way in which a process of the host opens a TCP connection to anybody: to a place that the code which wants it has named, with a reason. Everything else is an error
 * here and not a packet, before a name is looked up, so that whatever a library, or a later line of ours, wants to send home does not leave; and it is counted, too.
 *
 * Imported first by each part of the host, it closes the process. Supervisor, relay and engine name no place, so they open no connection at all. A command of the terminal is
 * not closed, for it is its owner's own act; what it fetches is counted.
 *
 * Every client of Node's goes through this one method: `net`, `tls`, `http`, `fetch`, `WebSocket`, and what packages build on them. It is no sandbox: code that means
 * harm can put the method back, and UDP, by which the relay answers STUN, is not looked at. Against that there are the relay's permissions (sandbox.ts) and the unit's (install/).
 * Sockets by a path stay (tailscaled's, on this machine), and so does everything that comes in.
 */
import { Socket } from "node:net";
import type { Calls, Why } from "./calls.ts";
import { refusedPlacesMax } from "./limits.ts";

type Named = Exclude<Why, "refused">;

interface Place {
  readonly why: Why;
  readonly to: string;
  calls: number;
  /** Of connections that ended. */
  out: number;
  in: number;
  readonly live: Set<Socket>;
  /** What was told of it. */
  told: { readonly calls: number; readonly out: number; readonly in: number };
}

const named = new Map<string, Named>();
const places = new Map<string, Place>();
let isClosed = false;

/** From now on nothing leaves but what is named. */
export function closeWays(): void {
  isClosed = true;
}

/** Said by whoever is about to call it. */
export function nameCall(why: Named, { protocol, hostname, port }: URL): void {
  const usual = /^(https|wss):$/.test(protocol) ? "443" : "80";
  named.set(writePlace(hostname, port === "" ? usual : port), why);
}

/** What another program does for us, of which only the fact is known. */
export function noteCall(why: Named, to: string): void {
  placeOf(why, to).calls += 1;
}

/** Since the last time. */
export function takeCalls(): readonly Calls[] {
  return [...places.values()].flatMap((place) => {
    const { why, to, calls, live, told } = place;
    const sum = { calls, out: place.out, in: place.in };
    for (const socket of live) add(sum, socket);
    place.told = sum;
    const since = { calls: calls - told.calls, bytesOut: sum.out - told.out, bytesIn: sum.in - told.in };
    return since.calls + since.bytesOut + since.bytesIn === 0 ? [] : [{ why, to, ...since }];
  });
}

// oxlint-disable-next-line typescript/unbound-method -- reason: it is called with the socket it is asked of, below.
const connect = Socket.prototype.connect as (this: Socket, ...asked: unknown[]) => Socket;

Socket.prototype.connect = function (this: Socket, ...asked: unknown[]): Socket {
  const to = readPlace(asked);
  if (to === null) return connect.apply(this, asked);
  const why = named.get(to);
  if (why !== undefined) count(placeOf(why, to), this);
  else if (isClosed) {
    placeOf("refused", to).calls += 1;
    return this.destroy(new Error("This part of the host opens no connection that it has not named."));
  }
  return connect.apply(this, asked);
};

function count(place: Place, socket: Socket): void {
  place.calls += 1;
  // What waits for a connection that never comes has gone nowhere.
  socket.once("connect", () => place.live.add(socket));
  socket.once("close", () => {
    if (place.live.delete(socket)) add(place, socket);
  });
}

function add(sum: { out: number; in: number }, { bytesWritten, bytesRead }: Socket): void {
  sum.out += bytesWritten;
  sum.in += bytesRead;
}

function placeOf(why: Why, to: string): Place {
  // What is refused may be anything, as often as somebody likes.
  const isOneMore = why === "refused" && places.size >= refusedPlacesMax && !places.has(`${why} ${to}`);
  const where = isOneMore ? "elsewhere" : to;
  const key = `${why} ${where}`;
  const known = places.get(key);
  if (known !== undefined) return known;
  const none = { calls: 0, out: 0, in: 0 };
  const place: Place = { why, to: where, ...none, live: new Set(), told: none };
  places.set(key, place);
  return place;
}

/** As `connect` takes it: options, a port and a host, a path, or what `net.connect` has made of any of these: a list that begins with options. `null`: by a path. */
function readPlace(asked: readonly unknown[]): string | null {
  const [first, second]: readonly unknown[] = Array.isArray(asked[0]) ? asked[0] : asked;
  if (typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first)))
    return writePlace(typeof second === "string" ? second : "localhost", String(first));
  if (typeof first !== "object" || first === null) return null;
  const { path, host, port } = first as { readonly path?: unknown; readonly host?: unknown; readonly port?: unknown };
  if (typeof path === "string") return null;
  return writePlace(typeof host === "string" ? host : "localhost", String(port));
}

/** An address of the sixth version stands in brackets, as URLs have it. */
function writePlace(host: string, port: string): string {
  const bare = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return `${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}
