/**
 * One artifact, open: a text with all its history, edited here, on other devices, and by models that propose. Automerge keeps the text
 * (through unmodified automerge-repo, over the chunks of a doc); names of versions, proposals and who vouches for what stand beside it in
 * the same doc. Nothing here knows of keys, logs or links: the doc is sealed and travels as every other does.
 */
import type { Doc, Heads, Patch } from "@automerge/automerge-repo/slim";
import type { DeviceKeys } from "#crypto/device.ts";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { Doc as YDoc } from "yjs";
import { VaultError } from "../errors.ts";
import {
  artifactCharsMax,
  artifactHeadsMax,
  typedCharsMax,
  typingAloneMs,
  typingBatchMs,
  versionTextsKept,
} from "../limits.ts";
import type { Clock } from "../ports.ts";
import { createBranches } from "./branches.ts";
import type { Edit } from "./edits.ts";
import type { ArtifactContent, Engine } from "./engine.ts";
import { type Fork, readFork, readForkedFrom } from "./fork.ts";
import { readVersions, type Version } from "./history.ts";
import type { Hunk } from "./hunks.ts";
import { openKeeping } from "./keeping.ts";
import { createProposalMap, type Choice } from "./proposals.ts";
import { createReview } from "./review.ts";
import { createSittings } from "./sittings.ts";
import { createSigners, type ModelHand } from "./signers.ts";
import { createSlip, type SlipStore } from "./slip.ts";
import { createTyping, isWhole } from "./typing.ts";
import { createVersionNames } from "./versionNames.ts";
import { createVersionTexts } from "./versionTexts.ts";

export interface Proposal {
  readonly id: string;
  readonly at: number;
  readonly by: ModelHand;
  readonly base: Heads;
  /** "accepted" also when only the history says so. */
  readonly choice: Choice | null;
}

export interface ProposalView {
  readonly before: string;
  readonly after: string;
  readonly hunks: readonly Hunk[];
}

export type FiledEdit =
  | { readonly kind: "filed"; readonly id: string }
  | { readonly kind: "unfit"; readonly says: string };

export interface Artifact {
  readonly id: DocId;
  text(): string;
  /** Where it is now: with its id, an address that any device can view. What was typed becomes a change for that. */
  heads(): Heads;
  /** Where its newest change is; what was typed a moment ago may not be in one yet. For who asks often. */
  written(): Heads;
  textAt(heads: Heads): string;
  /** Everything up to there has come. */
  knows(heads: Heads): boolean;
  /** Characters, as `String.prototype.slice` counts them. What is typed within a moment becomes one change. */
  splice(at: number, del: number, text: string): void;
  /** Another text in the place of this one, written as the smallest change between them. */
  rewrite(text: string): void;
  versions(): readonly (Version & { readonly name: string | null })[];
  /** An empty name takes it away. */
  nameVersion(heads: Heads, name: string): void;
  /** The text as it was, as a new change: nothing after it is lost. */
  restore(heads: Heads): void;
  diff(from: Heads, to: Heads): readonly Patch[];
  /** A model's edit at the heads it saw. It changes nothing until it is accepted. */
  propose(edit: Edit, base: Heads, by: ModelHand & { readonly at: number; readonly index: number }): FiledEdit;
  proposals(): readonly Proposal[];
  view(proposal: string): ProposalView | null;
  /** All of it is merged; with `hunks`, only these. `false`: it is no longer open. */
  accept(proposal: string, hunks?: ReadonlySet<number>): boolean;
  /**
   * Takes out what was taken over here, and nothing that was written since; the proposal waits again, as a new one. `false`: it was not taken
   * over here since this was opened.
   */
  undo(proposal: string): boolean;
  reject(proposal: string): void;
  /** Takes a rejection back. */
  reopen(proposal: string): void;
  /** A place in the text that stays where it is while others write. */
  caretAt(at: number): string;
  placeOf(caret: string): number | null;
  /** The whole history, for a file. */
  export(): Uint8Array;
  /** The history up to there, with whose hand each of its changes is: for another artifact that goes on from it. */
  fork(heads: Heads): Fork | null;
  subscribe(listener: () => void): () => void;
  /** Hands what was typed to the doc, in this very turn. */
  settle(): void;
  close(): Promise<void>;
}

export interface ArtifactOptions {
  readonly id: DocId;
  /** Loaded. */
  readonly doc: YDoc;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly keys: DeviceKeys;
  readonly signKeyOf: (device: AuthorId) => Uint8Array | null;
  /** A chunk does not read: it is left out, and the rest is shown. */
  readonly onDamaged: (chunk: string) => void;
  /** Where what is typed is kept until it is a change in the doc; without one it is in memory alone until then. */
  readonly slip?: SlipStore;
  /** Another device looks at it now. */
  readonly isReadAlong?: () => boolean;
}

