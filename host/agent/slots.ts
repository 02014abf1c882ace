/**
 * Who may answer next, where a host serves several vaults: a few runs at a time, for all of them together. A vault that was served longest ago
 * comes first, whatever the others ask, so that one that asks a hundred things keeps nobody else waiting for more than a turn. Within a
 * vault its devices take turns (queue.ts).
 */

/** One vault's agent, as the slots see it. */
export interface SlotHolder {
  /** Begins one run if one is ready; `false` when there is none. */
  startOne(): boolean;
}

export interface RunSlots {
  join(holder: SlotHolder): void;
  leave(holder: SlotHolder): void;
  /** There may be something to begin. */
  fill(): void;
  /** A run of this holder has ended. */
  free(): void;
}

export function createRunSlots(runsMax: number): RunSlots {
  /** In the order in which they come next. */
  let holders: readonly SlotHolder[] = [];
  let busy = 0;
  let isFilling = false;

  const fill = (): void => {
    // What begins may end at once and call this again: the loop that runs sees it.
    if (isFilling) return;
    isFilling = true;
    while (busy < runsMax) {
      busy += 1;
      const served = holders.find((holder) => holder.startOne());
      if (served === undefined) {
        busy -= 1;
        break;
      }
      holders = [...holders.filter((holder) => holder !== served), served];
    }
    isFilling = false;
  };

  return {
    join: (holder) => {
      // Who was never served was served longest ago.
      holders = [holder, ...holders];
    },
    leave: (holder) => {
      holders = holders.filter((other) => other !== holder);
    },
    fill,
    free: () => {
      busy -= 1;
      fill();
    },
  };
}
