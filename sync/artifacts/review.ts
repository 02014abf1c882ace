/** Proposals as the owner meets them: what each would change, and what becomes of it. */
import type { Doc, Heads, Patch } from "@automerge/automerge-repo/slim";
import { bytesToHex, isEqualBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { hash128 } from "#crypto/hash.ts";
import { artifactCharsMax, hunksApartMax } from "../limits.ts";
import type { Artifact, FiledEdit, Proposal, ProposalView } from "./artifact.ts";
import type { Branch, Branches } from "./branches.ts";
import { planEdit, sayTooLong, spliceBetween, type Edit, type Splice } from "./edits.ts";
import type { ArtifactContent, Engine } from "./engine.ts";
import { hunksBetween, type Hunk } from "./hunks.ts";
import type { KeptProposal, ProposalMap } from "./proposals.ts";
import type { ModelHand, Signers } from "./signers.ts";

export interface ReviewOptions {
  readonly A: Engine["A"];
  readonly current: () => Doc<ArtifactContent>;
  readonly branches: Branches;
  readonly signers: Signers;
  readonly kept: ProposalMap;
  readonly has: (heads: Heads) => boolean;
  readonly textAt: (heads: Heads) => string;
  /** Takes changes in, behind what was typed before, and says where the text was before them. */
  readonly merge: (changes: readonly Uint8Array[]) => Heads;
  readonly now: () => number;
  /** What it writes into the doc is one write. */
  readonly atOnce: (work: () => void) => void;
}

export type Review = Pick<Artifact, "propose" | "proposals" | "view" | "accept" | "undo" | "reject" | "reopen">;

export function createReview(options: ReviewOptions): Review {
  const { A, current, branches, signers, kept, has, textAt, merge, now, atOnce } = options;
  /** Who looks at a proposal takes it next; what it would change is the same as long as it is. */
  /** What was taken over here, and the heads before and after it. */
  const takenHere = new Map<string, { readonly before: Heads; readonly after: Heads }>();
  let last: { readonly proposal: KeptProposal; readonly view: ProposalView } | null = null;

  function contains({ changes }: KeptProposal): boolean {
    if (!(changes instanceof Uint8Array)) return has([...changes]);
    const { hash } = A.decodeChange(changes);
    return hash !== null && A.hasHeads(current(), [hash]);
  }

  const describe = (proposal: KeptProposal): Proposal[] => {
    try {
      const { id: name, at, by, base } = proposal;
      return [{ id: name, at, by, base: [...base], choice: contains(proposal) ? "accepted" : proposal.choice }];
    } catch {
      // reason: a branch that does not read cannot be merged by anybody.
      return [];
    }
  };

  function openBranch(proposal: KeptProposal): ProposalView | null {
    if (!has([...proposal.base])) return null;
    if (last !== null && isSameBranch(last.proposal, proposal)) return last.view;
    try {
      const { changes } = proposal;
      if (!(changes instanceof Uint8Array) && !has([...changes])) return null;
      const { before, after } =
        changes instanceof Uint8Array
          ? branches.compare([...proposal.base], changes)
          : { before: textAt([...proposal.base]), after: textAt([...changes]) };
      last = { proposal, view: { before, after, hunks: hunksBetween(before, after) } };
      return last.view;
    } catch {
      // reason: as above.
      return null;
    }
  }

  /** Each hunk as a change by itself that follows from the proposal and the hunk alone. */
  function changesOf({ id: name, base, at, by }: KeptProposal, hunks: readonly Hunk[]): readonly Branch[] {
    return hunks.flatMap((hunk) => {
      const place = utf8ToBytes(`${name}/${hunk.at}/${hunk.before.length}`);
      const actor = bytesToHex(hash128("sovereign/artifact-hunk/v1", place));
      const branch = branches.commit([...base], actor, at, [spliceBetween(hunk.at, hunk.before, hunk.after)]);
      if (branch === null) return [];
      signers.vouch(actor, { seq: 1, change: branch.head }, by);
      return [branch];
    });
  }

  function wholeOf({ id: name, by }: KeptProposal, changes: Uint8Array): Branch {
    const { hash, seq } = A.decodeChange(changes);
    if (hash !== null) signers.vouch(name, { seq, change: hash }, by);
    return { changes, head: hash ?? "" };
  }

  function propose(
    edit: Edit,
    base: Heads,
    { at, index, ...by }: ModelHand & { readonly at: number; readonly index: number },
  ): FiledEdit {
    if (!has(base)) return { kind: "unfit", says: "This version of the text is not there. Read the artifact again." };
    const planned = planEdit(textAt(base), edit);
    if (planned.kind === "unfit") return planned;
    if (planned.text.length > artifactCharsMax) return { kind: "unfit", says: sayTooLong(planned.text.length) };
    const name = [by.run, String(index), planned.text].map((part) => utf8ToBytes(part));
    const lengths = new Uint8Array(new Uint32Array(name.map((part) => part.length)).buffer);
    const proposal = bytesToHex(hash128("sovereign/artifact-proposal/v1", lengths, ...name));
    const branch = branches.commit(base, proposal, at, planned.splices);
    if (branch === null) return { kind: "unfit", says: "The edit changes nothing: the text is so already." };
    kept.add(proposal, { at, by, base, changes: branch.changes });
    return { kind: "filed", id: proposal };
  }

  return {
    propose,
    proposals: () => kept.all().flatMap(describe),
    view: (name) => {
      const proposal = kept.get(name);
      return proposal === null ? null : openBranch(proposal);
    },
    accept: (name, chosen) => {
      const proposal = kept.get(name);
      const view = proposal === null ? null : openBranch(proposal);
      if (proposal === null || view === null || proposal.choice === "accepted" || proposal.choice === "part")
        return false;
      const { changes } = proposal;
      // Another device took all of it.
      if (!(changes instanceof Uint8Array)) return false;
      const isAll = chosen === undefined || view.hunks.every((_, index) => chosen.has(index));
      // One change for each hunk, the same whoever takes it: two who take some of the same at once end with each once.
      const hunks = isAll ? view.hunks : view.hunks.filter((_, index) => chosen.has(index));
      atOnce(() => {
        const taken = isAll && hunks.length > hunksApartMax ? [wholeOf(proposal, changes)] : changesOf(proposal, hunks);
        const before = merge(taken.map((branch) => branch.changes));
        takenHere.set(name, { before, after: A.getHeads(current()) });
        kept.choose(name, isAll ? "accepted" : chosen.size === 0 ? "rejected" : "part");
        if (isAll)
          kept.leaveToHistory(
            name,
            taken.map(({ head }) => head),
          );
      });
      return true;
    },
    undo: (name) => {
      const proposal = kept.get(name);
      const taken = takenHere.get(name);
      if (proposal === null || taken === undefined) return false;
      takenHere.delete(name);
      const splices = splicesOf(A.diff(current(), [...taken.after], [...taken.before]));
      const actor = bytesToHex(hash128("sovereign/artifact-undo/v1", utf8ToBytes(`${name}/${taken.after.join()}`)));
      const at = now();
      const back = splices === null ? null : branches.commit([...taken.after], actor, at, splices);
      if (back === null) return false;
      atOnce(() => {
        const before = merge([back.changes]);
        signers.vouch(actor, { seq: 1, change: back.head }, null);
        // It waits again, as a proposal of its own: what was taken once is in the history for good.
        propose({ kind: "whole", text: textAt(before) }, A.getHeads(current()), { ...proposal.by, at, index: at });
      });
      return true;
    },
    reject: (name) => {
      if (kept.get(name)?.choice === null) kept.choose(name, "rejected");
    },
    reopen: (name) => {
      if (kept.get(name)?.choice === "rejected") kept.choose(name, null);
    },
  };
}

/** `null`: there is more in it than text. */
function splicesOf(patches: readonly Patch[]): readonly Splice[] | null {
  const splices = patches.map((patch): Splice | null => {
    const at = patch.path[1];
    if (patch.path[0] !== "text" || typeof at !== "number") return null;
    if (patch.action === "splice") return { at, del: 0, text: patch.value };
    return patch.action === "del" ? { at, del: patch.length ?? 1, text: "" } : null;
  });
  return splices.includes(null) ? null : replacements(splices as readonly Splice[]);
}

/** What goes out beside what comes in is one replacement: by itself, what comes in would stand beside whatever somebody wrote in front of it, in an order that nobody knows. */
function replacements(splices: readonly Splice[]): readonly Splice[] {
  const joined: Splice[] = [];
  for (const splice of splices) {
    const before = joined.at(-1);
    const isBehind = before?.del === 0 && splice.text === "" && splice.at === before.at + before.text.length;
    const isInPlace = before?.text === "" && splice.del === 0 && splice.at === before.at;
    if (before === undefined || !(isBehind || isInPlace)) joined.push(splice);
    else joined[joined.length - 1] = { at: before.at, del: before.del + splice.del, text: before.text + splice.text };
  }
  return joined;
}

function isSameBranch(a: KeptProposal, b: KeptProposal): boolean {
  const isSame =
    a.changes instanceof Uint8Array && b.changes instanceof Uint8Array
      ? isEqualBytes(a.changes, b.changes)
      : String(a.changes) === String(b.changes);
  return a.id === b.id && a.base.join() === b.base.join() && isSame;
}
