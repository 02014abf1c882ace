/** Members of one vault and what they seal, for tests of rules: no link, no storage, no time. */
import { createDeviceKeys, signingKeyFromSeed, type DeviceKeys, type SigningKey } from "#crypto/device.ts";
import { createDocKey, sealRekey, type DocKey } from "#crypto/docKeys.ts";
import { sealEnvelope } from "#crypto/envelope.ts";
import { envelopeHash, NO_PREV, type EnvelopeKind } from "#crypto/envelopeHeader.ts";
import { bootIdFromBytes, docIdFromBytes, runIdFromBytes, type AuthorId, type DocId, type RunId } from "#crypto/ids.ts";
import { createLane } from "#crypto/lane.ts";
import { systemRandom } from "#crypto/random.ts";
import { readRoster, type Roster } from "#crypto/roster.ts";
import {
  createAddDevice,
  createAddHost,
  createGenesis,
  createRemove,
  openRosterVaultKeys,
  signJoin,
} from "#crypto/rosterEntries.ts";
import { createVaultKey, type VaultKey } from "#crypto/vaultKeys.ts";
import { createRoomState, type RoomState } from "../roomState.ts";

export interface TestMembers {
  readonly doc: DocId;
  readonly here: DeviceKeys;
  readonly there: DeviceKeys;
  readonly host: DeviceKeys;
  readonly docKey: DocKey;
  readonly vaultKey: VaultKey;
  /** Genesis (here), there, host. */
  readonly entries: readonly Uint8Array[];
  readonly roster: Roster;
  readonly vaultKeys: ReadonlyMap<number, VaultKey>;
  /** A room of `here` that knows nothing of the doc yet. */
  room(): RoomState;
  author(keys: DeviceKeys): TestAuthor;
  lane(options?: { run?: RunId; host?: DeviceKeys }): TestAuthor & { readonly run: RunId; accept(): Uint8Array };
  /** The entries after `there` was removed. */
  withoutThere(): readonly Uint8Array[];
  /** A third device, in the roster before and after `there` was removed. */
  withThird(): {
    readonly keys: DeviceKeys;
    readonly before: readonly Uint8Array[];
    readonly after: readonly Uint8Array[];
  };
}

export interface TestAuthor {
  readonly id: AuthorId;
  /** The next envelope of its chain. */
  seal(kind: EnvelopeKind, body: Uint8Array, changes?: SealChanges): Uint8Array;
  rekey(docKey?: DocKey): Uint8Array;
  /** Forgets the newest envelope, as a clone that never saw it. */
  stepBack(): void;
}

export interface SealChanges {
  readonly clear?: Uint8Array;
  readonly epoch?: number;
  readonly docKey?: DocKey;
  readonly roster?: Roster;
  readonly rosterHead?: Uint8Array;
}

export function createTestMembers(): TestMembers {
  const random = systemRandom;
  const [here, there, host] = [createDeviceKeys(random), createDeviceKeys(random), createDeviceKeys(random)];
  const relay = createDeviceKeys(random);
  const vaultKey = createVaultKey(random);
  const entries = [createGenesis({ device: here, name: "Here", vaultKey, random })];
  const publicOf = (keys: DeviceKeys) => ({ signKey: keys.sign.publicKey, boxKey: keys.box.publicKey });
  const next = () => ({ roster: readRoster(entries), by: here, vaultKey, random });
  const joinSignature = signJoin(there, readRoster(entries).vault);
  entries.push(createAddDevice({ ...next(), device: publicOf(there), joinSignature, name: "There" }));
  entries.push(createAddHost({ ...next(), host: { ...publicOf(host), relayKey: relay.sign.publicKey }, name: "Host" }));
  const roster = readRoster(entries);
  const vaultKeys = openRosterVaultKeys(entries, here);
  const doc = docIdFromBytes(random(16));
  const docKey = createDocKey(random);

  const author = (id: AuthorId, signingKey: SigningKey): TestAuthor => {
    const hashes: Uint8Array[] = [];
    const place = (changes: SealChanges, epoch: number) => ({
      doc,
      epoch,
      author: id,
      counter: hashes.length + 1,
      prev: hashes.at(-1) ?? NO_PREV,
      rosterSeq: (changes.roster ?? roster).seq,
      rosterHead: changes.rosterHead ?? (changes.roster ?? roster).head.slice(0, 8),
    });
    const keep = (envelope: Uint8Array): Uint8Array => {
      hashes.push(envelopeHash(envelope));
      return envelope;
    };
    return {
      id,
      seal: (kind, body, changes = {}) =>
        keep(
          sealEnvelope({
            ...place(changes, changes.epoch ?? 1),
            kind,
            clear: changes.clear ?? new Uint8Array(0),
            body,
            docKey: changes.docKey ?? docKey,
            signingKey,
            random,
          }),
        ),
      rekey: (key = docKey) =>
        keep(
          sealRekey({
            ...place({}, 1),
            generation: 1,
            docKey: key,
            vaultKey,
            previousDocKey: null,
            signingKey,
            random,
          }),
        ),
      stepBack: () => {
        hashes.pop();
      },
    };
  };

  return {
    doc,
    here,
    there,
    host,
    docKey,
    vaultKey,
    entries,
    roster,
    vaultKeys,
    room: () => createRoomState({ doc, device: here.id, roster, vaultKeys }),
    author: (keys) => author(keys.id, keys.sign),
    lane: (options = {}) => {
      const run = options.run ?? runIdFromBytes(random(16));
      const by = options.host ?? host;
      const boot = bootIdFromBytes(random(16));
      // The lane's key comes from a seed we keep, since the test signs for it too.
      const made = createLane({ run, doc, host: by, boot, random });
      const lane = author(made.id, signingKeyFromSeed(made.signingKey.secretKey.subarray(0, 32)));
      return { ...lane, run, accept: () => lane.seal("accept", new Uint8Array(0), { clear: made.acceptClear }) };
    },
    withThird: () => {
      const keys = createDeviceKeys(random);
      const joined = { device: publicOf(keys), joinSignature: signJoin(keys, roster.vault), name: "Third" };
      const before = [...entries, createAddDevice({ ...next(), ...joined })];
      const removal = { ...next(), roster: readRoster(before), member: there.id, newVaultKey: createVaultKey(random) };
      return { keys, before, after: [...before, createRemove(removal)] };
    },
    withoutThere: () => [
      ...entries,
      createRemove({ ...next(), member: there.id, newVaultKey: createVaultKey(random) }),
    ],
  };
}
