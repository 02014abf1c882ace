/** How a doc's log is read: from the host, page by page to its end, asked for again where something does not fit, and directly from other devices. */
import type { DocId } from "#crypto/ids.ts";
import { createAsking } from "./asking.ts";
import type { Subscription } from "./connection.ts";
import { joinDirect } from "./direct/joinDirect.ts";
import type { PageMarks } from "./frame.ts";
import { createIncoming } from "./incoming.ts";
import type { Journal } from "./journal.ts";
import type { OwnEnvelopes } from "./ownEnvelopes.ts";
import type { ReplicaContext } from "./replicaTypes.ts";
import type { RoomLoop } from "./roomLoop.ts";
import { markedCursor } from "./roomState.ts";

export interface LogLink {
  readonly isLinked: boolean;
  /** The log was read to its end since the link is there. */
  readonly isCaughtUp: boolean;
  begin(): void;
  /** The log is wanted again, from where the room stands. */
  ask(): void;
  /** Nothing more is read until `opened` settles. */
  holdUntil(opened: Promise<void>): void;
  /** Own envelopes are strictly committed: other devices may have them. */
  publish(): void;
  leave(): void;
  close(): void;
}

export interface LogLinkOptions {
  readonly doc: DocId;
  readonly context: ReplicaContext;
  readonly loop: RoomLoop;
  readonly own: OwnEnvelopes;
  readonly journal: Journal;
  readonly isClosed: () => boolean;
  readonly onEntries: () => void;
  readonly onEnd: () => void;
  readonly onLost: () => void;
}

export function createLogLink({ doc, context, loop, own, journal, isClosed, ...on }: LogLinkOptions): LogLink {
  const { clock, connection } = context;
  const { dispatch } = loop;
  let isLinked = false;
  let isCaughtUp = false;
  let hasAsked = false;
  /** What the newest SUB asked for, until its answer begins. */
  let askedFrom: number | null = null;
  let subscription: Subscription | null = null;
  let direct: ReturnType<typeof joinDirect> | null = null;

  const incoming = createIncoming({
    onPage: (page) => {
      hasAsked = false;
      dispatch(page);
      return hasAsked;
    },
    onEnd: () => {
      isCaughtUp = true;
      on.onEnd();
    },
  });

  const asking = createAsking({
    clock,
    repeat: () => subscription?.repeat(),
    onTooOften: () => dispatch({ type: "askedTooOften" }),
  });

  /** It was on its way to whoever followed this log before: what lies between comes by the answer, and so does this. */
  function isForAnother({ from }: PageMarks): boolean {
    if (askedFrom !== null && from !== null && from.seq > askedFrom) return true;
    askedFrom = null;
    return false;
  }

  function begin(): void {
    const subscribed = connection.subscribe(doc, {
      cursor: () => {
        askedFrom = markedCursor(loop.state);
        return askedFrom;
      },
      onEntries: (entries, head, more, marks) => {
        if (asking.isWaiting || isForAnother(marks)) return;
        incoming.add({ type: "entries", entries, head, more, marks, mayBegin: !subscribed.isUnderWay });
        incoming.take();
        on.onEntries();
      },
      onEphemeral: (envelope) => dispatch({ type: "ephemeral", envelope }),
      onSent: () => {
        isLinked = true;
        isCaughtUp = false;
        dispatch({ type: "linked" });
      },
      onLost: () => {
        incoming.clear();
        isLinked = false;
        isCaughtUp = false;
        dispatch({ type: "unlinked" });
        on.onLost();
      },
    });
    subscription = subscribed;
    direct = joinDirect({
      hub: context.direct,
      doc,
      own,
      journal,
      state: () => loop.state,
      take: (envelopes) => {
        if (!isClosed()) dispatch({ type: "direct", envelopes });
      },
      takeEphemeral: (envelope) => {
        if (!isClosed()) dispatch({ type: "ephemeral", envelope });
      },
    });
  }

  return {
    get isLinked() {
      return isLinked;
    },
    get isCaughtUp() {
      return isCaughtUp;
    },
    begin,
    ask: () => {
      hasAsked = true;
      asking.ask();
    },
    holdUntil: incoming.holdUntil,
    publish: () => direct?.publish(),
    leave: () => {
      subscription?.leave();
      direct?.leave();
    },
    close: () => {
      asking.close();
      incoming.close();
    },
  };
}
