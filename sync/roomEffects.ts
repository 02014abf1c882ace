/** What a room asks for (room.ts), carried out at the edge: journal, document, relay, and those who are told. */
import type { CommitLoop } from "./commitLoop.ts";
import type { Compaction } from "./compaction.ts";
import type { Folding } from "./folding.ts";
import type { Journal } from "./journal.ts";
import type { LaneScopes } from "./laneScopes.ts";
import { gapAlarmMs, retryAfterMs } from "./limits.ts";
import type { LogLink } from "./logLink.ts";
import type { OwnEnvelopes } from "./ownEnvelopes.ts";
import type { ReplicaContext, ReplicaEvents } from "./replicaTypes.ts";
import type { RoomLoop } from "./roomLoop.ts";
import type { RoomEffect } from "./roomState.ts";
import type { SealedSocket } from "./sealedSocket.ts";

type EffectOf<T extends RoomEffect["type"]> = Extract<RoomEffect, { type: T }>;

export interface EffectParts {
  readonly context: Pick<ReplicaContext, "clock" | "connection" | "wantRoster">;
  readonly events: ReplicaEvents;
  readonly loop: RoomLoop;
  readonly journal: Journal;
  readonly own: OwnEnvelopes;
  readonly socket: SealedSocket;
  readonly scopes: LaneScopes;
  readonly folding: Folding;
  readonly commits: CommitLoop;
  readonly log: LogLink;
  readonly compaction: Compaction;
  readonly isClosed: () => boolean;
  readonly onConfirm: (effect: EffectOf<"confirm">) => void;
}

export function createRoomEffects(parts: EffectParts): (effect: RoomEffect) => void {
  const { context, events, journal, own } = parts;
  const { clock, connection } = context;
  let round = 0;

  function append({ counters }: EffectOf<"append">): void {
    const sentIn = round;
    for (const counter of counters) {
      const envelope = own.get(counter);
      if (envelope === undefined) return;
      void connection.append(envelope).then((reply) => {
        // What was under way behind a refused one was refused with it: only the first counts.
        if (parts.isClosed() || reply.kind === "lost" || (reply.kind === "nack" && sentIn !== round)) return;
        if (reply.kind === "ack") return parts.loop.dispatch({ type: "acked", counter, seq: reply.seq });
        round += 1;
        parts.loop.dispatch({ type: "nacked", counter, code: reply.code, expected: reply.expected });
      });
    }
  }

  function accept({ lane: author, run }: EffectOf<"accepted">): void {
    const lane = parts.loop.state.lanes.get(author);
    if (lane !== undefined) parts.scopes.begin(author, lane, null);
    events.onAccepted(run);
  }

  return (effect) => {
    switch (effect.type) {
      case "store":
        journal.add(effect.envelope);
        own.note(effect.envelope);
        return void parts.commits.run();
      case "write":
        if (!parts.scopes.write(effect)) parts.loop.dispatch({ type: "violated", author: effect.author });
        return;
      case "readSnapshot":
        return parts.log.holdUntil(parts.compaction.read(effect));
      case "fold":
        return parts.folding.foldNow();
      case "confirm":
        return parts.onConfirm(effect);
      case "presence":
        return parts.socket.deliverPresence(effect.update);
      case "told":
        return events.onTold?.(effect.by, effect.body, effect.what);
      case "setAside":
        if (journal.setAside(effect.envelope)) void parts.commits.run();
        return;
      case "accepted":
        return accept(effect);
      case "answered":
        return events.onAccepted(effect.run);
      case "append":
        return append(effect);
      case "retryLater":
        return void clock.after(retryAfterMs, () => {
          if (parts.log.isLinked && !parts.isClosed()) parts.loop.dispatch({ type: "linked" });
        });
      case "ask":
        return parts.log.ask();
      case "wantRoster":
        return context.wantRoster();
      case "watchGap":
        return void clock.after(gapAlarmMs, () => {
          if (!parts.isClosed()) parts.loop.dispatch({ type: "gapTimeout" });
        });
    }
  };
}
