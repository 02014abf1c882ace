/** Makes the frozen vectors of `vectors/`: see vectors.test.ts. */
import { createAnnouncement } from "../announcement.ts";
import { bytesToHex, concatBytes, hexToBytes } from "../bytes.ts";
import { boxKeyFromSeed, deviceKeysFromSeeds, type DeviceKeys } from "../device.ts";
import { sealRekey } from "../docKeys.ts";
import { sealEnvelope } from "../envelope.ts";
import { envelopeHash, NO_PREV } from "../envelopeHeader.ts";
import { encodeRequest, sealGrant } from "../grant.ts";
import { signAuth, signWelcome } from "../handshake.ts";
import { bootIdFromBytes, docIdFromBytes, runIdFromBytes, vaultIdFromBytes } from "../ids.ts";
import { createLane } from "../lane.ts";
import { readRoster } from "../roster.ts";
import {
  createAddDevice,
  createAddHost,
  createGenesis,
  createRecover,
  createRemove,
  createRotate,
  createSetRecovery,
  signJoin,
} from "../rosterEntries.ts";
import { createSeededRandom } from "./fixtures.ts";

/** Hex strings, numbers and lists of them: nothing that another language could read differently. */
export type Vector = Readonly<Record<string, string | number | readonly string[]>>;

const VECTOR_NAMES = ["envelope", "rekey", "roster", "grant", "lane", "handshake", "announcement", "deflated"] as const;
type VectorName = (typeof VECTOR_NAMES)[number];

export function bytesIn(vector: Vector, field: string): Uint8Array {
  const value = hexToBytes(String(vector[field]));
  if (value === null) throw new Error(`${field} is not hex`);
  return value;
}

export function deviceIn(vector: Vector, name: string): DeviceKeys {
  return deviceKeysFromSeeds(bytesIn(vector, `${name}SignSeed`), bytesIn(vector, `${name}BoxSeed`));
}

