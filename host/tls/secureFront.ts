/**
 * Where TLS ends. What comes out is looked at like any connection (door/whose.ts) and given back to the door as one end of a pair of
 * sockets, so that the part it is for gets a connection like any other, and neither the supervisor nor another part sees its bytes.
 *
 *   door ─► socket ─► TLS ─► first bytes ─► whose? ─► far end ─► supervisor ─► part
 *                      ▲                              near end ◄─► TLS, once the part has it
 */
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket, type SecureContext } from "node:tls";
import { whoseConnection } from "../door/whose.ts";
import { firstLineMsMax, handshakeMsMax, secureSocketsMax, takenMsMax } from "./limits.ts";
import type { Pair } from "./pair.ts";

export interface Inner {
  readonly part: "relay" | "gateway";
  /** What was read of it. */
  readonly head: Uint8Array;
  /** What the other side may call us: the tailnet's address and its names, and the certificate's. */
  readonly names: readonly string[];
}

export interface SecureFrontOptions {
  /** A path for the pairs' socket, in a folder that only its owner may enter. */
  readonly socketPath: string;
  /** Gives the far end away, and names it: `go` is called with this id when the part has it. */
  readonly giveAway: (inner: Inner, far: Socket) => number;
}

export interface SecureFront {
  /** Handshakes under way, with what no part has yet; and how many got through. */
  readonly queue: { readonly waiting: number; readonly done: number };
  /** For new connections; those under way stay as they are. */
  setPair(pair: Pair): void;
  /** `hosts`: what a connection to this address may call us. */
  accept(socket: Socket, hosts: readonly string[]): void;
  /** The part has the connection of this id. */
  go(id: number): void;
  close(): void;
}

interface InUse {
  readonly pair: Pair;
  readonly secureContext: SecureContext;
}

export async function openSecureFront({ socketPath, giveAway }: SecureFrontOptions): Promise<SecureFront> {
  const pairs = await openSocketPairs(socketPath);
  const waiting = new Map<number, () => void>();
  const open = new Set<Socket>();
  const coming = new Set<Socket>();
  let brought = 0;
  let inUse: InUse | null = null;

  function accept(socket: Socket, hosts: readonly string[], { pair, secureContext }: InUse): void {
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    const deadline = setTimeout(() => socket.destroy(), handshakeMsMax);
    // Whatever a stranger's handshake lacks is theirs to see to.
    secure.on("error", () => socket.destroy());
    socket.once("close", () => clearTimeout(deadline));
    secure.once("secure", () => {
      clearTimeout(deadline);
      void bringIn(secure, socket, [...hosts, ...namesFor(secure, pair)]);
    });
  }

  async function bringIn(secure: TLSSocket, socket: Socket, names: readonly string[]): Promise<void> {
    const first = await readFirst(secure);
    const ends = first === null ? null : await pairs.make();
    if (first === null || ends === null) return void socket.destroy();
    const { near, far } = ends;
    // The way back is open from the first moment: the door may have to say that a part is away.
    near.pipe(secure);
    near.on("error", () => near.destroy());
    near.once("close", () => secure.destroySoon());
    secure.once("close", () => near.destroy());
    const id = giveAway({ ...first, names: [...new Set(names)] }, far);
    const timer = setTimeout(() => near.destroy(), takenMsMax);
    near.once("close", () => {
      clearTimeout(timer);
      waiting.delete(id);
    });
    waiting.set(id, () => {
      clearTimeout(timer);
      if (coming.delete(socket)) brought += 1;
      secure.pipe(near);
    });
  }

  return {
    get queue() {
      return { waiting: coming.size, done: brought };
    },
    setPair: (pair) => {
      inUse = {
        pair,
        secureContext: createSecureContext({ key: pair.key, cert: pair.chain, minVersion: "TLSv1.2" }),
      };
    },
    accept: (socket, hosts) => {
      if (inUse === null || open.size >= secureSocketsMax) return void socket.destroy();
      for (const each of [open, coming]) {
        each.add(socket);
        socket.once("close", () => each.delete(socket));
      }
      socket.on("error", () => socket.destroy());
      socket.setNoDelay(true);
      accept(socket, hosts, inUse);
    },
    go: (id) => {
      const start = waiting.get(id);
      waiting.delete(id);
      start?.();
    },
    close: () => {
      pairs.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** The certificate's own, and the one asked for where a wildcard of it stands for that. */
function namesFor(secure: TLSSocket, { leaf, names }: Pair): readonly string[] {
  // reason: Node's types know it for a client only.
  const asked = String((secure as { servername?: unknown }).servername ?? "").toLowerCase();
  const plain = names.filter((name) => !name.startsWith("*."));
  return asked !== "" && leaf.checkHost(asked) !== undefined ? [...plain, asked] : plain;
}

/** `null`: it said nothing, or half of something. */
function readFirst(secure: TLSSocket): Promise<Pick<Inner, "part" | "head"> | null> {
  return new Promise((resolve) => {
    let head: Buffer = Buffer.alloc(0);
    const done = (found: Pick<Inner, "part" | "head"> | null): void => {
      clearTimeout(deadline);
      secure.off("data", onData).off("end", onEnd).off("close", onEnd);
      secure.pause();
      resolve(found);
    };
    const deadline = setTimeout(() => done(null), firstLineMsMax);
    const onEnd = (): void => done(null);
    const onData = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const part = whoseConnection(head);
      if (part !== null) done({ part, head });
    };
    secure.on("data", onData).once("end", onEnd).once("close", onEnd);
  });
}

interface SocketPairs {
  /** `null`: it could not be made. */
  make(): Promise<{ readonly near: Socket; readonly far: Socket } | null>;
  close(): void;
}

/** Two joined sockets, by way of a listener that only this user can reach: Node has no other way to make them. */
async function openSocketPairs(path: string): Promise<SocketPairs> {
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  let last: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  const makeOne = (): ReturnType<SocketPairs["make"]> =>
    new Promise((resolve) => {
      const near = connect({ path, allowHalfOpen: true });
      const onFar = (far: Socket): void => resolve({ near, far });
      server.once("connection", onFar);
      near.once("error", () => {
        server.off("connection", onFar);
        resolve(null);
      });
    });
  return {
    // One after the other, so that each near end gets the far end that is its own.
    make: () => {
      const made = last.then(makeOne);
      last = made;
      return made;
    },
    close: () => server.close(),
  };
}
