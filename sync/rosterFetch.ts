/** Asking a host for the roster with a key of one's own, before there is a vault on this device to be opened. */
import type { DeviceKeys } from "#crypto/device.ts";
import type { VaultId } from "#crypto/ids.ts";
import { readRoster, type Roster } from "#crypto/roster.ts";
import { createConnection, type Connection } from "./connection.ts";
import { joinTryMsMax } from "./limits.ts";
import type { LiveState } from "./linkLife.ts";
import type { Clock, OpenLink, Random } from "./ports.ts";

export interface RosterLinkPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly openLink: OpenLink;
}

/** `refused`: the host does not know this key. `away`: nobody answered in time, or not with what was asked for. */
export type RosterFetch =
  | { readonly kind: "roster"; readonly entries: readonly Uint8Array[] }
  | { readonly kind: "refused" }
  | { readonly kind: "away" };

/** What came so far, and from whom. `false`: more is to come. Throws `VaultError` for a roster that is not the one meant. */
export type JudgeRoster = (entries: readonly Uint8Array[], live: LiveState) => boolean;

/** Rejects with what `judge` throws. */
export function fetchRoster(
  ports: RosterLinkPorts,
  keys: DeviceKeys,
  vault: VaultId | null,
  judge: JudgeRoster,
): Promise<RosterFetch> {
  const answer = Promise.withResolvers<RosterFetch>();
  const entries: Uint8Array[] = [];
  let live: LiveState | null = null;
  const connection: Connection = createConnection({
    ...ports,
    keys,
    vault,
    // Whose host it is, the roster tells.
    isTrustedRelay: () => true,
    events: {
      onState: (state) => {
        if (state.phase === "refused") answer.resolve({ kind: "refused" });
        if (state.phase !== "live") return;
        live = state;
        if (state.standing === "device") connection.getRoster(0);
        else answer.resolve({ kind: "refused" });
      },
      onRoster: (of, from, page) => {
        if ((vault !== null && of !== vault) || from !== entries.length || live === null) return;
        for (const entry of page) entries.push(entry.slice());
        try {
          if (judge(entries, live)) answer.resolve({ kind: "roster", entries });
        } catch (cause) {
          answer.reject(cause);
        }
      },
    },
  });
  const cancel = ports.clock.after(joinTryMsMax, () => answer.resolve({ kind: "away" }));
  return answer.promise.finally(() => {
    cancel();
    connection.close();
  });
}

export function readRosterOrNull(entries: readonly Uint8Array[]): Roster | null {
  try {
    return readRoster(entries);
  } catch {
    // reason: every way in which it can be wrong ends the same.
    return null;
  }
}
