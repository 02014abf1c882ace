/** When this device last had its host: so that it can say since when the host is away, also after the page was closed meanwhile. A time and nothing else. */
import type { Vault } from "#sync/vault.ts";
import { keepNumber, readNumber } from "./keptNumber.ts";

const key = "sovereign.hostSeen";
/** As exactly as it is shown. */
const noteEveryMs = 60_000;

export const hostSeenAt = (): number | null => readNumber(key);

/** Notes it while the host is there, and once more in the moment in which it is gone. */
export function keepHostSeen(
  vault: Pick<Vault, "status" | "subscribeStatus">,
  nowMs: () => number = Date.now,
): () => void {
  const isThere = (): boolean => {
    const { link, host } = vault.status();
    return link === "live" && host?.live === true;
  };
  let wasThere = isThere();
  const note = (): void => keepNumber(key, nowMs());
  const noteIfThere = (): void => {
    if (isThere()) note();
  };
  noteIfThere();
  const leave = vault.subscribeStatus(() => {
    const is = isThere();
    if (is !== wasThere) note();
    wasThere = is;
  });
  const timer = setInterval(noteIfThere, noteEveryMs);
  return () => {
    leave();
    clearInterval(timer);
    noteIfThere();
  };
}
