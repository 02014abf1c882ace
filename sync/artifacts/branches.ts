/**
 * Changes that begin at heads of the past. Each grows from a fork that ends there: what else a device knows would number a change's
 * operations, and two devices would write one actor's first change in two ways.
 */
import type { Doc, Heads } from "@automerge/automerge-repo/slim";
import type { Splice } from "./edits.ts";
import type { ArtifactContent, Engine } from "./engine.ts";

export interface Branches {
  /** One change by an actor of its own, beside all others that begin there. `null`: it changes nothing. */
  commit(base: Heads, actor: string, atMs: number, splices: readonly Splice[]): Branch | null;
  /** The text there, and with these changes. Throws when they do not read. */
  compare(base: Heads, changes: Uint8Array): { readonly before: string; readonly after: string };
  close(): void;
}

export interface Branch {
  readonly changes: Uint8Array;
  readonly head: string;
}

type Backend = ReturnType<Engine["A"]["getBackend"]>;

export function createBranches(A: Engine["A"], current: () => Doc<ArtifactContent>): Branches {
  /** The past that was looked at last: going back a hundred changes takes fifty times as long as a copy, and who looks at a proposal takes it next. */
  let last: { readonly base: Heads; readonly backend: Backend } | null = null;

  const forkAt = (base: Heads): Backend => {
    if (last !== null && A.equals(last.base, base)) return last.backend;
    const held = A.getBackend(current());
    const backend = A.equals(A.getHeads(current()), base) ? held.fork() : held.fork(undefined, [...base]);
    last?.backend.free();
    last = { base, backend };
    return backend;
  };

  function onCopy<T>(base: Heads, actor: string | undefined, work: (copy: Backend) => T): T {
    const copy = forkAt(base).fork(actor);
    try {
      return work(copy);
    } finally {
      copy.free();
    }
  }

  return {
    commit: (base, actor, atMs, splices) =>
      onCopy(base, actor, (copy) => {
        for (const { at, del, text } of splices) {
          // Behind what it replaces, so that it does not come between the letters of who writes in front of that.
          copy.splice("/text", at + del, 0, text);
          copy.splice("/text", at, del, "");
        }
        copy.commit(undefined, Math.floor(atMs / 1000));
        const change = copy.getLastLocalChange();
        return change === null ? null : { changes: change, head: A.decodeChange(change).hash ?? "" };
      }),
    compare: (base, changes) => ({
      before: textOf(forkAt(base)),
      after: onCopy(base, undefined, (copy) => {
        copy.loadIncremental(changes);
        return textOf(copy);
      }),
    }),
    close: () => {
      last?.backend.free();
      last = null;
    },
  };
}

function textOf(held: Backend): string {
  const text: unknown = held.text("/text");
  return typeof text === "string" ? text : "";
}
