/** Who looks at the vault or at one doc, and is told that something moved: once for all that happens in one turn. */
import type { DocId } from "#crypto/ids.ts";

export interface Notices {
  subscribe(listener: () => void): () => void;
  subscribeDoc(doc: DocId, listener: () => void): () => void;
  changed(): void;
  docChanged(doc: DocId): void;
}

/** `onDoc` comes before those who look at it. */
export function createNotices(onDoc: (doc: DocId) => void): Notices {
  const listeners = new Set<() => void>();
  const docListeners = new Map<DocId, Set<() => void>>();
  const changedDocs = new Set<DocId>();
  let isNotifying = false;

  /** A page of a log is many changes. */
  function notifySoon(): void {
    if (isNotifying) return;
    isNotifying = true;
    queueMicrotask(() => {
      isNotifying = false;
      const docs = [...changedDocs];
      changedDocs.clear();
      for (const doc of docs) {
        onDoc(doc);
        for (const listener of docListeners.get(doc) ?? []) listener();
      }
      for (const listener of listeners) listener();
    });
  }

  return {
    subscribe: (listener) => join(listeners, listener),
    subscribeDoc: (doc, listener) => {
      const those = docListeners.get(doc) ?? new Set();
      docListeners.set(doc, those);
      return join(those, listener);
    },
    changed: notifySoon,
    docChanged: (doc) => {
      changedDocs.add(doc);
      notifySoon();
    },
  };
}

function join(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
