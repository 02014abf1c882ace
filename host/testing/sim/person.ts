/** What a person does on a device, and what the oracle notes of it. */
import type * as Y from "yjs";
import type { DocId } from "#crypto/ids.ts";
import { CATALOG, chatMark, type DeviceNode } from "./device.ts";
import type { Oracle } from "./oracle.ts";
import type { Prng } from "./prng.ts";

const MARK_END = /›/g;
const WHOLE_MARK = /‹[^‹›]*›/g;

/** Writes a mark into a doc, in one of three forms. `size`: so much more beside it. */
export function type(device: DeviceNode, oracle: Oracle, doc: string, mark: string, size: number): void {
  const { node } = device;
  const yDoc = device.yDoc(doc);
  if (yDoc === null || device.artifact(doc) !== null) return;
  oracle.type(node.name, doc, node.life, mark);
  device.noteTyped(doc);
  yDoc.transact(() => {
    const padding = noise(node.random.fork(mark), size);
    if (doc === CATALOG || size > 0 || node.random.chance(0.3)) yDoc.getMap("notes").set(mark, padding);
    else insert(yDoc.getText("draft"), mark, node.random);
    // One place that everybody writes to: the last one wins, the same everywhere.
    yDoc.getMap("shared").set("last", mark);
  });
}

/** Letters that no deflating makes short: what is large is large on its way, too. */
function noise(random: Prng, size: number): string {
  const letters = random.bytes(size).map((byte) => 0x21 + (byte % 0x5d));
  return new TextDecoder().decode(letters);
}

/** Between marks, never inside one. */
function insert(text: Y.Text, mark: string, random: Prng): void {
  const places = [0, ...[...text.toString().matchAll(MARK_END)].map(({ index }) => index + 1)];
  text.insert(random.pick(places), mark);
}

export function erase(device: DeviceNode, oracle: Oracle, doc: string): void {
  const { node } = device;
  const text = device.yDoc(doc)?.getText("draft");
  const marks = [...(text?.toString() ?? "").matchAll(WHOLE_MARK)];
  if (text === undefined || marks.length === 0) return;
  const { index, 0: mark } = node.random.pick(marks);
  oracle.remove(node.name, doc, node.life, mark);
  text.delete(index, mark.length);
}

export function addChat(device: DeviceNode, oracle: Oracle): void {
  const { vault, node } = device;
  if (vault === null) return;
  const { life, name } = node;
  vault.createChat().then(
    (id) => {
      if (node.life !== life) return;
      oracle.wish(name, CATALOG, life, chatMark(id));
      oracle.granted(chatMark(id));
      void device.open(id);
    },
    () => {
      // reason: a full disk or a closing tab; nothing was promised.
    },
  );
}

export function ask(device: DeviceNode, oracle: Oracle, doc: DocId, text: string): void {
  const { vault, node } = device;
  if (vault === null) return;
  const { life, name } = node;
  oracle.wish(name, doc, life, text);
  vault.ask(doc, { text, parent: null }).then(
    () => {
      if (node.life === life) oracle.granted(text);
    },
    () => {
      // reason: nothing was promised.
    },
  );
}
