/**
 * Runs that a host has taken leave the catalog's list of what waits. The device that asked says so at once; the others see the same, and each of them
 * saying it would be an envelope of the catalog from every device for every question. So they wait, each for a moment of its own, and say it for a device that is asleep.
 */
import type { AuthorId, DocId, RunId } from "#crypto/ids.ts";
import type { Catalog } from "./docs/catalog.ts";
import { acceptedForOthersMs } from "./limits.ts";
import type { Clock, Random } from "./ports.ts";

export interface AcceptedRuns {
  /** `by`: who asked, where that is known here. */
  note(doc: DocId, run: RunId, by: AuthorId | null): void;
  /** What waits is said by whoever reads the doc next: each reading of it notes its runs again. */
  close(): void;
}

export interface AcceptedRunsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly device: AuthorId;
  readonly catalog: Pick<Catalog, "doc" | "isWaiting" | "setWaiting">;
}

export function createAcceptedRuns({ clock, random, device, catalog }: AcceptedRunsOptions): AcceptedRuns {
  const due = new Map<RunId, DocId>();
  let cancel: (() => void) | null = null;
  let isClosed = false;

  function sayAll(): void {
    cancel = null;
    catalog.doc.transact(() => due.forEach((doc, run) => catalog.setWaiting(doc, run, false)));
    due.clear();
  }

  return {
    note: (doc, run, by) => {
      if (isClosed || !catalog.isWaiting(doc, run)) return;
      if (by === device) return catalog.setWaiting(doc, run, false);
      due.set(run, doc);
      const [byte = 0] = random(1);
      cancel ??= clock.after(Math.round(acceptedForOthersMs * (1 + byte / 256)), sayAll);
    },
    close: () => {
      isClosed = true;
      cancel?.();
    },
  };
}
