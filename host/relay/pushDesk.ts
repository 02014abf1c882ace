/**
 * Who asks to be told of answers while it is away, and who is told: devices of the owner's vault, each by a subscription of its own. A device that has a link and is
 * heard after the answer knows of it by itself; the others are told by their push service, which learns that something was answered, and when.
 */
import type { AuthorId, DocId, VaultId } from "#crypto/ids.ts";
import { isTemporaryDoc } from "#crypto/ids.ts";
import { isActiveMember } from "#crypto/roster.ts";
import type { PushSubscription } from "#sync/frame.ts";
import { heardWithinMs, lateMsMax } from "../push/limits.ts";
import { parsePushEndpoint } from "../push/services.ts";
import { arePushKeys, type PushJob } from "../push/subscription.ts";
import { OWN_PLACE } from "./places.ts";
import type { VaultRoster } from "./rosterStore.ts";
import type { AppendAnswer, Peer, Session } from "./session.ts";
import type { Subscribed, Subscriptions } from "./subscriptions.ts";

/** The part of the host that calls push services. */
export interface PushPort {
  /** By what key services know this host. */
  readonly key: Uint8Array;
  send(job: PushJob): void;
  forget(endpoint: string): void;
  /** How many subscriptions there are, at the start and whenever that changes: with none, nobody is called. */
  onCount(count: number): void;
}

export interface PushDesk {
  ask(session: Session): void;
  put(peer: Peer, subscription: PushSubscription | null): Promise<AppendAnswer>;
  /** A device says when the vault's are to be told that it is time. */
  putAlarms(peer: Peer, times: readonly number[]): Promise<AppendAnswer>;
  /** An agent says that an answer is whole. */
  answered(peer: Peer, doc: DocId): void;
  /** Looks at those who have a link and were not heard since. */
  check(): void;
  /** After each entry of a roster, before anybody hears of it: who is no member any more is told nothing more. */
  prune(vault: VaultRoster): void;
  /** The service knows that subscription no more. */
  gone(endpoint: string): void;
}

export interface PushDeskOptions {
  readonly port: PushPort | null;
  readonly subscriptions: Subscriptions;
  readonly sessions: () => Iterable<Session>;
  /** The vault whose docs this peer may follow. */
  readonly vaultOf: (peer: Peer) => VaultId | null;
  readonly nowMs: () => number;
  /** By the clock on the wall, which alarms go by. */
  readonly wallNowMs: () => number;
}

interface Due {
  readonly subscribed: Subscribed;
  /** All of one length. */
  readonly words: string;
  readonly atMs: number;
}

/** In the place of a chat's name, which is 16 random bytes: that it is time for something. */
const alarmWords = "0".repeat(32);

const refused: AppendAnswer = { kind: "nack", code: "not-allowed", expected: 0 };

export function createPushDesk(options: PushDeskOptions): PushDesk {
  const { port, subscriptions, sessions, vaultOf, nowMs, wallNowMs } = options;
  /** The newest answer for each device that has a link and may be asleep, by where it is told. */
  const due = new Map<string, Due>();
  port?.onCount(subscriptions.count);

  /** Guests have no say in whom this machine calls. */
  function vaultOfDevice(peer: Peer): VaultId | null {
    return peer.standing === "device" && peer.place === OWN_PLACE ? vaultOf(peer) : null;
  }

  function heardMsOf(device: AuthorId): number | null {
    const heard = [...sessions()].flatMap(({ peer, heardMs }) => (peer?.author === device ? [heardMs] : []));
    return heard.length === 0 ? null : Math.max(...heard);
  }

  function settle({ subscribed, words, atMs }: Due): void {
    const heardMs = heardMsOf(subscribed.device);
    const isThere = heardMs !== null && heardMs > atMs;
    if (!isThere && heardMs !== null && nowMs() - atMs <= heardWithinMs) return;
    const { endpoint, publicKey, secret } = subscribed;
    due.delete(endpoint);
    if (!isThere) port?.send({ endpoint, publicKey, secret, words });
  }

  function tell(vault: VaultId, words: string): void {
    for (const subscribed of subscriptions.of(vault)) {
      const next = { subscribed, words, atMs: nowMs() };
      due.set(subscribed.endpoint, next);
      settle(next);
    }
  }

  /** Synchronously: what was on its way is taken back as well. */
  function drop(vault: VaultId, { endpoint, device }: Subscribed): Promise<void> {
    due.delete(endpoint);
    port?.forget(endpoint);
    const dropped = subscriptions.drop(vault, device);
    port?.onCount(subscriptions.count);
    return dropped;
  }

  return {
    ask: (session) => {
      const { peer } = session;
      const vault = peer === null ? null : vaultOfDevice(peer);
      const known = vault === null || peer === null ? undefined : subscriptions.find(vault, peer.author);
      session.send({
        type: "pushKey",
        key: vault === null ? null : (port?.key ?? null),
        endpoint: known?.endpoint ?? null,
      });
    },
    put: async (peer, subscription) => {
      const vault = vaultOfDevice(peer);
      if (vault === null || port === null) return refused;
      const known = subscriptions.find(vault, peer.author);
      if (subscription === null) {
        if (known !== undefined) await drop(vault, known);
        return { kind: "ack", seq: 0 };
      }
      if (parsePushEndpoint(subscription.endpoint) === null || !arePushKeys(subscription))
        return { kind: "nack", code: "malformed", expected: 0 };
      // A browser that was let in anew keeps its subscription: it is no other device's any more.
      const other = subscriptions.at(subscription.endpoint);
      if (other !== undefined && other.subscribed !== known) await drop(other.vault, other.subscribed);
      if (known !== undefined && known.endpoint !== subscription.endpoint) port.forget(known.endpoint);
      const isKept = subscriptions.put(vault, peer.author, subscription);
      port.onCount(subscriptions.count);
      return (await isKept) ? { kind: "ack", seq: 0 } : { kind: "nack", code: "full", expected: 0 };
    },
    putAlarms: async (peer, times) => {
      const vault = vaultOfDevice(peer);
      if (vault === null || port === null) return refused;
      // What is over rings nowhere any more: whoever says so now is there to see it.
      await subscriptions.putAlarms(
        vault,
        times.filter((at) => at > wallNowMs()),
      );
      return { kind: "ack", seq: 0 };
    },
    answered: (peer, doc) => {
      const vault = peer.standing === "host" ? vaultOf(peer) : null;
      if (vault !== null && !isTemporaryDoc(doc)) tell(vault, doc);
    },
    check: () => {
      for (const vault of subscriptions.alarmed) {
        const [times, now] = [subscriptions.alarmsOf(vault), wallNowMs()];
        const passed = times.filter((at) => at <= now);
        if (passed.length === 0) continue;
        // Not told again: neither after a failure of the disk, nor after the next start.
        void subscriptions.putAlarms(vault, times.slice(passed.length)).catch(() => {});
        if (passed.some((at) => now - at <= lateMsMax)) tell(vault, alarmWords);
      }
      for (const each of due.values()) settle(each);
    },
    prune: ({ roster }) => {
      for (const subscribed of subscriptions.of(roster.vault))
        // Kept by mistake on a failing disk, it goes with the next start: it is no member's then either.
        if (!isActiveMember(roster, subscribed.device)) void drop(roster.vault, subscribed).catch(() => {});
    },
    gone: (endpoint) => {
      const known = subscriptions.at(endpoint);
      if (known !== undefined) void drop(known.vault, known.subscribed).catch(() => {});
    },
  };
}
