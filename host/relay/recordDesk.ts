/** Records of what tools said: an agent leaves one, a device is handed one after another. */
import type { VaultId } from "#crypto/ids.ts";
import type { Frame } from "#sync/frame.ts";
import type { KeptRecord, RecordStore } from "./records.ts";
import type { AppendAnswer, Peer, Session } from "./session.ts";

export interface RecordDesk {
  /** Rejects when the disk failed. */
  put(peer: Peer, id: Uint8Array, record: Uint8Array): Promise<AppendAnswer>;
  /** A device has done with one: the next, if there is one. */
  taken(session: Session, frame: Extract<Frame, { type: "recordTaken" }>): void;
  /** The oldest, for a device that has just come. */
  sendFirst(session: Session, vault: VaultId): void;
}

export function createRecordDesk(options: {
  readonly records: RecordStore;
  readonly sessions: () => Iterable<Session>;
  /** The vault whose docs this peer may follow. */
  readonly vaultOf: (peer: Peer) => VaultId | null;
}): RecordDesk {
  const { records, sessions, vaultOf } = options;

  function send(session: Session, kept: KeptRecord | null): void {
    if (kept !== null && session.isReading) session.send({ type: "record", ...kept });
  }

  return {
    put: async (peer, id, record) => {
      const vault = peer.standing === "host" ? vaultOf(peer) : null;
      if (vault === null) return { kind: "nack", code: "not-allowed", expected: 0 };
      const kept = await records.put(vault, id, record);
      if (kept === null) return { kind: "nack", code: "full", expected: 0 };
      for (const session of sessions())
        if (session.peer?.standing === "device" && vaultOf(session.peer) === vault) send(session, kept);
      return { kind: "ack", seq: kept.seq };
    },
    taken: (session, { seq, id, isFiled }) => {
      const vault = session.peer?.standing === "device" ? vaultOf(session.peer) : null;
      if (vault === null) return;
      if (isFiled) records.drop(vault, id);
      send(session, records.after(vault, seq));
    },
    sendFirst: (session, vault) => send(session, records.after(vault, 0)),
  };
}