/** Repeats itself, but for the boxes, into which libsodium puts randomness of its own. */
export function makeVectors(): Readonly<Record<VectorName, Vector>> {
  const random = createSeededRandom(2026);
  const seeds = (name: string) => ({
    [`${name}SignSeed`]: bytesToHex(random(32)),
    [`${name}BoxSeed`]: bytesToHex(random(32)),
  });
  const sealedVector = (bodyBytes: number, toBody: (vector: Vector) => Uint8Array): Vector => {
    const vector = { ...seeds("author"), docKey: bytesToHex(random(32)), body: bytesToHex(random(bodyBytes)) };
    const author = deviceIn(vector, "author");
    const sealed = sealEnvelope({
      kind: "update",
      doc: docIdFromBytes(random(16)),
      epoch: 3,
      author: author.id,
      counter: 2,
      prev: random(32),
      rosterSeq: 5,
      rosterHead: random(8),
      clear: random(6),
      body: toBody(vector),
      docKey: bytesIn(vector, "docKey"),
      signingKey: author.sign,
      random,
    });
    return { ...vector, envelope: bytesToHex(sealed), hash: bytesToHex(envelopeHash(sealed)) };
  };
  const make: Readonly<Record<VectorName, () => Vector>> = {
    envelope: () => sealedVector(70, (vector) => bytesIn(vector, "body")),
    rekey: () => {
      const [docKey, previousDocKey, vaultKey] = [random(32), random(32), random(32)];
      const vector = seeds("author");
      const author = deviceIn(vector, "author");
      const sealed = sealRekey({
        doc: docIdFromBytes(random(16)),
        epoch: 2,
        author: author.id,
        counter: 1,
        prev: NO_PREV,
        rosterSeq: 5,
        rosterHead: random(8),
        generation: 2,
        docKey,
        vaultKey,
        previousDocKey,
        signingKey: author.sign,
        random,
      });
      const keys = Object.entries({ docKey, previousDocKey, vaultKey, envelope: sealed });
      return { ...vector, ...Object.fromEntries(keys.map(([name, value]) => [name, bytesToHex(value)])) };
    },
    roster: () => {
      const vector = { ...seeds("laptop"), ...seeds("host"), ...seeds("phone"), ...seeds("tablet") };
      const phrases = { ...seeds("first"), ...seeds("second") };
      const [laptop, host, phone, tablet] = ["laptop", "host", "phone", "tablet"].map((name) => deviceIn(vector, name));
      const [first, second] = ["first", "second"].map((name) => deviceIn(phrases, name));
      const open = (keys: DeviceKeys) => ({ signKey: keys.sign.publicKey, boxKey: keys.box.publicKey });
      const vaultKeys = Array.from({ length: 5 }, () => random(32));
      const entries = [createGenesis({ device: laptop!, name: "Laptop", vaultKey: vaultKeys[0]!, random })];
      const next = (by: DeviceKeys) => ({ roster: readRoster(entries), by, random });
      const turn = (by: DeviceKeys, index: number) => ({
        ...next(by),
        vaultKey: vaultKeys[index]!,
        newVaultKey: vaultKeys[index + 1]!,
      });
      const joins = (device: DeviceKeys, name: string) => ({
        device: open(device),
        joinSignature: signJoin(device, readRoster(entries).vault),
        name,
      });
      entries.push(
        createAddHost({
          ...next(laptop!),
          host: { ...open(host!), relayKey: random(32) },
          name: "Cellar",
          vaultKey: vaultKeys[0]!,
        }),
      );
      entries.push(createAddDevice({ ...next(laptop!), ...joins(phone!, "Phone"), vaultKey: vaultKeys[0]! }));
      entries.push(createSetRecovery({ ...turn(phone!, 0), recovery: open(first!) }));
      entries.push(createRotate(turn(phone!, 1)));
      entries.push(createRemove({ ...turn(phone!, 2), member: laptop!.id }));
      entries.push(createRecover({ ...turn(first!, 3), ...joins(tablet!, "Tablet"), recovery: open(second!) }));
      const { vault, head } = readRoster(entries);
      return {
        ...vector,
        vaultKeys: vaultKeys.map(bytesToHex),
        entries: entries.map(bytesToHex),
        vault,
        head: bytesToHex(head),
      };
    },
    grant: () => {
      const [run, doc] = [runIdFromBytes(random(16)), docIdFromBytes(random(16))];
      const [docKey, bootBoxSeed] = [random(32), random(32)];
      const grant = { run, doc, epoch: 2, docKey, notAfter: 1_790_000_600_000, maxBytes: 4_194_304 };
      const host = deviceIn(seeds("host"), "host");
      const to = {
        host: host.id,
        boot: bootIdFromBytes(random(16)),
        bootBoxKey: boxKeyFromSeed(bootBoxSeed).publicKey,
      };
      const request = encodeRequest({ run, model: "qwen3:8b", parent: "00112233", maxBytes: 4_194_304 });
      return {
        run,
        doc,
        docKey: bytesToHex(docKey),
        bootBoxSeed: bytesToHex(bootBoxSeed),
        clear: bytesToHex(sealGrant({ grant, ...to })),
        request: bytesToHex(request),
      };
    },
    lane: () => {
      const vector = seeds("host");
      const [run, doc, boot] = [runIdFromBytes(random(16)), docIdFromBytes(random(16)), bootIdFromBytes(random(16))];
      const lane = createLane({ run, doc, host: deviceIn(vector, "host"), boot, random });
      return {
        ...vector,
        run,
        doc,
        boot,
        lane: lane.id,
        acceptClear: bytesToHex(lane.acceptClear),
        clientId: lane.clientId,
      };
    },
    handshake: () => {
      const vector = { ...seeds("device"), ...seeds("relay") };
      const [device, relay] = [deviceIn(vector, "device"), deviceIn(vector, "relay")];
      const nonces = { deviceNonce: random(32), relayNonce: random(32) };
      const vault = vaultIdFromBytes(random(32));
      const welcome = signWelcome({ ...nonces, deviceKey: device.sign.publicKey }, relay.sign);
      const auth = signAuth({ ...nonces, relayKey: relay.sign.publicKey, vault }, device.sign);
      const all = Object.entries({ ...nonces, welcome, auth }).map(([name, value]) => [name, bytesToHex(value)]);
      return { ...vector, vault, ...Object.fromEntries(all) };
    },
    announcement: () => {
      const vector = seeds("host");
      const boot = bootIdFromBytes(random(16));
      const info = { kind: "guide", label: "Guide, not a model", models: ["guide"], defaultModel: "guide" } as const;
      const bootBox = boxKeyFromSeed(random(32));
      const announcement = createAnnouncement({
        host: deviceIn(vector, "host"),
        boot,
        bootBox,
        time: 1_790_000_000_000,
        info,
      });
      return { ...vector, boot, announcement: bytesToHex(announcement) };
    },
    // Of noise that repeats: long enough to be deflated.
    deflated: () =>
      sealedVector(50, (vector) => concatBytes(...Array.from({ length: 40 }, () => bytesIn(vector, "body")))),
  };
  return {
    envelope: make.envelope(),
    rekey: make.rekey(),
    roster: make.roster(),
    grant: make.grant(),
    lane: make.lane(),
    handshake: make.handshake(),
    announcement: make.announcement(),
    deflated: make.deflated(),
  };
}
