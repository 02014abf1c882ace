/** What the page is showing, from the first moment: one of a closed set of stages, and the steps between them. */
import { type Accessor, createSignal, untrack } from "solid-js";
import type { Invitation } from "#crypto/pairing.ts";
import type { SlotKey } from "#crypto/lockSlots.ts";
import type { Joining } from "#sync/joining.ts";
import type { RestoreOptions, Restoring } from "#sync/restoring.ts";
import type { LockedVault, Vault } from "#sync/vault.ts";
import { type OpeningLink, takeOpeningLink } from "../platform/openingLink.ts";
import { isErasing } from "../platform/erasing.ts";
import { findMissing, type Missing } from "../platform/support.ts";
import { onLocked, takeOverTabLock, takeTabLock, type TabKeeper } from "../platform/tabLock.ts";
import { showToast } from "../ui/toasts.tsx";
import type { Engine } from "./engine.ts";
import { t } from "./strings.ts";

export type Stage =
  | { readonly kind: "opening" }
  | { readonly kind: "unsupported"; readonly missing: Missing }
  /** `isUnstored`: that tab has words which are in its memory alone, and keeps the vault for them. */
  | { readonly kind: "elsewhere"; readonly isUnstored: boolean }
  | { readonly kind: "welcome" }
  /** `link`: behind the `#`, of a device that lets this one in, or of a recovery sheet. */
  | { readonly kind: "noLink"; readonly hasHost: boolean; readonly link: OpeningLink | null }
  | { readonly kind: "failed"; readonly says: string }
  | { readonly kind: "locked"; readonly locked: LockedVault }
  | { readonly kind: "open"; readonly vault: Vault; readonly wasLinkUsed: boolean };

export type CreateResult = { readonly kind: "created" } | { readonly kind: "failed"; readonly says: string };

export type BeginResult<T> =
  | { readonly kind: "begun"; readonly value: T }
  /** `error`: for whoever has a better sentence than `says`. */
  | { readonly kind: "failed"; readonly says: string; readonly error: unknown };

/** What is done with the words once they were found to be right: see sync/restoring.ts. */
export interface RestoringHere {
  readonly devices: readonly string[];
  /** Resolves when the vault is open. */
  finish(next: Uint8Array): Promise<void>;
}

export interface Session {
  readonly stage: Accessor<Stage>;
  /** Takes the vault over from the tab that has it; `isAnyway`: with the loss of what that one could not store. */
  useHere(isAnyway: boolean): Promise<void>;
  create(deviceName: string): Promise<CreateResult>;
  /** Takes part in a pairing; the vault appears by itself when it is done. */
  join(invitation: Invitation, deviceName: string): Promise<BeginResult<Joining>>;
  restore(options: RestoreOptions, deviceName: string): Promise<BeginResult<RestoringHere>>;
  /** `null` when it is open; else why not. */
  unlock(locked: LockedVault, key: SlotKey): Promise<string | null>;
}

