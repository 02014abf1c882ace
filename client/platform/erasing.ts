/**
 * Everything of this device is being deleted: noted before the first of it goes, so that a page that is closed in the middle of it goes
 * on when it is opened the next time, before it opens anything.
 */
const key = "sovereign.erasing";

export function isErasing(): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    // reason: storage is closed to the page, so there is nothing in it.
    return false;
  }
}

export const noteErasing = (): void => localStorage.setItem(key, "1");