export async function openArtifact(options: ArtifactOptions): Promise<Artifact> {
  const { id, doc, engine, clock, keys, signKeyOf, onDamaged, isReadAlong = () => true } = options;
  const { A } = engine;
  const origin = { artifact: id };
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const sittings = createSittings(doc, keys.id, origin);
  const forkedFrom = readForkedFrom(doc);
  const signers = createSigners({ id, doc, keys, signKeyOf, origin, sittings, forkedFrom });
  const kept = createProposalMap(doc, origin);
  const names = createVersionNames(doc, origin);
  const typing = createTyping();
  let typedAtMs = 0;
  let cancelBatch: (() => void) | null = null;
  let isClosed = false;

  const keeping = await openKeeping({
    ...{ id, doc, engine, origin, sittings, signers, onDamaged },
    beforeOthers: () => settle(),
    onChanged: tell,
  });
  const { current } = keeping;
  const branches = createBranches(A, current);
  const written = (): string => textOf(current());
  const text = (): string => typing.textOn(written());
  const slip = createSlip({
    ...{ A, store: options.slip ?? null, clock, keeping, branches, signers },
    waiting: () => ({ splices: typing.waiting(), at: typedAtMs }),
  });
  const has = (heads: Heads): boolean =>
    heads.length > 0 && heads.length <= artifactHeadsMax && A.hasHeads(current(), [...heads]);
  const texts = createVersionTexts(versionTextsKept, (heads) => textOf(A.view(current(), [...heads])));
  const textAt = (heads: Heads): string => (has(heads) ? texts.at(heads) : "");

  function requireOpen(): void {
    if (isClosed) throw new VaultError("closed", "artifact");
  }

  /** What waits becomes one change. Whatever else changes the text, or asks where it is, comes after this: it was typed on the text before. */
  function flush(): void {
    cancelBatch?.();
    cancelBatch = null;
    if (typing.isEmpty()) return;
    const splices = typing.take();
    keeping.change((content) => {
      for (const { at, del, text: put } of splices) A.splice(content, ["text"], at, del, put);
    }, typedAtMs);
  }

  function settle(): void {
    if (isClosed) return;
    const isTyped = !typing.isEmpty();
    flush();
    keeping.settle();
    if (isTyped) slip.note();
  }

  function splice(at: number, wanted: number, put: string): void {
    requireOpen();
    const before = text();
    if (at < 0 || at > before.length || wanted < 0) throw new RangeError(`a splice at ${at} of ${before.length}`);
    const del = Math.min(wanted, before.length - at);
    if (before.length - del + put.length > artifactCharsMax) throw new VaultError("long-artifact", "artifact");
    typedAtMs = clock.now();
    if (!isWhole(before, { at, del, text: put })) {
      flush();
      return keeping.change((content) => A.splice(content, ["text"], at, del, put), typedAtMs);
    }
    typing.add({ at, del, text: put });
    if (typing.waiting().reduce((sum, { text: waits }) => sum + waits.length, 0) > typedCharsMax) settle();
    else cancelBatch ??= clock.after(isReadAlong() ? typingBatchMs : typingAloneMs, settle);
    slip.note();
    tell();
  }

  const review = createReview({
    ...{ A, current, branches, signers, kept, has, textAt },
    now: () => clock.now(),
    atOnce: (work) => doc.transact(work, origin),
    merge: (changes) => {
      requireOpen();
      flush();
      const before = A.getHeads(current());
      keeping.merge(changes);
      keeping.settle();
      return before;
    },
  });
  const stops = [kept.observe(tell), names.observe(tell)];

  const artifact: Artifact = {
    id,
    text,
    heads: () => {
      flush();
      return A.getHeads(current());
    },
    written: () => A.getHeads(current()),
    knows: has,
    textAt,
    splice,
    rewrite: (next) => {
      requireOpen();
      if (next.length > artifactCharsMax) throw new VaultError("long-artifact", "artifact");
      if (next === text()) return;
      flush();
      keeping.change((content) => A.updateText(content, ["text"], next), clock.now());
    },
    versions: () => {
      settle();
      return readVersions(A, current(), signers).map((version) => ({ ...version, name: names.nameOf(version.heads) }));
    },
    nameVersion: names.name,
    restore: (heads) => {
      if (has(heads)) artifact.rewrite(textAt(heads));
    },
    diff: (from, to) => (has(from) && has(to) ? A.diff(current(), [...from], [...to]) : []),
    ...review,
    caretAt: (at) => {
      const place = typing.toWritten(at);
      // A letter that waits has no name yet.
      if (place === null) flush();
      return A.getCursor(current(), ["text"], place ?? at);
    },
    placeOf: (caret) => {
      try {
        return typing.fromWritten(A.getCursorPosition(current(), ["text"], caret));
      } catch {
        // reason: a caret of another device may lie in words that have not come yet.
        return null;
      }
    },
    export: () => {
      flush();
      return A.save(current());
    },
    fork: (heads) => (has(heads) ? readFork(A, { id, doc, current: current(), heads }) : null),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settle,
    close: async () => {
      if (isClosed) return;
      settle();
      keeping.fold();
      slip.close();
      for (const stop of stops) stop();
      isClosed = true;
      branches.close();
      await keeping.close();
    },
  };
  return artifact;
}

const textOf = (held: Doc<ArtifactContent>): string => (typeof held.text === "string" ? held.text : "");
