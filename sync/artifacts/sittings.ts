/**
 * What is saved while somebody writes, a few times a second: in a root map "sittings" of the doc, one nested map for each opening on a device,
 *
 *   <8 hex of the device><8 hex of the actor>   map { 0, 1, 2 …: what Automerge saved, <actor>: who vouches for it so far (signers.ts) }
 *
 * An artifact that closes is saved whole now and again, and its device then takes its own sittings away. Yjs forgets what lay in a map that is
 * gone, down to one number for all of it, where each entry of a flat map would leave its name behind for ever: a paper typed letter by letter
 * (60,000 saves) would take sixty times its text. Only its own device writes into a sitting or takes it away, so nothing is lost in one.
 */
import type { AuthorId } from "#crypto/ids.ts";
import { type Doc, Map as YMap, type Transaction, type YEvent } from "yjs";

export interface Piece {
  /** Unlike any other's. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Sittings {
  all(): readonly Piece[];
  /** What is written from now on is this actor's opening; the result is its key. */
  begin(actor: string): string;
  /** Adds to this opening's. */
  put(bytes: Uint8Array): Piece;
  signerOf(actor: string): unknown;
  /** In this opening's. */
  vouch(actor: string, signer: Uint8Array): void;
  /** Of this device, whose pieces are all among these. */
  own(loaded: ReadonlySet<string>): readonly Piece[];
  /** Takes those away; what they say of signers is to be kept. */
  fold(loaded: ReadonlySet<string>): ReadonlyMap<string, Uint8Array>;
  /** Pieces that came from elsewhere. */
  observe(listener: (pieces: readonly Piece[]) => void): () => void;
}

const isPieceKey = (key: string): boolean => /^\d+$/.test(key);
const isActor = (key: string): boolean => key.length === 32;

export function createSittings(doc: Doc, device: AuthorId, origin: unknown): Sittings {
  const root = doc.getMap<unknown>("sittings");
  const owner = device.slice(0, 8);
  let key = owner;
  let next = 0;

  const mapOf = (name: string): YMap<unknown> | null => {
    const value = root.get(name);
    return value instanceof YMap ? value : null;
  };
  const piecesOf = (name: string): Piece[] =>
    [...(mapOf(name)?.entries() ?? [])].flatMap(([number, bytes]) =>
      isPieceKey(number) && bytes instanceof Uint8Array ? [{ name: `${name}.${number}`, bytes }] : [],
    );
  const open = (): YMap<unknown> => {
    const map = mapOf(key) ?? new YMap<unknown>();
    if (mapOf(key) === null) root.set(key, map);
    while (map.has(String(next))) next += 1;
    return map;
  };
  const ownKeys = (loaded: ReadonlySet<string>): string[] =>
    [...root.keys()].filter(
      (name) => name.startsWith(owner) && piecesOf(name).every((piece) => loaded.has(piece.name)),
    );

  return {
    all: () => [...root.keys()].flatMap(piecesOf),
    begin: (actor) => (key = `${owner}${actor.slice(0, 8)}`),
    put: (given) =>
      doc.transact(() => {
        const bytes = given.slice();
        open().set(String(next), bytes);
        return { name: `${key}.${next}`, bytes };
      }, origin),
    signerOf: (actor) => {
      for (const name of root.keys()) {
        const value = mapOf(name)?.get(actor);
        if (value !== undefined) return value;
      }
      return undefined;
    },
    vouch: (actor, signer) => doc.transact(() => void open().set(actor, signer), origin),
    own: (loaded) => ownKeys(loaded).flatMap(piecesOf),
    fold: (loaded) => {
      const signers = new Map<string, Uint8Array>();
      doc.transact(() => {
        for (const name of ownKeys(loaded)) {
          for (const [actor, signer] of mapOf(name)?.entries() ?? [])
            if (isActor(actor) && signer instanceof Uint8Array) signers.set(actor, signer);
          root.delete(name);
        }
      }, origin);
      return signers;
    },
    observe: (listener) => {
      const take = (events: readonly YEvent<YMap<unknown>>[], transaction: Transaction): void => {
        if (transaction.origin === origin) return;
        const pieces = events.flatMap((event) => {
          if (event.target === root) return [...event.changes.keys.keys()].flatMap(piecesOf);
          const [name] = event.path;
          const changed = event.changes.keys;
          return typeof name !== "string"
            ? []
            : piecesOf(name).filter((piece) => changed.has(piece.name.slice(name.length + 1)));
        });
        if (pieces.length > 0) listener(pieces);
      };
      const observed = take as Parameters<typeof root.observeDeep>[0];
      root.observeDeep(observed);
      return () => root.unobserveDeep(observed);
    },
  };
}
