/** Where other devices find this host, and who is told of it: the relay in each of its lives, the app, and whoever sets up a second machine. */
import { isIPv6 } from "node:net";
import type { Place } from "./door/tailnet.ts";
import type { ToRelay } from "./ipc.ts";
import { writeRelayPlace } from "./link/relayLink.ts";
import type { HttpsState } from "./tls/httpsState.ts";

export interface Reach {
  readonly places: readonly Place[];
  readonly https: HttpsState | null;
  setPlaces(places: readonly Place[]): void;
  setHttps(https: HttpsState | null): void;
  /** To a life of the relay that has just begun, and whenever it changes. */
  tell(): void;
}

export interface ReachOptions {
  /** `null` while there is no relay to tell. */
  readonly toRelay: () => ((message: ToRelay) => void) | null;
  readonly onHttps?: ((https: HttpsState | null) => void) | undefined;
  /** Of a relay by itself, once it listens: its port, and what it and the claim are known by. */
  readonly alone: () => { readonly port: number; readonly relayKey: Uint8Array; readonly claimKey: Uint8Array } | null;
  readonly onRelayPlace?: ((place: string) => void) | undefined;
}

export function createReach(options: ReachOptions): Reach {
  let places: readonly Place[] = [];
  let https: HttpsState | null = null;
  let toldPlace = "";

  /** Nothing that is not on the printed link or page already. */
  function addressesForApp(): object {
    const { origins = [], authority = null } = https ?? {};
    return { origins, certificate: authority, stun: places.map(({ address }) => address) };
  }

  function tell(): void {
    const send = options.toRelay();
    if (send === null) return;
    send({ type: "reach", places });
    send({ type: "addresses", json: JSON.stringify(addressesForApp()) });
    const alone = options.alone();
    if (alone === null) return;
    const [host = "127.0.0.1"] = places.map(({ address }) => (isIPv6(address) ? `[${address}]` : address));
    const place = writeRelayPlace(host, alone.port, alone);
    if (place !== toldPlace) options.onRelayPlace?.(place);
    toldPlace = place;
  }

  return {
    get places() {
      return places;
    },
    get https() {
      return https;
    },
    setPlaces: (now) => {
      places = now;
    },
    setHttps: (now) => {
      if (JSON.stringify(now) === JSON.stringify(https)) return;
      https = now;
      options.onHttps?.(now);
      tell();
    },
    tell,
  };
}
