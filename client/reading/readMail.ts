/** A mail as somebody reads it: who, when, about what, and its words. What was attached to it is named, and read when it is added itself. */
import PostalMime, { type Address } from "postal-mime";
import { htmlToText } from "./markup.ts";
import { ReadingError } from "./outcome.ts";

export async function readMail(bytes: Uint8Array): Promise<string> {
  let mail: Awaited<ReturnType<typeof PostalMime.parse>>;
  try {
    mail = await PostalMime.parse(bytes);
  } catch (error) {
    throw new ReadingError("damaged", { cause: error });
  }
  const body = (mail.text ?? "").trim() === "" ? htmlToText(mail.html ?? "") : (mail.text ?? "").trim();
  const names = mail.attachments.flatMap(({ filename }) => filename ?? []);
  const head = [
    ["From", listOf(mail.from === undefined ? [] : [mail.from])],
    ["To", listOf(mail.to ?? [])],
    ["Cc", listOf(mail.cc ?? [])],
    ["Date", mail.date ?? ""],
    ["Subject", mail.subject ?? ""],
    ["Attached", names.join(", ")],
  ].flatMap(([name, value]) => (value === "" ? [] : `${name}: ${value}`));
  if (head.length === 0 && body === "") throw new ReadingError("damaged");
  return `${head.join("\n")}\n\n${body}`.replaceAll("\f", " ").replaceAll("\0", "");
}

function listOf(addresses: readonly Address[]): string {
  return addresses
    .map(({ name, address }) => (address === undefined ? name : name === "" ? address : `${name} <${address}>`))
    .join(", ");
}
