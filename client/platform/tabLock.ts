/**
 * One writer per browser profile. Two tabs that wrote under one device's key would fork its chain of envelopes, so the tab
 * that holds the lock holds the vault. Handing over is polite first: the other tab is asked, writes down what it has, closes
 * its vault and lets go. Only a tab that does not answer (frozen, crashed) has the lock taken from it.
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

/**
 * `false` when another tab holds it. It is held for as long as the page lives, or until another tab asks for it: then
 * `onLost` is called, once, and must have stopped all writing when it resolves.
 */
export async function takeTabLock(onLost: () => Promise<void>): Promise<boolean> {
  return request({ ifAvailable: true }, onLost);
}

/**
 * Asks the other tab for it; takes it if there is no answer. Of several tabs that ask at once the last one has it, and for the others it is
 * `false`: one that opened the vault unasked would write until the next took the lock from it, and both would.
 */
export async function takeOverTabLock(onLost: () => Promise<void>): Promise<boolean> {
  const channel = new BroadcastChannel(channelName);
  channel.postMessage("hand-over");
  channel.close();
  const later = new BroadcastChannel(channelName);
  let isPassedOn = false;
  later.addEventListener("message", () => (isPassedOn = true));
  try {
    return await request({ signal: AbortSignal.timeout(handOverMs) }, onLost, () => isPassedOn);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return isPassedOn ? false : await request({ steal: true }, onLost, () => isPassedOn);
  } finally {
    later.close();
  }
}

function request(
  options: LockOptions,
  onLost: () => Promise<void>,
  isPassedOn: () => boolean = () => false,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let isHeld = false;
    let isLost = false;
    const channel = new BroadcastChannel(channelName);
    const lose = async (): Promise<void> => {
      if (isLost) return;
      isLost = true;
      channel.close();
      await onLost();
    };
    const held = navigator.locks.request(lockName, options, (lock) => {
      if (lock === null || isPassedOn()) {
        channel.close();
        resolve(false);
        return undefined;
      }
      isHeld = true;
      return new Promise<void>((release) => {
        channel.addEventListener("message", () => void lose().finally(release));
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
