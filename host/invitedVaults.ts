/** Vaults beside the owner's that may come here, as a running host knows them: who was invited, who has come, whom its agent serves. */
import { bytesToHex } from "#crypto/bytes.ts";
import type { HostStatus } from "./hostStatus.ts";
import { watchInvitations, type Invitation } from "./invitations.ts";

export interface InvitedVaults {
  readonly all: readonly Invitation[];
  /** The links of those that the agent answers. */
  servedKeys(): readonly Uint8Array[];
  /** The links by which vaults have come, as the relay says. */
  setCome(keys: readonly Uint8Array[]): void;
  status(): HostStatus["invited"];
  close(): void;
}

export function createInvitedVaults(options: {
  readonly home: string;
  /** Relay and agent have to agree on who may come: where one of them is on another machine, nobody may. */
  readonly isWhole: boolean;
  readonly onChange: () => void;
  readonly notify: (sentence: string) => void;
}): InvitedVaults {
  let all: readonly Invitation[] = [];
  let come: ReadonlySet<string> = new Set();
  const take = (now: readonly Invitation[]): void => {
    all = now;
    options.onChange();
  };
  const watch = options.isWhole ? watchInvitations(options.home, take, options.notify) : null;
  return {
    get all() {
      return all;
    },
    servedKeys: () => all.filter(({ isServed }) => isServed).map(({ key }) => key),
    setCome: (keys) => {
      come = new Set(keys.map(bytesToHex));
    },
    status: () =>
      all.map(({ name, key, endsMs, bytesMax, isServed }) => ({
        ...{ name, endsMs, bytesMax, isServed },
        hasCome: come.has(bytesToHex(key)),
      })),
    close: () => watch?.close(),
  };
}
