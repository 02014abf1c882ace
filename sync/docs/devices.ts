/**
 * What devices tell each other about themselves, in the catalog: a root map "devices", with keys that begin with a device's id:
 *
 *   <id>/name     given by a person in the list of devices; without one, the name it came with (in the roster) stands
 *   <id>/kind     what sort of machine it says it is     <id>/seenAt   when it was last in use, milliseconds since 1970
 *
 * One flat map: of two maps made for one device at the same time, on two devices, one would be lost with all that is in it.
 * Who is a member is the roster's to say; nothing here lets anybody in or keeps anybody out.
 */
import type { AuthorId } from "#crypto/ids.ts";
import type { Doc } from "yjs";
import { deviceNameCharsMax } from "../limits.ts";
import { readNumber, readString, tidyLine } from "./fields.ts";

export const deviceKinds = ["phone", "tablet", "computer", "terminal"] as const;
export type DeviceKind = (typeof deviceKinds)[number];

export interface DeviceCard {
  /** `null`: nobody gave it another one. */
  readonly name: string | null;
  readonly kind: DeviceKind | null;
  readonly seenAt: number | null;
}

export interface DeviceCards {
  card(id: AuthorId): DeviceCard;
  rename(id: AuthorId, name: string): void;
  /** Of this device itself. */
  noteSeen(id: AuthorId, kind: DeviceKind | null, at: number): void;
  observe(listener: () => void): () => void;
}

export function createDeviceCards(doc: Doc): DeviceCards {
  const root = doc.getMap<unknown>("devices");

  /** Writing a value that stands already would only make every device store it once more. */
  function put(id: AuthorId, key: string, value: string | number): void {
    if (root.get(`${id}/${key}`) !== value) root.set(`${id}/${key}`, value);
  }

  return {
    card: (id) => {
      const name = tidyLine(readString(root, `${id}/name`) ?? "", deviceNameCharsMax);
      const kind = readString(root, `${id}/kind`);
      return {
        name: name === "" ? null : name,
        kind: deviceKinds.find((known) => known === kind) ?? null,
        seenAt: readNumber(root, `${id}/seenAt`),
      };
    },
    rename: (id, name) => put(id, "name", tidyLine(name, deviceNameCharsMax)),
    noteSeen: (id, kind, at) =>
      doc.transact(() => {
        if (kind !== null) put(id, "kind", kind);
        put(id, "seenAt", at);
      }),
    observe: (listener) => {
      root.observe(listener);
      return () => root.unobserve(listener);
    },
  };
}
