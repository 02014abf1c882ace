/**
 * An agent's announcement: "this host, in this life of its process, can be lent keys under this box key". It goes through the
 * relay to every device; what a host can do is no secret from its own relay.
 *
 *    0   1  version = 1
 *    1  32  host sign key      33  32  host box key
 *   65  16  boot               81  32  boot box key     fresh for each process, kept in memory only
 *  113   8  time               ms since 1970, to be shown; never for order
 *  121   …  info               u32 length, UTF-8 JSON {kind, label, models, defaultModel, remark?, queue?, tooLarge?, health?, facts?, servers?}
 *    …  64  signature          host's, over "sovereign/boot/v1" ‖ everything before
 */
import { base64UrlToBytes, bytesToBase64Url, bytesToUtf8, concatBytes, utf8ToBytes } from "./bytes.ts";
import { createReader, createWriter } from "./codec.ts";
import { authorIdOf, sign, type BoxKey, type DeviceKeys } from "./device.ts";
import { CryptoError } from "./errors.ts";
import { bootIdFromBytes, ID_BYTES, idToBytes, parseRunId, type AuthorId, type BootId, type RunId } from "./ids.ts";
import { announcementBytesMax, modelNameBytesMax, modelsMax, queueMax, remarkCharsMax } from "./limits.ts";
import { parseFacts, parseServers, type ModelFacts } from "./modelFacts.ts";
import {
  parseIncidents,
  parseServices,
  type IncidentFacts,
  type ServiceFacts,
  type ShareFacts,
} from "./serviceFacts.ts";
import { KEY_BYTES, SIGNATURE_BYTES } from "./sodium.ts";
import { verifySignature } from "./verify.ts";

export interface HostInfo {
  /** "guide" is the built-in responder, which is not a model. */
  readonly kind: "guide" | "model";
  readonly label: string;
  readonly models: readonly string[];
  readonly defaultModel: string;
  /** What its owner should know about the models: a server that is away, a model file that has changed. Left out: nothing. */
  readonly remark?: string;
  /** Those of them that are larger than the host's memory, as far as it can tell. Left out: none. */
  readonly tooLarge?: readonly string[];
  /** What is known of them: the first is of the first model, and so on, for as many as there was room. Left out: of none. */
  readonly facts?: readonly ModelFacts[];
  /** Where they run, in words: `ModelFacts.server` is a place in this list. */
  readonly servers?: readonly string[];
  /** Runs that wait there for their turn, the next one first. Left out: none. */
  readonly queue?: readonly RunId[];
  /** How the host's parts are, sealed to its owner's devices (sealedHealth.ts). Left out: it does not say. */
  readonly health?: Uint8Array;
  /** As a device opened it; or of a host from before it was sealed. */
  readonly services?: readonly ServiceFacts[];
  /** What went wrong there lately, the newest first. Left out: nothing, or it does not say. */
  readonly incidents?: readonly IncidentFacts[];
  /** How full the vault is at its relay, as a device opened it. */
  readonly share?: ShareFacts;
}

export interface Announcement {
  readonly host: AuthorId;
  readonly signKey: Uint8Array;
  readonly boxKey: Uint8Array;
  readonly boot: BootId;
  readonly bootBoxKey: Uint8Array;
  readonly time: number;
  readonly info: HostInfo;
}

const VERSION = 1;

