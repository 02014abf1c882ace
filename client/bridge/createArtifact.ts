/** One artifact that is open beside the chat: its own methods, and a signal that says when what they return has changed. */
import { type Accessor, createEffect, createSignal, on, onCleanup, untrack } from "solid-js";
import type { DocId } from "#crypto/ids.ts";
import type { Artifact } from "#sync/artifacts/artifact.ts";
import type { ArtifactEntry } from "#sync/docs/artifactList.ts";
import type { Vault } from "#sync/vault.ts";
import { createPresence, type Presence } from "./createPresence.ts";
import { createFrameBatch } from "./frames.ts";

export interface ShownArtifact {
  readonly artifact: Artifact;
  readonly presence: Presence;
  /** Read it, and what reads the artifact after it is read anew when that has changed: at most once a frame. */
  readonly changed: Accessor<number>;
}

export type ArtifactState =
  | { readonly kind: "opening" }
  | { readonly kind: "open"; readonly shown: ShownArtifact }
  | { readonly kind: "failed" };

export interface OpenedArtifact {
  readonly state: Accessor<ArtifactState>;
  /** After it failed. */
  again(): void;
}

/** The list tells of a change this often at most: each time is a write that all devices store. */
const touchEveryMs = 60_000;

export function createArtifact(vault: Vault, id: Accessor<DocId>): OpenedArtifact {
  const [state, setState] = createSignal<ArtifactState>({ kind: "opening" });
  const [tries, setTries] = createSignal(0);

  createEffect(
    on([id, tries], ([wanted]) => {
      let isGone = false;
      let leave = (): void => {};
      setState({ kind: "opening" });
      vault.openArtifact(wanted).then(
        (doc) => {
          if (isGone) return doc.close();
          const artifact = doc.value;
          const [changed, setChanged] = createSignal(0);
          const batch = createFrameBatch(() => setChanged((count) => count + 1));
          const stop = artifact.subscribe(batch.schedule);
          const presence = createPresence(doc.awareness, placesIn(artifact), vault.deviceId);
          leave = () => {
            stop();
            batch.cancel();
            presence.close();
            doc.close();
          };
          setState({ kind: "open", shown: { artifact, presence, changed } });
        },
        () => {
          if (!isGone) setState({ kind: "failed" });
        },
      );
      onCleanup(() => {
        isGone = true;
        leave();
      });
    }),
  );

  return { state, again: () => setTries(untrack(tries) + 1) };
}

/** In an artifact, places are told as Automerge names them. */
const placesIn = (artifact: Artifact) => ({
  toTold: (at: number): unknown => artifact.caretAt(Math.min(at, artifact.text().length)),
  fromTold: (place: unknown): number | null =>
    typeof place === "string" && place.length <= caretCharsMax ? artifact.placeOf(place) : null,
  observe: (listener: () => void) => artifact.subscribe(listener),
});

/** A name of a place is "s", "e", or a counter and an actor of 32 letters. */
const caretCharsMax = 100;

/** What the catalog says of it; `null`: it knows no such artifact. */
export function createArtifactEntry(vault: Vault, id: Accessor<DocId>): Accessor<ArtifactEntry | null> {
  const { artifacts } = vault.catalog.value;
  const [entry, setEntry] = createSignal<ArtifactEntry | null>(untrack(() => artifacts.entry(id())));
  const batch = createFrameBatch(() => setEntry(artifacts.entry(untrack(id))));
  const leave = artifacts.observe(batch.schedule);
  createEffect(() => setEntry(artifacts.entry(id())));
  onCleanup(() => {
    leave();
    batch.cancel();
  });
  return entry;
}

/** For each change made here by hand. */
export function createTouch(vault: Vault, id: DocId): () => void {
  let touchedAt = 0;
  return () => {
    const now = Date.now();
    if (now - touchedAt < touchEveryMs) return;
    touchedAt = now;
    vault.catalog.value.artifacts.touch(id, now);
  };
}
