/** Takes what the gateway recorded to the relay, one after the other: signed as this host's, and forgotten here once it is stored there. */
import type { DeviceKeys } from "#crypto/device.ts";
import { signRecord } from "#crypto/record.ts";
import type { Connection } from "#sync/connection.ts";
import type { Clock } from "#sync/ports.ts";
import type { RecordSpool } from "../recordSpool.ts";
import { recordRetryMs } from "./limits.ts";

export interface RecordSender {
  /** Something may be there, or the relay may take it now. */
  look(): void;
  close(): void;
}

export function createRecordSender(options: {
  readonly clock: Clock;
  readonly spool: RecordSpool;
  readonly keys: DeviceKeys;
  readonly connection: () => Pick<Connection, "putRecord" | "state">;
}): RecordSender {
  const { clock, spool, keys } = options;
  let isSending = false;
  let isWanted = false;
  let isClosed = false;
  let cancelRetry = (): void => {};

  async function sendAll(): Promise<void> {
    for (const name of spool.names()) {
      const kept = spool.read(name);
      if (kept === null) continue;
      const reply = await options.connection().putRecord(kept.id, signRecord(kept.sealed, keys));
      if (isClosed) return;
      if (reply.kind === "ack") {
        spool.remove(name);
        continue;
      }
      // Full until a device comes, or not this vault's host yet: nothing behind it would fare better.
      if (reply.kind === "nack") cancelRetry = clock.after(recordRetryMs, look);
      return;
    }
  }

  function look(): void {
    if (isClosed || options.connection().state.phase !== "live") return;
    isWanted = true;
    if (isSending) return;
    isSending = true;
    isWanted = false;
    cancelRetry();
    void sendAll().finally(() => {
      isSending = false;
      if (isWanted) look();
    });
  }

  return {
    look,
    close: () => {
      isClosed = true;
      cancelRetry();
    },
  };
}
