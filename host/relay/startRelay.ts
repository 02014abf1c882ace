/**
 * Opens the relay's files, puts its parts together and listens. Whoever calls it has awaited nothing else: a test runs
 * the same relay as the host.
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { openAnnouncement } from "#crypto/announcement.ts";
import { hexToBytes, isEqualBytes } from "#crypto/bytes.ts";
import { authorIdOf, signingKeyFromSeed } from "#crypto/device.ts";
import { CryptoError } from "#crypto/errors.ts";
import type { BootId } from "#crypto/ids.ts";
import { HANDSHAKE_NONCE_BYTES, signWelcome } from "#crypto/handshake.ts";
import type { ShareFacts } from "#crypto/serviceFacts.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import type { HostError } from "../errors.ts";
import type { Came } from "../door/doorway.ts";
import { logFile, openRelaySeed } from "../relayHome.ts";
import { createApp } from "./app.ts";
import { listAppFiles } from "./appFiles.ts";
import { openDatabase } from "./database.ts";
import { stunPort } from "../door/limits.ts";
import type { GroupCommit } from "./groupCommit.ts";
import { checkEveryMs, drainMsMax } from "./limits.ts";
import { createPlaces, OWN_PLACE, type Invitation, type Place } from "./places.ts";
import type { PushPort } from "./pushDesk.ts";
import type { QuotaLimits } from "./quota.ts";
import { createRelay } from "./relay.ts";
import { createRecordStore } from "./records.ts";
import { createRosterStore } from "./rosterStore.ts";
import { createServer } from "./server.ts";
import { createSqliteLogStore } from "./sqliteLogStore.ts";
import { createStunResponder, type StunPlace } from "./stunResponder.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { createWaitingGrants } from "./waitingGrants.ts";

export interface StartRelayOptions {
  readonly home: string;
  readonly appDir: string;
  /** The agent's identity: a link that proves this key is the host's. */
  readonly hostSignKey: Uint8Array;
  /** Public half of the claim; `null` lets nobody claim this host. */
  readonly claimKey: Uint8Array | null;
  readonly onClaimed: () => void;
  /** Vaults besides the owner's that may come, or have come, each by its link. */
  readonly invitations?: readonly Invitation[];
  /** Which of those links a vault has come by, whenever one has. */
  readonly onInvited?: (keys: readonly Uint8Array[]) => void;
  /** One line for the owner; the relay goes on. */
  readonly notify?: (sentence: string) => void;
  /** What the owner's vault may have stored; left out, what limits.ts gives. */
  readonly vaultBytesMax?: number;
  /** For tests: less room, also for one device. */
  readonly quota?: QuotaLimits;
  /** Left out, nobody is told by a push service. */
  readonly push?: PushPort;
  /** How many devices have a link now; called when it changed. */
  readonly onDevices?: (count: number) => void;
  /** How full the owner's vault is; called when it changed. */
  readonly onShare?: (share: ShareFacts) => void;
  /** The disk fails: nothing more is acknowledged, and the relay has to be started anew. */
  readonly onBroken: (error: HostError) => void;
}

export interface RunningRelay {
  /** Envelopes and whatever else is to be stored, and not on the disk yet. */
  readonly queue: GroupCommit["queue"];
  /** A connection, with what was read of it put back. */
  accept(socket: Socket, came?: Came): void;
  readonly relayKey: Uint8Array;
  readonly isClaimed: boolean;
  /** From now on: who may bring a vault here, and who may not any more. */
  invite(invitations: readonly Invitation[]): void;
  /** Where the tailnet reaches this host from now on: STUN is answered there. */
  setPlaces(places: readonly StunPlace[]): void;
  /** Where other devices find this host, as JSON for the app. */
  setAddresses(json: string): void;
  /** A push service knows that subscription no more. */
  pushGone(endpoint: string): void;
  /** Tells every link, ends its connections, settles what waits, closes the files. */
  drain(): Promise<void>;
}

export async function startRelay(options: StartRelayOptions): Promise<RunningRelay> {
  const { home, appDir, hostSignKey, claimKey, onClaimed, onDevices, onShare, onBroken } = options;
  await sodiumReady;
  let addresses = "{}";
  const app = createApp(listAppFiles(appDir), () => addresses);
  const relayKey = signingKeyFromSeed(openRelaySeed(home));
  const database = openDatabase({ file: logFile(home), onBroken });
  const places = createPlaces(claimKey, () => Date.now(), options.vaultBytesMax);
  places.invite(options.invitations ?? []);
  const rosters = createRosterStore(database, places);
  const tellInvited = (taken: readonly Place[]): void =>
    options.onInvited?.(
      taken.filter((place) => place !== OWN_PLACE).map((place) => hexToBytes(place) ?? new Uint8Array(0)),
    );
  const relay = createRelay({
    log: createSqliteLogStore(database),
    rosters,
    waiting: createWaitingGrants(database),
    records: createRecordStore(database, () => Date.now()),
    subscriptions: createSubscriptions(database),
    push: options.push ?? null,
    handshake: {
      relayKey: relayKey.publicKey,
      makeNonce: () => randomBytes(HANDSHAKE_NONCE_BYTES),
      signWelcome: (deviceNonce, relayNonce, deviceKey) =>
        signWelcome({ deviceNonce, relayNonce, deviceKey }, relayKey),
    },
    hostSignKey,
    hostId: authorIdOf(hostSignKey),
    authorIdOf,
    bootOf,
    places,
    onClaimed,
    onInvited: tellInvited,
    ...(onDevices === undefined ? {} : { onDevices }),
    ...(onShare === undefined ? {} : { onShare }),
    nowMs: () => performance.now(),
    ...(options.quota === undefined ? {} : { quota: { limits: options.quota } }),
    wallNowMs: () => Date.now(),
  });
  const server = createServer({ app, onLink: relay.accept });
  const stun = createStunResponder({
    port: stunPort,
    nowMs: () => performance.now(),
    notify: options.notify ?? (() => {}),
  });
  tellInvited(rosters.taken());
  const check = setInterval(() => {
    relay.check();
    database.tidy();
  }, checkEveryMs);
  return {
    get queue() {
      return database.queue;
    },
    accept: server.accept,
    relayKey: relayKey.publicKey,
    isClaimed: rosters.of(OWN_PLACE) !== null,
    invite: relay.invite,
    pushGone: relay.pushGone,
    setPlaces: stun.setPlaces,
    setAddresses: (json) => {
      addresses = json;
    },
    drain: async () => {
      stun.close();
      clearInterval(check);
      relay.drain();
      await server.close(drainMsMax);
      await database.close();
    },
  };
}

/** `null`: it is no announcement, or another host's. */
export function bootOf(bytes: Uint8Array, hostSignKey: Uint8Array): BootId | null {
  try {
    const { signKey, boot } = openAnnouncement(bytes);
    return isEqualBytes(signKey, hostSignKey) ? boot : null;
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}
