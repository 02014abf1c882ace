/** The tree that messages form by their parents: branches, and the path through one of them. */
import type { ChatMessage } from "./chat.ts";

export function byAge(a: ChatMessage, b: ChatMessage): number {
  return a.at - b.at || (a.id < b.id ? -1 : 1);
}

export function newest(messages: Iterable<ChatMessage>): ChatMessage | undefined {
  let found: ChatMessage | undefined;
  for (const message of messages) if (found === undefined || byAge(found, message) < 0) found = message;
  return found;
}

export function forksOf(messages: readonly ChatMessage[]): Map<string, readonly string[]> {
  const alike = new Map<string, string[]>();
  for (const { id, parent, role } of messages) {
    const place = `${role} ${parent ?? ""}`;
    const known = alike.get(place);
    if (known === undefined) alike.set(place, [id]);
    else known.push(id);
  }
  const forks = new Map<string, readonly string[]>();
  for (const ids of alike.values()) if (ids.length > 1) for (const id of ids) forks.set(id, ids);
  return forks;
}

/** Ends at an unknown parent (it has not arrived), and at a circle, which only a hostile member can make. */
export function pathTo(all: ReadonlyMap<string, ChatMessage>, leaf: ChatMessage): ChatMessage[] {
  const path = [leaf];
  const seen = new Set([leaf.id]);
  for (let at = leaf; at.parent !== null;) {
    const parent = all.get(at.parent);
    if (parent === undefined || seen.has(parent.id)) break;
    seen.add(parent.id);
    path.push(parent);
    at = parent;
  }
  return path.reverse();
}

/** What follows `from` on its newest branch, `from` itself left out. */
export function descent(all: ReadonlyMap<string, ChatMessage>, from: ChatMessage): ChatMessage[] {
  const newestChild = new Map<string, ChatMessage>();
  for (const message of all.values()) {
    if (message.parent === null) continue;
    const rival = newestChild.get(message.parent);
    if (rival === undefined || byAge(rival, message) < 0) newestChild.set(message.parent, message);
  }
  const followed: ChatMessage[] = [];
  const seen = new Set(pathTo(all, from).map((message) => message.id));
  for (let next = newestChild.get(from.id); next !== undefined && !seen.has(next.id); next = newestChild.get(next.id)) {
    seen.add(next.id);
    followed.push(next);
  }
  return followed;
}

/** What follows a deleted message is out of sight with it. A parent that has not arrived yet hides nothing. */
export function withoutLost(found: Map<string, ChatMessage>, deleted: ReadonlySet<string>): Map<string, ChatMessage> {
  const lost = new Map<string, boolean>();
  const isLost = (id: string | null): boolean => {
    const way = new Set<string>();
    let is = false;
    for (let at = id; at !== null && !way.has(at);) {
      const known = lost.get(at);
      is = known ?? deleted.has(at);
      if (known !== undefined || is) break;
      way.add(at);
      at = found.get(at)?.parent ?? null;
    }
    for (const step of way) lost.set(step, is);
    return is;
  };
  return new Map([...found].filter(([, { parent }]) => !isLost(parent)));
}
