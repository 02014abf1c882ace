/**
 * One doc's room as it goes on: events are judged one after the other (room.ts), and what each asks for is carried out before the next.
 */
import { step } from "./room.ts";
import type { RoomEffect, RoomEvent, RoomState } from "./roomState.ts";

export interface Turn {
  /** `null`: it is not wanted any more. */
  readonly createEvent: () => RoomEvent | null;
  readonly onTaken?: () => void;
}

export interface RoomLoop {
  readonly state: RoomState;
  /** Nothing waits for its turn. */
  readonly isIdle: boolean;
  dispatch(event: RoomEvent): void;
  /**
   * Events that effects cause wait until the step that caused them is carried out, and are made only then: what is sealed must
   * build on the chain as it stands at that moment.
   */
  dispatchLater(turn: Turn): void;
}

export interface RoomLoopOptions {
  readonly state: RoomState;
  readonly carryOut: (effect: RoomEffect) => void;
  /** Some turns were taken. */
  readonly onMoved: () => void;
}

export function createRoomLoop({ state: beginning, carryOut, onMoved }: RoomLoopOptions): RoomLoop {
  let state = beginning;
  const turns: Turn[] = [];
  let isStepping = false;

  function dispatchLater(turn: Turn): void {
    turns.push(turn);
    if (isStepping) return;
    isStepping = true;
    try {
      for (let next = turns.shift(); next !== undefined; next = turns.shift()) {
        const event = next.createEvent();
        if (event === null) continue;
        const [after, effects] = step(state, event);
        state = after;
        next.onTaken?.();
        for (const effect of effects) carryOut(effect);
      }
    } finally {
      isStepping = false;
    }
    onMoved();
  }

  return {
    get state() {
      return state;
    },
    get isIdle() {
      return turns.length === 0;
    },
    dispatch: (event) => dispatchLater({ createEvent: () => event }),
    dispatchLater,
  };
}
