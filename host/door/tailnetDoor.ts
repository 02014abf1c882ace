/**
 * The door's other address: follows the tailnet interface as it comes, goes and changes its address, and listens there
 * and nowhere else. Nothing is to be set for it, and nothing can be set to open more.
 *
 *   every second: interfaces ─► candidates changed? ─► ask tailscaled ─► places ─► listen on new ones, leave old ones
 */
import type { Server, Socket } from "node:net";
import { systemCode } from "../errors.ts";
import { listenAt, type ListenerOptions } from "./listener.ts";
import { doorLimits, silencesMax } from "./limits.ts";
import { steadyClock, type LookClock } from "./lookClock.ts";
import {
  createAddressCheck,
  findPlaces,
  standsOnlyOn,
  tailscaleCandidates,
  type Place,
  type TailnetFacts,
  type TailscaleWord,
} from "./tailnet.ts";
import type { TailnetSources } from "./tailnetSources.ts";

export interface TailnetDoorOptions extends Omit<ListenerOptions, "onSocket"> {
  readonly port: number;
  readonly sources: TailnetSources;
  readonly wireguardName: string | null;
  readonly onSocket: (socket: Socket, names: readonly string[]) => void;
  /** The places that are open now, whenever they change. */
  readonly onPlaces: (places: readonly Place[]) => void;
  readonly notify: (sentence: string) => void;
  readonly limits?: Pick<typeof doorLimits, "tailnetLookEveryMs" | "tailscaleAskEveryMs">;
  /** Left out, the machine's. */
  readonly clock?: LookClock;
  readonly listen?: typeof listenAt;
}

export interface TailnetDoor {
  close(): void;
}

const GONE =
  "Your other devices do not reach this host now: its tailnet is gone (Tailscale was stopped or signed out, or its interface went away). When it is back, so is the host, by itself. What to mend: sovereign doctor";

interface OpenPlace {
  readonly place: Place;
  readonly server: Server;
}

export function openTailnetDoor(options: TailnetDoorOptions): TailnetDoor {
  const { sources, wireguardName, port, notify, limits = doorLimits } = options;
  const { clock = steadyClock, listen = listenAt } = options;
  const open = new Map<string, OpenPlace>();
  const complained = new Set<string>();
  let word: TailscaleWord = { kind: "absent" };
  let askedFor = "";
  let askedMs = Number.NEGATIVE_INFINITY;
  let silences = 0;
  let told = "[]";
  let isClosed = false;
  let cancelLook = (): void => {};

  async function look(): Promise<void> {
    const facts: TailnetFacts = { platform: sources.platform, interfaces: sources.interfaces(), wireguardName };
    await askAgain(facts);
    if (isClosed) return;
    const places = findPlaces(facts, word);
    for (const [address, { server }] of open) {
      if (places.some((place) => place.address === address)) continue;
      server.close();
      open.delete(address);
    }
    for (const place of places) await openPlace(place);
    complainOf(facts);
    tell();
  }

  /** Asks when there is a reason to: most machines have no such interface, and are never asked. */
  async function askAgain(facts: TailnetFacts): Promise<void> {
    const candidates = tailscaleCandidates(facts);
    const now = clock.now();
    const seen = JSON.stringify(candidates);
    const isSame = seen === askedFor;
    const isDue = !isSame || silences > 0 || word.kind === "unclear" || now - askedMs > limits.tailscaleAskEveryMs;
    if (candidates.length === 0) [askedFor, silences] = ["", 0];
    if (candidates.length === 0 || !isDue) return;
    const said = await sources.askTailscale();
    askedFor = seen;
    askedMs = now;
    silences = said.kind === "unclear" ? silences + 1 : 0;
    // A daemon that was too busy to answer has not taken back what it said of these very interfaces; one that goes on being silent has.
    if (isSame && word.kind === "says" && silences > 0 && silences < silencesMax) return;
    word = said;
  }

  async function openPlace(place: Place): Promise<void> {
    const before = open.get(place.address);
    if (before !== undefined) {
      open.set(place.address, { place, server: before.server });
      return;
    }
    try {
      const server = await listen(place.address, port, {
        ...options,
        onSocket: (socket) => accept(place.address, socket),
      });
      if (server === null) return;
      if (isClosed) return void server.close();
      open.set(place.address, { place, server });
      complained.delete(place.address);
    } catch (error) {
      complain(
        place.address,
        `Your other devices cannot reach this host yet: port ${port} of ${place.address} is not free (${systemCode(error)}). It is tried again by itself.`,
      );
    }
  }

  /** Who comes by another way than the tailnet, or after the address has moved to another interface, is not let in. */
  function accept(address: string, socket: Socket): void {
    const place = open.get(address)?.place;
    const isPeer =
      place !== undefined &&
      createAddressCheck(place.peers)(socket.remoteAddress ?? "") &&
      standsOnlyOn(sources.interfaces(), address, place.interfaceName);
    if (isPeer) options.onSocket(socket, place.names);
    else socket.destroy();
  }

  function complainOf({ interfaces, platform }: TailnetFacts): void {
    if (wireguardName === null) return;
    const named = interfaces.find(({ name }) => name === wireguardName);
    if (named === undefined || (named.kind === "wireguard" && platform === "linux"))
      return void complained.delete(wireguardName);
    complain(
      wireguardName,
      `SOVEREIGN_WIREGUARD names ${wireguardName}, which is no WireGuard interface of this machine, so nothing listens there.`,
    );
  }

  function complain(about: string, sentence: string): void {
    if (!complained.has(about)) notify(sentence);
    complained.add(about);
  }

  function tell(): void {
    const places = [...open.values()].map(({ place }) => place);
    const now = JSON.stringify(places);
    if (now === told) return;
    told = now;
    if (places.length === 0) notify(GONE);
    options.onPlaces(places);
  }

  async function follow(): Promise<void> {
    await look();
    if (!isClosed) cancelLook = clock.after(limits.tailnetLookEveryMs, () => void follow());
  }
  void follow();

  return {
    close: () => {
      isClosed = true;
      cancelLook();
      for (const { server } of open.values()) server.close();
    },
  };
}
