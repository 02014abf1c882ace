/**
 * The extension that keeps an authority small (RFC 5280, 4.2.1.10): a device that trusts ours trusts it for these names and for addresses of
 * a private network, and for no bank. A kind of name that is not listed is not bound at all, so both kinds always are.
 *
 *   NameConstraints ::= 30 len { A0 len { 30 len { 82 len dNSName | 87 len address ‖ mask } … } }
 */
import { isIPv4 } from "node:net";

export const NAME_CONSTRAINTS_OID = "2.5.29.30";

/** `names`: exact, with what is below them; `networks`: as CIDR. */
export function encodeNameConstraints(names: readonly string[], networks: readonly string[]): Uint8Array<ArrayBuffer> {
  const subtrees = [
    ...names.map((name) => tagged(0x82, Buffer.from(name, "ascii"))),
    ...networks.map((network) => tagged(0x87, networkBytes(network))),
  ];
  const permitted = tagged(0xa0, Buffer.concat(subtrees.map((base) => tagged(0x30, base))));
  return new Uint8Array(tagged(0x30, permitted));
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function networkBytes(network: string): Buffer {
  const [address = "", prefix = ""] = network.split("/");
  const bytes = addressBytes(address);
  const mask = Buffer.alloc(bytes.length);
  for (let bit = 0; bit < Number(prefix); bit++) mask[bit >> 3] = (mask[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return Buffer.concat([bytes, mask]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [front = "", back] = address.split("::");
  const words = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [head, tail] = [words(front), words(back ?? "")];
  const zeros = back === undefined ? [] : Array<string>(8 - head.length - tail.length).fill("0");
  const bytes = Buffer.alloc(16);
  [...head, ...zeros, ...tail].forEach((word, at) => bytes.writeUInt16BE(Number.parseInt(word, 16), at * 2));
  return bytes;
}
