/** A length that somebody set by hand on this device, kept where browsers keep how a page looks. */
export function readNumber(key: string): number | null {
  try {
    const kept = Number.parseInt(localStorage.getItem(key) ?? "", 10);
    return Number.isSafeInteger(kept) && kept > 0 ? kept : null;
  } catch {
    return null;
  }
}

export function keepNumber(key: string, value: number | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, String(value));
  } catch {
    // reason: storage is closed to the page; it holds until the page is closed.
  }
}
