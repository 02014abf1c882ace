/** Peer connections in one process: descriptions are names of ends, and a channel opens when an offer was answered and the answer taken. */
import { systemRandom } from "#crypto/random.ts";
import type { OpenPeer } from "../direct/peerPort.ts";
import { createFakeChannels, type FakeChannel } from "./fakeChannel.ts";

export interface FakePeers {
  readonly openPeer: OpenPeer;
  /** Connections that were ever opened. */
  opened(): number;
  /** No way leads from one device to another: as without STUN. */
  isBlocked: boolean;
  /** Somebody in between ends DTLS with a certificate of their own. */
  hasOneInBetween: boolean;
  /** What is under way breaks. */
  cut(): void;
}

interface End {
  readonly channel: FakeChannel;
  readonly fingerprint: Uint8Array;
  other: End | null;
  readonly onEnd: () => void;
}

export function createFakePeers(): FakePeers {
  const ends = new Map<string, End>();
  const channels = new Map<string, readonly [FakeChannel, FakeChannel]>();
  let count = 0;
  const peers: FakePeers = {
    isBlocked: false,
    hasOneInBetween: false,
    opened: () => count,
    cut: () => {
      for (const end of ends.values()) {
        end.channel.close();
        end.onEnd();
      }
      ends.clear();
    },
    openPeer: (onEnd) => {
      const name = `end-${count++}`;
      const [one, other] = createFakeChannels();
      channels.set(name, [one, other]);
      const end: End = { channel: one, fingerprint: systemRandom(32), other: null, onEnd };
      ends.set(name, end);
      // Two ends of two pairs are joined by passing on what each would have sent to its own other end.
      const join = (far: End, farName: string): void => {
        end.other = far;
        far.other = end;
        const [, mine] = channels.get(name) ?? [];
        const [, theirs] = channels.get(farName) ?? [];
        if (mine === undefined || theirs === undefined || peers.isBlocked) return;
        pass(mine, far.channel);
        pass(theirs, end.channel);
        for (const channel of [one, mine, theirs, far.channel]) channel.open();
      };
      return Promise.resolve({
        channel: one,
        offer: () => Promise.resolve(`offer ${name}`),
        answer: (offer) => Promise.resolve(`answer ${name} to ${offer.slice("offer ".length)}`),
        accept: (answer) => {
          const farName = /^answer (\S+) to/.exec(answer)?.[1] ?? "";
          const far = ends.get(farName);
          if (far === undefined) return Promise.reject(new Error("no such end"));
          join(far, farName);
          return Promise.resolve();
        },
        fingerprints: () => {
          if (end.other === null) return null;
          return { own: end.fingerprint, other: peers.hasOneInBetween ? systemRandom(32) : end.other.fingerprint };
        },
        close: () => {
          ends.delete(name);
          one.close();
        },
      });
    },
  };
  return peers;
}

function pass(from: FakeChannel, to: FakeChannel): void {
  from.addEventListener("message", (event) => to.inject((event as MessageEvent<unknown>).data));
  from.addEventListener("close", () => to.close());
}
