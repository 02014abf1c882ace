/** What only a device of the vault can tell: which devices were not seen for long, and what is not in step. Of the terminal's own device, where this home has one. */
import { note, ok, warning, type Finding } from "./finding.ts";
import { staleDeviceMs } from "./limits.ts";

/** The vault as this terminal knows it. */
export interface VaultView {
  /** The host answers it. */
  readonly isLive: boolean;
  /** Changes of this terminal that no host has acknowledged. */
  readonly unsent: number;
  readonly devices: readonly {
    readonly id: string;
    readonly name: string;
    readonly role: string;
    readonly isThis: boolean;
    readonly seenAt: number | null;
  }[];
}

export function deviceFindings(view: VaultView | null, nowMs: number): readonly Finding[] {
  if (view === null)
    return [
      note(
        "devices",
        "This terminal is no device of the vault, so stale devices and docs that are not in step are not looked at here.",
        "sovereign join LINK; or see Devices, and Status, in the app",
      ),
    ];
  return [...unsynced(view), ...stale(view, nowMs)];
}

function unsynced({ unsent, isLive }: VaultView): readonly Finding[] {
  if (unsent === 0) return [ok("unsynced", "All that was written in this terminal is on the host.")];
  const changes = `${unsent} change${unsent === 1 ? "" : "s"}`;
  const says = `${changes} of this terminal ${unsent === 1 ? "is" : "are"} on this machine's disk and not on the host.`;
  return [warning("unsynced", says, isLive ? "sovereign devices, which hands them over" : "sovereign up")];
}

function stale({ devices }: VaultView, nowMs: number): readonly Finding[] {
  const others = devices.filter(({ isThis, role }) => !isThis && role === "device");
  const old = others.filter(({ seenAt }) => seenAt !== null && nowMs - seenAt > staleDeviceMs);
  if (old.length === 0) {
    const says = others.length === 0 ? "There is no other device." : "Every other device was seen lately, or is new.";
    return [ok("devices", says)];
  }
  return old.map(({ id, name, seenAt }) => {
    const days = Math.floor((nowMs - (seenAt ?? nowMs)) / 86_400_000);
    return warning(
      "devices",
      `"${name}" was not seen for ${days} days. If it is lost or sold, it still holds what it had, and a key to what is new.`,
      `sovereign devices remove ${id.slice(0, 8)}`,
    );
  });
}
