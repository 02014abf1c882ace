/** This terminal's device for calls that come now and then: opened with the first, shared by those at the same time, let go of when none has come for a while. */
import type { Vault } from "#sync/vault.ts";

export interface OpenedVault {
  readonly vault: Vault;
  close(): Promise<void>;
}

export interface TerminalVault {
  withVault<T>(work: (vault: Vault) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createTerminalVault(options: {
  readonly open: () => Promise<OpenedVault>;
  readonly idleMs: number;
  /** After each call, and, `isLast`, before it is let go of: what is to be written into the vault. */
  readonly onUsed?: (vault: Vault, isLast: boolean) => void;
  readonly after: (delayMs: number, then: () => void) => () => void;
}): TerminalVault {
  const { open, idleMs, after, onUsed = () => {} } = options;
  let opened: Promise<OpenedVault> | null = null;
  /** Opening waits until the one before has let go: it holds the device's lock. */
  let closing: Promise<void> = Promise.resolve();
  let users = 0;
  let cancel = (): void => {};

  function letGo(): void {
    const ending = opened;
    opened = null;
    if (ending === null) return;
    closing = ending
      .then((each) => {
        onUsed(each.vault, true);
        return each.close();
      })
      .catch(() => {
        // reason: one that did not open has nothing to let go of, and its caller was told.
      });
  }

  return {
    withVault: async (work) => {
      cancel();
      users += 1;
      opened ??= closing.then(open);
      const mine = opened;
      try {
        const { vault } = await mine;
        const result = await work(vault);
        onUsed(vault, false);
        return result;
      } catch (error) {
        // What did not open is opened anew with the next call.
        await mine.catch(() => (opened = opened === mine ? null : opened));
        throw error;
      } finally {
        users -= 1;
        if (users === 0) cancel = after(idleMs, letGo);
      }
    },
    close: async () => {
      cancel();
      letGo();
      await closing;
    },
  };
}
