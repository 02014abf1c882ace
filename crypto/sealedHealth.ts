/**
 * How a host's parts are, sealed to the devices of its owner: the relay may stand on another machine than the agent, and when somebody's model server falls or backups fail is
 * nothing that it needs to pass announcements on. It stands in the announcement (`health`), whose signature says who made it.
 *
 *   sealed   version 2 ‖ count 1 ‖ passing key 32 ‖ count × wrap 48 ‖ nonce 24
 *            ‖ XChaCha20-Poly1305(key, padded JSON {services, incidents, share?}, data = "sovereign/health/v1" ‖ host 16 ‖ everything before)
 *   wrap     XChaCha20-Poly1305(BLAKE2b-256(X25519(passing key, device's box key), "sovereign/health-wrap/v1" ‖ passing key ‖ device's box key), key, nonce = 24 zeros): each of
 *            those keys is used once, since the passing one is made anew each time. A device tries each.
 *   before   version 1 ‖ count 1 ‖ count × (device 16 ‖ crypto_box_seal(device's box key, key) 80) ‖ nonce 24 ‖ as above
 *
 * What stays in the clear beside it is what the relay's own owner configured there anyway, and what a device must know before it is in the roster: names of models and places,
 * and which runs wait. How many devices there are, the relay knows by the roster; when something changed, it sees by a new announcement, and by its length within 12 %.
 */
import { bytesToUtf8, concatBytes, utf8ToBytes } from "./bytes.ts";
import { createReader, createWriter, type Reader } from "./codec.ts";
import { boxKeyFromSeed, type BoxKey } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { keyedHash } from "./hash.ts";
import { authorIdFromBytes, ID_BYTES, idToBytes, type AuthorId } from "./ids.ts";
import { announcementBytesMax, membersMax } from "./limits.ts";
import { padBody, unpadBody } from "./padding.ts";
import type { Random } from "./random.ts";
import type { Recipient } from "./record.ts";
import {
  parseIncidents,
  parseServices,
  parseShare,
  type IncidentFacts,
  type ServiceFacts,
  type ShareFacts,
} from "./serviceFacts.ts";
import { aeadOpen, aeadSeal, boxOpen, KEY_BYTES, NONCE_BYTES, TAG_BYTES, x25519 } from "./sodium.ts";

export interface HostHealth {
  readonly services: readonly ServiceFacts[];
  /** The newest first. */
  readonly incidents: readonly IncidentFacts[];
  /** Left out: it does not say, as an agent whose relay is another machine's. */
  readonly share?: ShareFacts;
}

const VERSION = 2;
/** With 96 bytes for each device instead of 48: of 40 devices and many models, an announcement had no room for them. */
const VERSION_OF_BOXES = 1;
const BOX_BYTES = 80;
const WRAP_BYTES = KEY_BYTES + TAG_BYTES;
const ZEROS = new Uint8Array(NONCE_BYTES);
const NOTHING = new Uint8Array(0);
const LABEL = utf8ToBytes("sovereign/health/v1");
const dataOf = (host: AuthorId, before: Uint8Array): Uint8Array => concatBytes(LABEL, idToBytes(host), before);

/** To nobody but `to`: the host that made it opens it no more. */
export function sealHealth(options: {
  readonly health: HostHealth;
  readonly host: AuthorId;
  readonly to: readonly Recipient[];
  readonly random: Random;
}): Uint8Array {
  const { health, host, to, random } = options;
  const { services, incidents, share } = health;
  const key = random(KEY_BYTES);
  const seed = random(KEY_BYTES);
  const passing = boxKeyFromSeed(seed);
  const head = createWriter().u8(VERSION).u8(to.length).fixed(passing.publicKey);
  for (const { boxKey } of to) {
    const wrapKey = wrapKeyOf(passing.secretKey, boxKey, passing.publicKey, boxKey);
    if (wrapKey === null) throw new CryptoError("key", "nothing can be sealed to this public key");
    head.fixed(aeadSeal(key, NOTHING, ZEROS, wrapKey));
    wrapKey.fill(0);
  }
  for (const secret of [seed, passing.secretKey]) secret.fill(0);
  const nonce = random(NONCE_BYTES);
  const before = head.fixed(nonce).finish();
  const body = padBody(utf8ToBytes(JSON.stringify({ services, incidents, share })));
  const sealed = concatBytes(before, aeadSeal(body, dataOf(host, before), nonce, key));
  key.fill(0);
  return sealed;
}

