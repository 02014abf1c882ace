/**
 * The https part's process, there only while a tailnet is: it holds the certificate's key, ends TLS, and shows the way in plain HTTP. Content
 * passes it as it passes a WireGuard tunnel's end; it keeps none and has no key of a vault.
 */
import "../steadyCompiler.ts";
import "../egress/closed.ts";
import { toOwnerSentence } from "../errors.ts";
import { fromHttps, openParentChannel, toHttps, type ToHttps } from "../ipc.ts";
import { prepareFolder } from "../home.ts";
import type { Came } from "../door/doorway.ts";
import { createAging } from "../watch/pulse.ts";
import { bracketed, createCertificateKeeper, type CertificateKeeper, type NamedAddress } from "./certificateKeeper.ts";
import { pairsFolder, pairsSocket, tlsFolder } from "./folders.ts";
import { plainDrainMsMax } from "./limits.ts";
import { createPlainSite } from "./plainSite.ts";
import { openSecureFront, type SecureFront } from "./secureFront.ts";

process.umask(0o077);
const age = createAging(() => performance.now());
const parent = openParentChannel(toHttps, fromHttps, () => age(front?.queue.waiting ?? 0, front?.queue.done ?? 0));
let keeper: CertificateKeeper | null = null;
let front: SecureFront | null = null;
let places: readonly NamedAddress[] = [];
let ids = 0;

const site = createPlainSite({ state: () => keeper?.state() ?? null, authority: () => keeper?.authority() ?? null });

async function start({ home, port, certificate, key }: Extract<ToHttps, { type: "start" }>): Promise<void> {
  for (const folder of [tlsFolder(home), pairsFolder(home)]) prepareFolder(folder);
  front = await openSecureFront({
    socketPath: pairsSocket(home),
    giveAway: (inner, far) => {
      const id = ++ids;
      parent.sendSocket({ type: "inner", id, ...inner, port }, far);
      return id;
    },
  });
  keeper = createCertificateKeeper({
    home,
    port,
    files: certificate === null || key === null ? null : { certificate, key },
    now: Date.now,
    onPair: (pair) => front?.setPair(pair),
    onState: (state) => parent.send({ type: "state", state }),
    notify: (says) => parent.send({ type: "notice", says }),
  });
  keeper.setPlaces(places);
  // Ready is who can answer: the first certificate may have to be fetched.
  await keeper.look();
  parent.send({ type: "ready" });
}

/** TLS begins with this byte, and no HTTP does (door/whose.ts). */
const tlsHandshake = 0x16;

parent.onMessage((message) => {
  if (message.type === "drain") void end();
  if (message.type === "go") front?.go(message.id);
  if (message.type === "places") {
    places = message.places;
    keeper?.setPlaces(places);
  }
  if (message.type === "start")
    start(message).catch((error: unknown) => parent.send({ type: "failed", says: toOwnerSentence(error) }));
});
parent.onSocket((socket, came: Came) => {
  const first: unknown = socket.read(1);
  if (!(first instanceof Uint8Array)) return void socket.destroy();
  socket.unshift(first);
  if (first[0] !== tlsHandshake) return site.accept(socket, came);
  if (front === null) return void socket.destroy();
  front.accept(socket, [bracketed(socket.localAddress ?? ""), ...came.names]);
});

async function end(): Promise<void> {
  keeper?.close();
  front?.close();
  await site.close(plainDrainMsMax);
  process.exit(0);
}

// Nobody else would ever stop this process.
parent.onOrphaned(() => void end());
// Ctrl-C reaches the whole group: the supervisor says when to end.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
