/** The frames by which a device asks to be told of answers while it is away: numbers and fields, as in frameForms.ts. */
import type { Reader } from "#crypto/codec.ts";
import { CryptoError } from "#crypto/errors.ts";
import { idToBytes } from "#crypto/ids.ts";
import { readDoc, readFlag, readList, readOptional, writeOptional } from "./frameFields.ts";
import type { FrameForms } from "./frameForms.ts";
import { alarmsMax, pushEndpointCharsMax } from "./limits.ts";

/** An uncompressed point of P-256, and what RFC 8291 calls the authentication secret. */
const PUSH_KEY_BYTES = 65;
const PUSH_SECRET_BYTES = 16;

export const PUSH_FORMS: Pick<FrameForms, "pushAsk" | "pushKey" | "pushPut" | "answered" | "alarmsPut"> = {
  pushAsk: { id: 200, write: () => {}, read: () => ({}) },
  pushKey: {
    id: 201,
    write: (writer, frame) => {
      writeOptional(writer, frame.key);
      writer.text(frame.endpoint ?? "");
    },
    read: (reader) => ({
      key: readOptional(reader, PUSH_KEY_BYTES),
      endpoint: reader.text(pushEndpointCharsMax) || null,
    }),
  },
  pushPut: {
    id: 202,
    write: (writer, { request, subscription }) => {
      writer.u32(request).u8(subscription === null ? 0 : 1);
      if (subscription !== null)
        writer.text(subscription.endpoint).fixed(subscription.publicKey).fixed(subscription.secret);
    },
    read: (reader) => ({
      request: reader.u32(),
      subscription: readFlag(reader)
        ? {
            endpoint: reader.text(pushEndpointCharsMax),
            publicKey: reader.fixed(PUSH_KEY_BYTES),
            secret: reader.fixed(PUSH_SECRET_BYTES),
          }
        : null,
    }),
  },
  answered: {
    id: 203,
    write: (writer, frame) => writer.fixed(idToBytes(frame.doc)),
    read: (reader) => ({ doc: readDoc(reader) }),
  },
  alarmsPut: {
    id: 204,
    write: (writer, { request, times }) => {
      writer.u32(request).u16(times.length);
      for (const at of times) writer.u64(at);
    },
    read: (reader) => ({ request: reader.u32(), times: readList(readCount(reader), () => reader.u64()) }),
  },
};

function readCount(reader: Reader): number {
  const count = reader.u16();
  if (count > alarmsMax) throw new CryptoError("malformed", `${count} alarms`);
  return count;
}
