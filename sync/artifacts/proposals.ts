/**
 * What models propose to change. A proposal is a branch: changes of Automerge that begin at the heads which the model saw, kept beside the
 * artifact until the owner decides. In a root map "proposals":
 *
 *   <id>/body      version 2 ‖ at 8 ‖ run (text) ‖ model (text) ‖ heads 1 [32] ‖ branch (long): what Automerge saved of it, by the id as its actor
 *                  (version 1 said who the actor is, behind `at`); once all of it is taken over, and so in the history,
 *                  version 3 ‖ at 8 ‖ run (text) ‖ model (text) ‖ heads 1 [32] ‖ taken 1 [32]: the changes that it became
 *   <id>/choice    "rejected", written by whoever decides; none while it is open
 *   <id>/taken     "accepted" or "part": what is in the text is not taken out by somebody who rejected it at the same time
 *
 * Its id and its changes follow from the run and the edit alone: two devices that file the same answer write the same.
 */
import { bytesToHex, hexToBytes } from "#crypto/bytes.ts";
import { createReader, createWriter } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { HASH_BYTES } from "#crypto/ids.ts";
import type { Doc } from "yjs";
import { artifactHeadsMax, branchBytesMax, proposalsShownMax } from "../limits.ts";
import { readString } from "../docs/fields.ts";
import type { ModelHand } from "./signers.ts";

const choices = ["accepted", "part", "rejected"] as const;
export type Choice = (typeof choices)[number];

export interface Branch {
  readonly at: number;
  readonly by: ModelHand;
  /** What the model saw. */
  readonly base: readonly string[];
  /** Or, of one that was taken over whole, the changes that it became. */
  readonly changes: Uint8Array | readonly string[];
}

export interface KeptProposal extends Branch {
  readonly id: string;
  readonly choice: Choice | null;
}

export interface ProposalMap {
  /** Newest first. */
  all(): readonly KeptProposal[];
  get(id: string): KeptProposal | null;
  add(id: string, branch: Branch): void;
  /** All of it is in the history, as these changes: it is read from there from now on. */
  leaveToHistory(id: string, changes: readonly string[]): void;
  choose(id: string, choice: Choice | null): void;
  observe(listener: () => void): () => void;
}

const VERSION = 2;
const VERSION_WITH_ACTOR = 1;
const VERSION_TAKEN = 3;

export function createProposalMap(doc: Doc, origin: unknown): ProposalMap {
  const root = doc.getMap<unknown>("proposals");
  const proposals: ProposalMap = {
    all: () =>
      [...root.keys()]
        .flatMap((key) => (key.endsWith("/body") ? (proposals.get(key.slice(0, -"/body".length)) ?? []) : []))
        .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1))
        .slice(0, proposalsShownMax),
    get: (id) => {
      const body = root.get(`${id}/body`);
      if (!(body instanceof Uint8Array)) return null;
      try {
        const choice = readString(root, `${id}/taken`) ?? readString(root, `${id}/choice`);
        return { id, ...decodeBranch(body), choice: choices.find((known) => known === choice) ?? null };
      } catch (error) {
        // What another version or a stranger wrote is none.
        if (error instanceof CryptoError) return null;
        throw error;
      }
    },
    add: (id, branch) => {
      if (root.has(`${id}/body`)) return;
      doc.transact(() => root.set(`${id}/body`, encodeBranch(branch)), origin);
    },
    leaveToHistory: (id, changes) => {
      const branch = proposals.get(id);
      if (branch === null || changes.length === 0 || changes.length > artifactHeadsMax) return;
      doc.transact(() => root.set(`${id}/body`, encodeBranch({ ...branch, changes })), origin);
    },
    choose: (id, choice) =>
      doc.transact(() => {
        if (choice === null) root.delete(`${id}/choice`);
        else root.set(`${id}/${choice === "rejected" ? "choice" : "taken"}`, choice);
      }, origin),
    observe: (listener) => {
      root.observe(listener);
      return () => root.unobserve(listener);
    },
  };
  return proposals;
}

export function encodeBranch({ at, by, base, changes }: Branch): Uint8Array {
  const isTaken = !(changes instanceof Uint8Array);
  const writer = createWriter()
    .u8(isTaken ? VERSION_TAKEN : VERSION)
    .u64(at)
    .text(by.run)
    .text(by.model);
  const addHashes = (hashes: readonly string[]): void => {
    writer.u8(hashes.length);
    for (const hash of hashes) writer.fixed(hexToBytes(hash) ?? new Uint8Array(0));
  };
  addHashes(base);
  if (isTaken) addHashes(changes);
  else writer.long(changes);
  return writer.finish();
}

/** Throws `CryptoError`. */
export function decodeBranch(bytes: Uint8Array): Branch {
  const reader = createReader(bytes);
  const version = reader.u8();
  if (![VERSION, VERSION_WITH_ACTOR, VERSION_TAKEN].includes(version)) throw new CryptoError("version", "proposal");
  const at = reader.u64();
  if (version === VERSION_WITH_ACTOR) reader.text();
  const by = { run: reader.text(), model: reader.text() };
  const readHashes = (): string[] => {
    const count = reader.u8();
    if (count > artifactHeadsMax) throw new CryptoError("malformed", `${count} heads`);
    return Array.from({ length: count }, () => bytesToHex(reader.fixed(HASH_BYTES)));
  };
  const base = readHashes();
  const changes = version === VERSION_TAKEN ? readHashes() : reader.long(branchBytesMax);
  reader.end();
  return { at, by, base, changes };
}
