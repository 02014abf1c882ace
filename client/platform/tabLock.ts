/**
 * One writer per browser profile. Two tabs that wrote under one device's key would fork its chain of envelopes, so the tab
 * that holds the lock holds the vault. Handing over is polite first: the other tab is asked, writes down what it has, closes
 * its vault and lets go. One that cannot write it down, as on a full disk, says so and keeps the lock, unless it is asked for it anyway. Only a
 * tab that does not answer (frozen, crashed) has the lock taken from it.
 */
const lockName = "sovereign/vault";
const channelName = "sovereign/tabs";
const lockedName = "sovereign/locked";
/** Long enough to flush a journal on a slow disk, short enough to wait for. */
const handOverMs = 4000;

/** The vault was locked in this tab: the others forget what they know of it, too. */
export function tellLocked(): void {
  const channel = new BroadcastChannel(lockedName);
  channel.postMessage("locked");
  channel.close();
}

export function onLocked(listener: () => void): void {
  new BroadcastChannel(lockedName).addEventListener("message", listener);
}

/** Whoever holds the lock. */
export interface TabKeeper {
  /** All that was written here is stored, and stays so until the next turn. `false`: it is in this page's memory alone. */
  isStored(): Promise<boolean>;
  /** Called once. Must have stopped all writing when it resolves. */
  onLost(): Promise<void>;
}

/** "unstored": the other tab has words that are in its memory alone, and keeps the lock for them. */
export type TakingOver = "taken" | "passed on" | "unstored";

const ASK = "hand-over";
/** Whatever that tab has not stored. */
const ASK_ANYWAY = "hand-over-anyway";
const UNSTORED = "unstored";

/** `false` when another tab holds it. It is held for as long as the page lives, or until another tab asks for it. */
export async function takeTabLock(keeper: TabKeeper): Promise<boolean> {
  return request({ ifAvailable: true }, keeper);
}

/**
 * Asks the other tab for it; takes it if there is no answer. Of several tabs that ask at once the last one has it, and for the others it is
 * passed on: one that opened the vault unasked would write until the next took the lock from it, and both would.
 */
export async function takeOverTabLock(
  keeper: TabKeeper,
  { isAnyway }: { readonly isAnyway: boolean },
): Promise<TakingOver> {
  const channel = new BroadcastChannel(channelName);
  const refused = new AbortController();
  let isPassedOn = false;
  channel.addEventListener("message", ({ data }) => {
    if (data !== UNSTORED) isPassedOn = true;
    else if (!isAnyway) refused.abort(new DOMException("The other tab keeps it.", "AbortError"));
  });
  channel.postMessage(isAnyway ? ASK_ANYWAY : ASK);
  try {
    const signal = AbortSignal.any([refused.signal, AbortSignal.timeout(handOverMs)]);
    return (await request({ signal }, keeper, () => isPassedOn)) ? "taken" : "passed on";
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (refused.signal.aborted) return "unstored";
    if (isPassedOn) return "passed on";
    return (await request({ steal: true }, keeper, () => isPassedOn)) ? "taken" : "passed on";
  } finally {
    channel.close();
  }
}

function request(options: LockOptions, keeper: TabKeeper, isPassedOn: () => boolean = () => false): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let isHeld = false;
    let losing: Promise<void> | null = null;
    const channel = new BroadcastChannel(channelName);
    const lose = (): Promise<void> => {
      channel.close();
      return (losing ??= keeper.onLost());
    };
    /** `false`: nobody is to have it now. */
    const give = async (asked: unknown): Promise<boolean> => {
      if (asked === ASK && losing === null && !(await keeper.isStored())) {
        channel.postMessage(UNSTORED);
        return false;
      }
      await lose();
      return true;
    };
    const held = navigator.locks.request(lockName, options, (lock) => {
      if (lock === null || isPassedOn()) {
        channel.close();
        resolve(false);
        return undefined;
      }
      isHeld = true;
      return new Promise<void>((release) => {
        channel.addEventListener("message", ({ data }) => {
          if (data !== UNSTORED) void give(data).then((isGiven) => isGiven && release(), release);
        });
        resolve(true);
      });
    });
    held.catch((error: unknown) => {
      // Rejected while held: it was taken from us. Rejected before: it was not had in time.
      if (isHeld) void lose();
      else {
        channel.close();
        reject(error);
      }
    });
  });
}
