/**
 * What a message between the host's processes may hold (ipc.ts): each kind of value with how it is read from JSON and how it is written. A value
 * that is not of its kind is our own mistake, so it throws a `TypeError`.
 */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { parseAuthorId, type AuthorId } from "#crypto/ids.ts";
import { parseIncidents, parseServices, parseShare } from "#crypto/serviceFacts.ts";
import { WHYS, type Calls } from "./egress/calls.ts";
import type { HttpsState } from "./tls/httpsState.ts";

export interface Field<T> {
  read(value: unknown): T;
  write(value: T): unknown;
}
type Fields = Readonly<Record<string, Field<unknown>>>;
export type Forms = Readonly<Record<string, Fields>>;
type Read<F> = F extends Field<infer T> ? T : never;
export type MessageOf<F extends Forms> = {
  [T in keyof F & string]: { readonly type: T } & { readonly [K in keyof F[T]]: Read<F[T][K]> };
}[keyof F & string];

/**
 * One direction of a channel. `parse` throws a `TypeError`: the other end is our own code, so a wrong message is our
 * bug.
 */
export interface MessageForm<M> {
  readonly parse: (value: unknown) => M;
  readonly encode: (message: M) => object;
}

export const text = field<string>((value) => (typeof value === "string" ? value : refuse("text")));
export const flag = field<boolean>((value) => (typeof value === "boolean" ? value : refuse("a flag")));
export const port = field<number>((value) => (isPort(value) ? value : refuse("a port")));
export const ports = field<readonly number[]>((value) =>
  Array.isArray(value) && value.every(isPort) ? value : refuse("ports"),
);
export const texts = field<readonly string[]>((value) =>
  Array.isArray(value) && value.every((each) => typeof each === "string") ? value : refuse("texts"),
);
export const count = field<number>((value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : refuse("a count"),
);
export const key = bytesField(32);
export const keys = field<readonly Uint8Array[]>(
  (value) => (Array.isArray(value) ? value.map((each) => key.read(each)) : refuse("keys")),
  (value) => value.map((each) => key.write(each)),
);
export const fingerprint = bytesField(16);
/** Of any length. */
export const bytes: Field<Uint8Array> = {
  read: (value) => Buffer.from(text.read(value), "base64"),
  write: (value) => Buffer.from(value).toString("base64"),
};
export const reachedPlaces = field<readonly ReachedPlace[]>(readPlaces);
export const invitedPlaces = field<readonly InvitedPlace[]>(readInvited, writeInvited);
export const calls = field<readonly Calls[]>(readCalls);
export const recipients = field<readonly Recipient[]>(readRecipients, writeRecipients);
export const namedPlaces = field<readonly NamedPlace[]>(readNamedPlaces);
export const httpsState = field<HttpsState | null>(readHttpsState);
export const innerPart = field(readInnerPart);
export const services = field(parseServices);
export const incidents = field(parseIncidents);
export const share = field(parseShare);
export const backendStates = field<readonly BackendState[]>(readBackendStates);

function field<T>(read: (value: unknown) => T, write: (value: T) => unknown = (value) => value): Field<T> {
  return { read, write };
}

function bytesField(length: number): Field<Uint8Array> {
  const read = (value: unknown): Uint8Array => {
    const bytes = hexToBytes(text.read(value));
    return bytes?.length === length ? bytes : refuse(`${length} bytes in hex`);
  };
  return { read, write: bytesToHex };
}

/** One of a few words that are known here: what is said by it was written by us. */
export function oneOf<T extends string>(...known: readonly T[]): Field<T> {
  return field((value) => known.find((one) => one === value) ?? refuse(`one of ${known.length} words`));
}

export function optional<T>(inner: Field<T>): Field<T | null> {
  return {
    read: (value) => (value === null ? null : inner.read(value)),
    write: (value) => (value === null ? null : inner.write(value)),
  };
}

/** A device's name in the roster, and the public key to seal to it with. */
interface Recipient {
  readonly id: AuthorId;
  readonly boxKey: Uint8Array;
}

/** An address of this machine on the tailnet, and the networks whose members may speak to it (door/tailnet.ts). */
interface ReachedPlace {
  readonly address: string;
  readonly peers: readonly string[];
}

function readCalls(value: unknown): readonly Calls[] {
  if (!Array.isArray(value)) return refuse("calls");
  return value.map((each: unknown) => {
    const { why, to, calls: made, bytesOut, bytesIn } = isRecord(each) ? each : refuse("calls");
    return {
      why: oneOf(...WHYS).read(why),
      to: text.read(to),
      calls: count.read(made),
      bytesOut: count.read(bytesOut),
      bytesIn: count.read(bytesIn),
    };
  });
}

function readPlaces(value: unknown): readonly ReachedPlace[] {
  if (!Array.isArray(value)) return refuse("places");
  return value.map((each: unknown) => {
    const place = isRecord(each) ? each : refuse("a place");
    return { address: text.read(place["address"]), peers: texts.read(place["peers"]) };
  });
}

interface InvitedPlace {
  readonly key: Uint8Array;
  readonly bytesMax: number;
  readonly endsMs: number;
  readonly isServed: boolean;
}

function readInvited(value: unknown): readonly InvitedPlace[] {
  if (!Array.isArray(value)) return refuse("invitations");
  return value.map((each: unknown) => {
    const { key: named, bytesMax, endsMs, isServed } = isRecord(each) ? each : refuse("an invitation");
    return {
      key: key.read(named),
      bytesMax: count.read(bytesMax),
      endsMs: count.read(endsMs),
      isServed: flag.read(isServed),
    };
  });
}

function writeInvited(invitations: readonly InvitedPlace[]): unknown {
  return invitations.map(({ key: named, bytesMax, endsMs, isServed }) => ({
    key: bytesToHex(named),
    bytesMax,
    endsMs,
    isServed,
  }));
}

/** A backend of the pool, as the board shows it. */
export interface BackendState {
  readonly name: string;
  readonly isUp: boolean;
  /** Its owner named it, or it was there before: somebody misses it. */
  readonly isMissed: boolean;
  readonly says: string;
}

function readBackendStates(value: unknown): readonly BackendState[] {
  if (!Array.isArray(value)) return refuse("backends");
  return value.map((each: unknown) => {
    const { name, isUp, isMissed, says } = isRecord(each) ? each : refuse("a backend");
    return { name: text.read(name), isUp: flag.read(isUp), isMissed: flag.read(isMissed), says: text.read(says) };
  });
}

interface NamedPlace {
  readonly address: string;
  readonly names: readonly string[];
}

function readNamedPlaces(value: unknown): readonly NamedPlace[] {
  if (!Array.isArray(value)) return refuse("places");
  return value.map((each: unknown) => {
    const place = isRecord(each) ? each : refuse("a place");
    return { address: text.read(place["address"]), names: texts.read(place["names"]) };
  });
}

function readInnerPart(value: unknown): "relay" | "gateway" {
  return value === "relay" || value === "gateway" ? value : refuse("a part");
}

const WAYS: readonly HttpsState["way"][] = ["tailscale", "files", "local"];

function readHttpsState(value: unknown): HttpsState | null {
  if (value === null) return null;
  const state = isRecord(value) ? value : refuse("a state");
  const way = WAYS.find((known) => known === state["way"]) ?? refuse("a way");
  return {
    way,
    origins: texts.read(state["origins"]),
    notAfter: count.read(state["notAfter"]),
    authority: state["authority"] === null ? null : readAuthority(state["authority"]),
    missing: texts.read(state["missing"]),
  };
}

function readAuthority(value: unknown): HttpsState["authority"] {
  const authority = isRecord(value) ? value : refuse("an authority");
  return { page: text.read(authority["page"]), fingerprint: text.read(authority["fingerprint"]) };
}

function readRecipients(value: unknown): readonly Recipient[] {
  if (!Array.isArray(value)) return refuse("recipients");
  return value.map((each: unknown) => {
    const { id, boxKey } = isRecord(each) ? each : refuse("a recipient");
    return { id: parseAuthorId(text.read(id)) ?? refuse("a device"), boxKey: key.read(boxKey) };
  });
}

function writeRecipients(devices: readonly Recipient[]): unknown {
  return devices.map(({ id, boxKey }) => ({ id, boxKey: key.write(boxKey) }));
}

export function messageForm<M extends { readonly type: string }>(forms: Forms): MessageForm<M> {
  const walk = (value: unknown, way: "read" | "write"): Record<string, unknown> => {
    const source = isRecord(value) ? value : refuse("a message");
    const type = text.read(source["type"]);
    const fields = Object.hasOwn(forms, type) ? forms[type] : undefined;
    if (fields === undefined) return refuse("a known message");
    const result: Record<string, unknown> = { type };
    for (const [name, form] of Object.entries(fields)) {
      result[name] = form[way](source[name]);
    }
    return result;
  };
  return { parse: (value) => walk(value, "read") as unknown as M, encode: (message) => walk(message, "write") };
}

function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function refuse(wanted: string): never {
  throw new TypeError(`A message between the host's processes lacks ${wanted}.`);
}
