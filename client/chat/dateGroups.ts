/** Chats under the days that people speak of. Days are the calendar's, at the owner's place, so clock changes do not matter. */

export type DateGroup =
  | { readonly kind: "today" | "yesterday" | "lastWeek" | "lastMonth" }
  | { readonly kind: "month"; readonly year: number; readonly month: number };

export interface Grouped<Item> {
  readonly group: DateGroup;
  readonly items: Item[];
}

export function dateGroupOf(at: number, now: number): DateGroup {
  const daysAgo = calendarDay(now) - calendarDay(at);
  // A clock that runs ahead on another device: today is as new as it gets.
  if (daysAgo <= 0) return { kind: "today" };
  if (daysAgo === 1) return { kind: "yesterday" };
  if (daysAgo <= 7) return { kind: "lastWeek" };
  if (daysAgo <= 30) return { kind: "lastMonth" };
  const date = new Date(at);
  return { kind: "month", year: date.getFullYear(), month: date.getMonth() };
}

/** `items` come newest first, and stay so. */
export function groupByDate<Item extends { readonly at: number }>(
  items: readonly Item[],
  now: number,
): Grouped<Item>[] {
  const groups = new Map<string, Grouped<Item>>();
  for (const item of items) {
    const group = dateGroupOf(item.at, now);
    const key = dateGroupKey(group);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { group, items: [item] });
    else known.items.push(item);
  }
  return [...groups.values()];
}

export function dateGroupKey(group: DateGroup): string {
  return group.kind === "month" ? `${group.year}-${group.month}` : group.kind;
}

/** Days since 1970 on the local calendar. */
function calendarDay(at: number): number {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}
