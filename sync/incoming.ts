/**
 * Pages of a log on their way into the room. What comes behind a snapshot waits until it was opened, which takes time; each page that
 * arrives is cut there.
 */
import { isSnapshot } from "#crypto/envelopeHeader.ts";
import type { RoomEvent } from "./roomState.ts";

export type Page = Required<Extract<RoomEvent, { type: "entries" }>>;

export interface Incoming {
  add(page: Page): void;
  /** The link is lost: they come again, from where the room stands. */
  clear(): void;
  /** Nothing more is taken until `opened` settles. */
  holdUntil(opened: Promise<void>): void;
  /** Hands on what waits, as far as it may. */
  take(): void;
  close(): void;
}

export interface IncomingOptions {
  /** `true`: the log is asked for anew from where it stands; what waits here comes again with that, and this was not its end. */
  readonly onPage: (page: Page) => boolean;
  /** The log is read to its end. */
  readonly onEnd: () => void;
}

export function createIncoming({ onPage, onEnd }: IncomingOptions): Incoming {
  let waiting: Page[] = [];
  let isHeld = false;
  let isClosed = false;

  const next = (): Page | undefined => (isHeld || isClosed ? undefined : waiting.shift());

  function take(): void {
    for (let page = next(); page !== undefined; page = next()) {
      if (onPage(page)) {
        waiting = [];
        return;
      }
      if (page.more) continue;
      if (isHeld) {
        // A snapshot that had waited for its key is opened first: then the log is at its end.
        waiting.unshift({ ...page, entries: [], marks: { from: null, to: page.marks.to } });
        return;
      }
      onEnd();
    }
  }

  return {
    add: (page) => {
      waiting.push(...cutAtSnapshots(page));
    },
    clear: () => {
      waiting = [];
    },
    holdUntil: (opened) => {
      isHeld = true;
      void opened.finally(() => {
        isHeld = false;
        take();
      });
    },
    take,
    close: () => {
      isClosed = true;
    },
  };
}

function cutAtSnapshots({ entries, head, more, marks, mayBegin }: Page): Page[] {
  const pages: Page[] = [];
  let begins = marks.from;
  let from = 0;
  for (const [index, { envelope }] of entries.entries()) {
    if (!isSnapshot(envelope)) continue;
    const between = { from: begins, to: null };
    pages.push({
      type: "entries",
      entries: entries.slice(from, index + 1),
      head,
      more: true,
      marks: between,
      mayBegin: mayBegin && from === 0,
    });
    from = index + 1;
    begins = null;
  }
  const rest = { from: begins, to: marks.to };
  return [
    ...pages,
    { type: "entries", entries: entries.slice(from), head, more, marks: rest, mayBegin: mayBegin && from === 0 },
  ];
}
