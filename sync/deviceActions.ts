/** The vault's list of devices, and who comes into it and leaves it. */
import type { AuthorId } from "#crypto/ids.ts";
import { isActiveMember } from "#crypto/roster.ts";
import { createAddDevice, createRemove, openMemberName } from "#crypto/rosterEntries.ts";
import { createVaultKey } from "#crypto/vaultKeys.ts";
import { listDevices } from "./deviceList.ts";
import { createDeviceCards, type DeviceKind } from "./docs/devices.ts";
import { VaultError } from "./errors.ts";
import { seenEveryMs } from "./limits.ts";
import type { Membership } from "./membership.ts";
import { createLazyPairing } from "./lazyPairing.ts";
import type { Clock, Random } from "./ports.ts";
import type { Receipts } from "./receipts.ts";
import type { Replica } from "./replicaTypes.ts";
import type { Vault } from "./vaultTypes.ts";

type Acts = "pair" | "devices" | "nameOf" | "renameDevice" | "addDevice" | "removeDevice";

export interface DeviceActions {
  readonly actions: Pick<Vault, Acts>;
  /** DV2: now and then, and only where another device could read it. */
  noteSeen(): void;
  /** Ends a code that is on show. */
  stop(): void;
}

export interface DeviceActionsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly device: AuthorId;
  readonly kind: DeviceKind | null;
  readonly membership: Membership;
  readonly openCatalog: Replica;
  readonly receipts: Receipts;
  /** When this device last heard of each other one. */
  readonly heardAt: ReadonlyMap<AuthorId, number>;
  readonly directTo: () => readonly AuthorId[];
  readonly isClosed: () => boolean;
}

export function createDeviceActions(options: DeviceActionsOptions): DeviceActions {
  const { clock, random, device: here, kind, membership, openCatalog, receipts, heardAt, directTo, isClosed } = options;
  const cards = createDeviceCards(openCatalog.yDoc);
  const offers = createLazyPairing({
    clock,
    random,
    membership,
    deviceName: () => actions.devices().find(({ isThis }) => isThis)?.name ?? "",
    admit: (request) => actions.addDevice(request),
  });

  const actions: Pick<Vault, Acts> = {
    pair: async (origin) => {
      if (isClosed()) throw new VaultError("closed", "vault");
      return offers.show(origin);
    },
    devices: () =>
      listDevices({
        roster: membership.roster(),
        vaultKeys: membership.vaultKeys(),
        here,
        nowMs: clock.now(),
        cards,
        receipts,
        heardAt,
        liveHosts: membership.lives().map(({ host }) => host),
        directTo: directTo(),
        isLinked: membership.status().link === "live",
      }),
    nameOf: (id) => {
      const member = membership.roster().members.get(id);
      return cards.card(id).name ?? (member === undefined ? null : openMemberName(member, membership.vaultKeys()));
    },
    renameDevice: async (id, name) => {
      if (isClosed()) throw new VaultError("closed", "vault");
      if (!actions.devices().some((device) => device.id === id)) throw new VaultError("unknown-device", id);
      cards.rename(id, name);
      await openCatalog.flush();
    },
    addDevice: ({ device, joinSignature, name }) =>
      membership.change((on) => createAddDevice({ ...on, device, joinSignature, name })),
    removeDevice: (id) =>
      membership.change((on) => {
        const member = on.roster.members.get(id);
        if (id === here || member?.role !== "device") throw new VaultError("unknown-device", id);
        if (member.removedSeq !== null) return null;
        return createRemove({ ...on, member: id, newVaultKey: createVaultKey(random) });
      }),
  };

  return {
    actions,
    noteSeen: () => {
      if (isClosed() || openCatalog.status().phase !== "live") return;
      const roster = membership.roster();
      const isAlone = ![...roster.members.values()].some(
        ({ id, role }) => role === "device" && id !== here && isActiveMember(roster, id),
      );
      const { seenAt } = cards.card(here);
      if (isAlone || !openCatalog.isWritable || clock.now() - (seenAt ?? 0) < seenEveryMs) return;
      cards.noteSeen(here, kind, clock.now());
    },
    stop: () => offers.close(),
  };
}
