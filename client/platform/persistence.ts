/** Whether the browser may clear what this page stored when space runs short. */

/**
 * Once a page life, after the first words were kept here: some browsers ask the person, who by then knows what for, and others decide by
 * how much the page is used. A refusal changes nothing else.
 */
let hasAsked = false;
export function askToPersistOnce(): void {
  if (hasAsked) return;
  hasAsked = true;
  void persist().catch(() => false);
}

export async function persist(): Promise<boolean> {
  const { storage } = navigator;
  return (await isPersisted()) || ((await storage?.persist?.()) ?? false);
}

export const isPersisted = async (): Promise<boolean> => (await navigator.storage?.persisted?.()) ?? false;

/** `null`: the browser does not say. */
export async function readUsage(): Promise<{ readonly usedBytes: number; readonly roomBytes: number } | null> {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {};
  return usage === undefined || quota === undefined ? null : { usedBytes: usage, roomBytes: quota };
}
