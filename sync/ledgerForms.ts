/** The frames by which a device reads what tools did at a host: numbers and fields, as in frameForms.ts. */
import { authorIdFromBytes, ID_BYTES, idToBytes } from "#crypto/ids.ts";
import { ledgerEntryBytesMax } from "#crypto/limits.ts";
import { readList } from "./frameFields.ts";
import type { FrameForms } from "./frameForms.ts";

const SIGNATURE_BYTES = 64;

export const LEDGER_FORMS: Pick<FrameForms, "ledgerAsk" | "ledgerPart"> = {
  ledgerAsk: {
    id: 210,
    write: (writer, frame) => writer.fixed(idToBytes(frame.host)).fixed(idToBytes(frame.asker)).u64(frame.from),
    read: (reader) => ({
      host: authorIdFromBytes(reader.fixed(ID_BYTES)),
      asker: authorIdFromBytes(reader.fixed(ID_BYTES)),
      from: reader.u64(),
    }),
  },
  ledgerPart: {
    id: 211,
    write: (writer, frame) => {
      writer.fixed(idToBytes(frame.host)).fixed(idToBytes(frame.asker)).u64(frame.from).u64(frame.total);
      writer.u16(frame.entries.length);
      for (const entry of frame.entries) writer.long(entry);
    },
    read: (reader) => ({
      host: authorIdFromBytes(reader.fixed(ID_BYTES)),
      asker: authorIdFromBytes(reader.fixed(ID_BYTES)),
      from: reader.u64(),
      total: reader.u64(),
      entries: readList(reader.u16(), () => reader.long(ledgerEntryBytesMax + SIGNATURE_BYTES)),
    }),
  },
};