/** `null`: it is not for this device, as before its host knows it. Throws `CryptoError`. */
export function openHealth(
  sealed: Uint8Array,
  host: AuthorId,
  device: { readonly id: AuthorId; readonly box: BoxKey },
): HostHealth | null {
  if (sealed.length > announcementBytesMax) throw new CryptoError("malformed", `health of ${sealed.length} bytes`);
  const reader = createReader(sealed);
  const version = reader.u8();
  if (version !== VERSION && version !== VERSION_OF_BOXES) throw new CryptoError("version", "health");
  const count = reader.u8();
  if (count > membersMax) throw new CryptoError("malformed", `health to ${count} devices`);
  const key = version === VERSION ? findKey(reader, count, device.box) : findBoxedKey(reader, count, device);
  if (key === null) return null;
  const nonce = reader.fixed(NONCE_BYTES);
  const before = sealed.subarray(0, sealed.length - reader.left);
  const plain = aeadOpen(reader.fixed(reader.left), dataOf(host, before), nonce, key);
  if (plain === null) throw new CryptoError("key", "health does not open");
  return parseHealth(unpadBody(plain));
}

function wrapKeyOf(
  secretKey: Uint8Array,
  publicKey: Uint8Array,
  passing: Uint8Array,
  device: Uint8Array,
): Uint8Array | null {
  const shared = x25519(secretKey, publicKey);
  return shared === null ? null : keyedHash(shared, "sovereign/health-wrap/v1", passing, device);
}

/** All of them are read, so that what follows is there. */
function findKey(reader: Reader, count: number, box: BoxKey): Uint8Array | null {
  const passing = reader.fixed(KEY_BYTES);
  const wrapKey = wrapKeyOf(box.secretKey, passing, passing, box.publicKey);
  let found: Uint8Array | null = null;
  for (let at = 0; at < count; at += 1) {
    const wrap = reader.fixed(WRAP_BYTES);
    if (wrapKey !== null) found ??= aeadOpen(wrap, NOTHING, ZEROS, wrapKey);
  }
  return found;
}

function findBoxedKey(
  reader: Reader,
  count: number,
  device: { readonly id: AuthorId; readonly box: BoxKey },
): Uint8Array | null {
  let box: Uint8Array | null = null;
  for (let at = 0; at < count; at += 1) {
    const id = authorIdFromBytes(reader.fixed(ID_BYTES));
    const candidate = reader.fixed(BOX_BYTES);
    if (id === device.id) box = candidate;
  }
  if (box === null) return null;
  const key = boxOpen(box, device.box);
  if (key === null) throw new CryptoError("key", "health does not open");
  return key;
}

function parseHealth(bytes: Uint8Array): HostHealth {
  let value: unknown;
  try {
    value = JSON.parse(bytesToUtf8(bytes));
  } catch (cause) {
    throw new CryptoError("malformed", "health is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null) throw new CryptoError("malformed", "health");
  const { services, incidents, share } = value as Readonly<Record<string, unknown>>;
  return {
    services: parseServices(services),
    incidents: parseIncidents(incidents),
    ...(share === undefined ? {} : { share: parseShare(share) }),
  };
}

/** What sealing adds to the JSON, and base64 to that: so that who has room for so much knows how much of it to say. */
export function sealedHealthChars(jsonBytes: number, recipients: number): number {
  const padded = Math.ceil((jsonBytes + 64) * 1.125);
  return Math.ceil(((2 + KEY_BYTES + recipients * WRAP_BYTES + NONCE_BYTES + TAG_BYTES + padded) * 4) / 3);
}