export function createAnnouncement(announcement: {
  readonly host: DeviceKeys;
  readonly boot: BootId;
  readonly bootBox: BoxKey;
  readonly time: number;
  readonly info: HostInfo;
}): Uint8Array {
  const { host, boot, bootBox, time, info } = announcement;
  const { kind, label, models, defaultModel, remark = "", queue = [], tooLarge = [], facts = [], servers = [] } = info;
  const remarked = remark === "" ? {} : { remark: remark.slice(0, remarkCharsMax) };
  const waiting = queue.length === 0 ? {} : { queue: queue.slice(0, queueMax) };
  const large = tooLarge.length === 0 ? {} : { tooLarge };
  const health = info.health === undefined ? {} : { health: bytesToBase64Url(info.health) };
  const known = { ...(facts.length === 0 ? {} : { facts }), ...(servers.length === 0 ? {} : { servers }) };
  const unsigned = createWriter()
    .u8(VERSION)
    .fixed(host.sign.publicKey)
    .fixed(host.box.publicKey)
    .fixed(idToBytes(boot))
    .fixed(bootBox.publicKey)
    .u64(time)
    .long(
      utf8ToBytes(
        JSON.stringify({ kind, label, models, defaultModel, ...remarked, ...waiting, ...large, ...health, ...known }),
      ),
    )
    .finish();
  const bytes = concatBytes(unsigned, sign("sovereign/boot/v1", unsigned, host.sign));
  if (bytes.length > announcementBytesMax) throw new CryptoError("malformed", `announcement of ${bytes.length} bytes`);
  return bytes;
}

/**
 * Checks that the key it names has signed it. Whether that key is our host's, the caller checks against the roster, or
 * against the link's fingerprint while claiming. Throws `CryptoError`.
 */
export function openAnnouncement(bytes: Uint8Array): Announcement {
  if (bytes.length > announcementBytesMax) throw new CryptoError("malformed", `announcement of ${bytes.length} bytes`);
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "announcement");
  const signKey = reader.fixed(KEY_BYTES);
  const boxKey = reader.fixed(KEY_BYTES);
  const boot = bootIdFromBytes(reader.fixed(ID_BYTES));
  const bootBoxKey = reader.fixed(KEY_BYTES);
  const time = reader.u64();
  const encodedInfo = reader.long(announcementBytesMax);
  const signature = reader.fixed(SIGNATURE_BYTES);
  reader.end();
  if (!verifySignature("sovereign/boot/v1", bytes.subarray(0, -SIGNATURE_BYTES), signature, signKey)) {
    throw new CryptoError("signature", "announcement is not signed by the host it names");
  }
  return { host: authorIdOf(signKey), signKey, boxKey, boot, bootBoxKey, time, info: parseInfo(encodedInfo) };
}

function parseInfo(encoded: Uint8Array): HostInfo {
  let value: unknown;
  try {
    value = JSON.parse(bytesToUtf8(encoded));
  } catch (cause) {
    throw new CryptoError("malformed", "host info is not JSON", { cause });
  }
  if (!isRecord(value)) throw new CryptoError("malformed", "host info");
  const { kind, label, models, defaultModel, remark, queue, tooLarge, facts, servers, services, incidents } = value;
  const health = value["health"] === undefined ? null : base64UrlToBytes(String(value["health"]));
  if (
    (kind !== "guide" && kind !== "model") ||
    !isName(label) ||
    !isName(defaultModel) ||
    !Array.isArray(models) ||
    models.length > modelsMax ||
    !models.every(isName) ||
    (remark !== undefined && (typeof remark !== "string" || remark.length > remarkCharsMax)) ||
    (queue !== undefined && (!Array.isArray(queue) || queue.length > queueMax)) ||
    (tooLarge !== undefined && (!Array.isArray(tooLarge) || tooLarge.length > modelsMax || !tooLarge.every(isName)))
  ) {
    throw new CryptoError("malformed", "host info");
  }
  const waiting = (queue ?? []).flatMap((run) => (typeof run === "string" ? (parseRunId(run) ?? []) : []));
  const remarked = remark === undefined ? {} : { remark };
  const large = tooLarge === undefined ? {} : { tooLarge };
  return {
    kind,
    label,
    models,
    defaultModel,
    ...remarked,
    ...large,
    ...(facts === undefined ? {} : { facts: parseFacts(facts) }),
    ...(servers === undefined ? {} : { servers: parseServers(servers) }),
    // What is none is as if it were not said: everything else still holds.
    ...(health === null ? {} : { health }),
    ...(services === undefined ? {} : { services: parseServices(services) }),
    ...(incidents === undefined ? {} : { incidents: parseIncidents(incidents) }),
    ...(waiting.length === 0 ? {} : { queue: waiting }),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= modelNameBytesMax;
}
