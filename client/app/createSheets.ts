/** What can lie over the page: settings, devices, status, search, the lock. Which of them is open, and how each is asked for. */
import { type Accessor, createSignal } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import type { DevicesPart } from "../devices/Devices.tsx";
import type { SettingsPart } from "../settings/Settings.tsx";
import { tell } from "./createChatActions.ts";
import { t } from "./strings.ts";

export const loadLock = () => import("../unlock/autoLock.ts");

export interface Sheets {
  /** `null`: closed. */
  readonly settings: Accessor<SettingsPart | null>;
  setSettings(part: SettingsPart | null): void;
  readonly devices: Accessor<DevicesPart | null>;
  setDevices(part: DevicesPart | null): void;
  readonly isPaletteOpen: Accessor<boolean>;
  setIsPaletteOpen(isOpen: boolean): void;
  readonly isStatusOpen: Accessor<boolean>;
  setIsStatusOpen(isOpen: boolean): void;
  readonly isLockOpen: Accessor<boolean>;
  setIsLockOpen(isOpen: boolean): void;
  /** Locks at once, or asks for the passphrase that it is to be opened with. */
  lock(): { readonly label: string; act(): void };
}

export function createSheets(vault: Vault): Sheets {
  const [settings, setSettings] = createSignal<SettingsPart | null>(null);
  const [devices, setDevices] = createSignal<DevicesPart | null>(null);
  const [isPaletteOpen, setIsPaletteOpen] = createSignal(false);
  const [isStatusOpen, setIsStatusOpen] = createSignal(false);
  const [isLockOpen, setIsLockOpen] = createSignal(false);
  return {
    ...{ settings, setSettings, devices, setDevices, isPaletteOpen, setIsPaletteOpen },
    ...{ isStatusOpen, setIsStatusOpen, isLockOpen, setIsLockOpen },
    lock: () =>
      vault.lock.ways().some(({ kind }) => kind === "platform")
        ? { label: t.lockWithPassphrase, act: () => setIsLockOpen(true) }
        : { label: t.lockNow, act: () => tell(() => loadLock().then(({ lockEverywhere }) => lockEverywhere(vault))) },
  };
}