export function startSession(): Session {
  const [stage, setStage] = createSignal<Stage>({ kind: "opening" });
  // Out of the address bar before anything else; kept in memory only.
  let link: OpeningLink | null = takeOpeningLink();
  let vault: Vault | null = null;
  /** The vault on its way to being open: it writes already, so the tab that comes next waits for its end as well. */
  let opening: Promise<Vault | null> = Promise.resolve(null);
  /** How often the lock was lost. What began before a loss shows nothing after it. */
  let losses = 0;
  let ownerSentenceOf: (error: unknown) => string | null = () => null;
  let engine: Promise<Engine> | null = null;

  const loadEngine = (): Promise<Engine> => {
    engine ??= import("./engine.ts").then((module) => {
      ownerSentenceOf = module.ownerSentenceOf;
      return module.startEngine();
    });
    // A part of the app that did not load may load the next time.
    engine.catch(() => (engine = null));
    return engine;
  };

  const sentenceFor = (error: unknown): string => ownerSentenceOf(error) ?? t.somethingFailed;

  const tellOfVault = (): void => showToast({ says: t.joinHasVault, stays: true });

  /** A vault that has just come to this device. */
  const enter = (entered: Vault, lossesBefore: number): void => {
    link = null;
    if (losses !== lossesBefore) return;
    vault = entered;
    setStage({ kind: "open", vault: entered, wasLinkUsed: false });
  };

  const keeper: TabKeeper = {
    isStored: async () => (await (await opening.catch(() => null))?.storeAll()) ?? true,
    onLost: async () => {
      losses += 1;
      vault = null;
      setStage({ kind: "elsewhere", isUnstored: false });
      const lost = await opening.catch(() => null);
      await lost?.close();
    },
  };

  const openHere = async (): Promise<void> => {
    const lossesBefore = losses;
    setStage({ kind: "opening" });
    try {
      const result = loadEngine().then((ready) => ready.open());
      opening = result.then((opened) => (opened.kind === "open" ? opened.vault : null));
      const opened = await result;
      if (losses !== lossesBefore) return;
      vault = opened.kind === "open" ? opened.vault : null;
      if (opened.kind === "locked") setStage({ kind: "locked", locked: opened });
      else if (vault !== null) setStage({ kind: "open", vault, wasLinkUsed: link?.hasClaim === true });
      else if (link?.hasClaim === true) setStage({ kind: "welcome" });
      else setStage({ kind: "noLink", hasHost: link?.kind === "host", link });
      if (vault !== null && link !== null && link.kind !== "host") tellOfVault();
    } catch (error) {
      if (losses === lossesBefore) setStage({ kind: "failed", says: sentenceFor(error) });
    }
  };

  /** `false`: not yet, and nothing is opened before it is. */
  const erased = async (): Promise<boolean> => {
    try {
      await (await import("../data/erase.ts")).finishErasing();
      return true;
    } catch {
      showToast({ says: t.eraseUnfinished, stays: true });
      return false;
    }
  };

  const start = async (): Promise<void> => {
    // Fetched while it is found out whether the browser will do. What is being deleted is not opened meanwhile.
    if (!isErasing()) void loadEngine().catch(() => undefined);
    const missing = await findMissing();
    if (missing !== null) {
      setStage({ kind: "unsupported", missing });
      return;
    }
    if (isErasing() && !(await erased())) return;
    if (await takeTabLock(keeper)) await openHere();
    else setStage({ kind: "elsewhere", isUnstored: false });
  };

  // A link pasted into a tab that is open already changes the fragment only.
  addEventListener("hashchange", () => {
    const next = takeOpeningLink();
    if (next === null) return;
    const now = untrack(stage);
    link = next;
    if (now.kind === "noLink" && next.hasClaim) setStage({ kind: "welcome" });
    if (now.kind === "noLink" && next.kind !== "host") setStage({ ...now, link: next });
    if (now.kind === "open" && next.kind === "host") setStage({ ...now, wasLinkUsed: next.hasClaim });
    if (now.kind === "open" && next.kind !== "host") tellOfVault();
  });

  // A tab that had the vault before may still hold words of it.
  onLocked(() => {
    if (untrack(stage).kind === "elsewhere") location.reload();
  });

  // The last chance to write down what was typed; what cannot be is told by the doc's status, where it is shown.
  const flush = (): void => void vault?.flush().catch(() => undefined);
  addEventListener("pagehide", () => vault?.leave());
  // What this device does not store goes with the page: the browser asks first, except where a lock takes the page away.
  addEventListener("beforeunload", (event) => {
    if (
      document.getElementById("app")?.hidden !== true &&
      vault?.status().alarms.some(({ code }) => code === "UNSTORED") === true
    )
      event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush();
    else vault?.wake();
  });
  addEventListener("online", () => vault?.wake());

  void start();

  return {
    stage,
    useHere: async (isAnyway) => {
      setStage({ kind: "opening" });
      const taking = await takeOverTabLock(keeper, { isAnyway });
      if (taking === "taken") await openHere();
      else setStage({ kind: "elsewhere", isUnstored: taking === "unstored" });
    },
    unlock: async (locked, key) => {
      const lossesBefore = losses;
      try {
        const unlocking = locked.unlock(key);
        opening = unlocking;
        const opened = await unlocking;
        if (losses !== lossesBefore) return null;
        vault = opened;
        setStage({ kind: "open", vault: opened, wasLinkUsed: link?.hasClaim === true });
        return null;
      } catch (error) {
        return sentenceFor(error);
      }
    },
    create: async (deviceName) => {
      const lossesBefore = losses;
      try {
        const fragment = link?.fragment ?? "";
        const creating = loadEngine().then((ready) => ready.create(fragment, deviceName));
        opening = creating;
        enter(await creating, lossesBefore);
        return { kind: "created" };
      } catch (error) {
        return { kind: "failed", says: sentenceFor(error) };
      }
    },
    join: async (invitation, deviceName) => {
      const lossesBefore = losses;
      try {
        const joining = await loadEngine().then((ready) => ready.join(invitation, deviceName));
        opening = joining.joined;
        joining.joined.then(
          (joined) => joined !== null && enter(joined, lossesBefore),
          (error: unknown) => setStage({ kind: "failed", says: sentenceFor(error) }),
        );
        return { kind: "begun", value: joining };
      } catch (error) {
        return { kind: "failed", says: sentenceFor(error), error };
      }
    },
    restore: async (options, deviceName) => {
      const lossesBefore = losses;
      try {
        const restoring: Restoring = await loadEngine().then((ready) => ready.restore(options));
        const finish = async (next: Uint8Array): Promise<void> => {
          const finishing = restoring.finish({ next, deviceName });
          opening = finishing;
          enter(await finishing, lossesBefore);
        };
        return { kind: "begun", value: { devices: restoring.devices, finish } };
      } catch (error) {
        return { kind: "failed", says: sentenceFor(error), error };
      }
    },
  };
}
