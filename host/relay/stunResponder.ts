/**
 * Tells a device on the tailnet which address it is seen at, so that two devices can talk to each other directly
 * (DESIGN §5). UDP on the tailnet address and on nothing else; it keeps nothing about anybody but how much they asked.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { createAddressCheck, type Place } from "../door/tailnet.ts";
import { systemCode } from "../errors.ts";
import { createRateLimit, type RateLimit } from "../rateLimit.ts";
import * as limits from "./limits.ts";
import { decodeBindingRequest, encodeBindingSuccess } from "./stunMessage.ts";

export type StunPlace = Pick<Place, "address" | "peers">;

export interface StunResponderOptions {
  readonly port: number;
  /** Milliseconds of a clock that never jumps. */
  readonly nowMs: () => number;
  readonly notify: (sentence: string) => void;
  readonly retryEveryMs?: number;
}

export interface StunResponder {
  /** The addresses to answer on from now on; of all others it lets go. */
  setPlaces(places: readonly StunPlace[]): void;
  close(): void;
}

export function createStunResponder(options: StunResponderOptions): StunResponder {
  const { port, nowMs, notify, retryEveryMs = limits.stunRetryEveryMs } = options;
  const all = createRateLimit(limits.stunPerSecond, limits.stunBurst);
  const bySource = new Map<string, RateLimit>();
  const open = new Map<string, Socket>();
  const retries = new Map<string, NodeJS.Timeout>();
  const complained = new Set<string>();

  function listen({ address, peers }: StunPlace): void {
    const isPeer = createAddressCheck(peers);
    const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", ipv6Only: isIPv6(address) });
    open.set(address, socket);
    socket.on("message", (bytes, from) => {
      if (isPeer(from.address) && isWithinRate(from.address)) answer(socket, bytes, from);
    });
    socket.on("error", (error) => {
      socket.removeAllListeners("message");
      socket.close();
      if (open.get(address) !== socket) return;
      open.delete(address);
      retries.set(
        address,
        setTimeout(() => listen({ address, peers }), retryEveryMs),
      );
      if (!complained.has(address))
        notify(
          `Devices cannot find each other directly for now: UDP port ${port} of ${address} is not free (${systemCode(error)}). They still sync through this host.`,
        );
      complained.add(address);
    });
    socket.bind({ port, address, exclusive: true });
  }

  function isWithinRate(source: string): boolean {
    const now = nowMs();
    const known = bySource.get(source) ?? createRateLimit(limits.stunPerSourceSecond, limits.stunPerSourceBurst);
    // The newest stand last, so that the one to forget is the one that has been quiet for longest.
    bySource.delete(source);
    bySource.set(source, known);
    const oldest = bySource.keys().next();
    if (bySource.size > limits.stunSourcesMax && oldest.done === false) bySource.delete(oldest.value);
    return known.take(now) && all.take(now);
  }

  function leave(address: string): void {
    clearTimeout(retries.get(address));
    retries.delete(address);
    const socket = open.get(address);
    open.delete(address);
    socket?.close();
  }

  return {
    setPlaces: (places) => {
      for (const address of [...open.keys(), ...retries.keys()])
        if (!places.some((place) => place.address === address)) leave(address);
      for (const place of places) if (!open.has(place.address) && !retries.has(place.address)) listen(place);
    },
    close: () => {
      for (const address of [...open.keys(), ...retries.keys()]) leave(address);
    },
  };
}

function answer(socket: Socket, bytes: Uint8Array, from: RemoteInfo): void {
  const transaction = decodeBindingRequest(bytes);
  if (transaction === null) return;
  // Whether it arrives is for the asker to find out: it asks again.
  socket.send(encodeBindingSuccess(transaction, from.address, from.port), from.port, from.address, () => {});
}
