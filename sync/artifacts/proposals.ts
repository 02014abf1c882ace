/**
 * What models propose to change. A proposal is a branch: changes of Automerge that begin at the heads which the model saw, kept beside the
 * artifact until the owner decides. In a root map "proposals":
 *
 *   <id>/body      version 1 ‖ at 8 ‖ actor (text) ‖ run (text) ‖ model (text) ‖ heads 1 [32] ‖ branch (long): what Automerge saved of it
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
  readonly actor: string;
  readonly by: ModelHand;
  /** What the model saw. */
  readonly base: readonly string[];
  readonly changes: Uint8Array;
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
  choose(id: string, choice: Choice | null): void;
  observe(listener: () => void): () => void;
}

const VERSION = 1;

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

export function encodeBranch({ at, actor, by, base, changes }: Branch): Uint8Array {
  const writer = createWriter().u8(VERSION).u64(at).text(actor).text(by.run).text(by.model).u8(base.length);
  for (const head of base) writer.fixed(hexToBytes(head) ?? new Uint8Array(0));
  return writer.long(changes).finish();
}

/** Throws `CryptoError`. */
export function decodeBranch(bytes: Uint8Array): Branch {
  const reader = createReader(bytes);
  if (reader.u8() !== VERSION) throw new CryptoError("version", "proposal");
  const [at, actor, run, model, heads] = [reader.u64(), reader.text(), reader.text(), reader.text(), reader.u8()];
  if (heads > artifactHeadsMax) throw new CryptoError("malformed", `${heads} heads`);
  const base = Array.from({ length: heads }, () => bytesToHex(reader.fixed(HASH_BYTES)));
  const changes = reader.long(branchBytesMax);
  reader.end();
  return { at, actor, by: { run, model }, base, changes };
}
