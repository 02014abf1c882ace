/**
 * What the owner puts into a tool's form. A device writes it into the chat's "approvals", under `<run>/<call>.<form>/<device>`:
 *
 *   approval 82 (approvals.ts) ‖ the answer, JSON as UTF-8; none for "I don't answer"
 *
 * The approval is a word on what was asked and what is answered together: its call is `<call>.<form>`, its arguments are `{says, fields, answer}` as JSON. So an answer fits no other form, and no bit of it changes on the way. "allow" with an
 * answer, "refuse" without.
 */
import { concatBytes, utf8ToBytes } from "#crypto/bytes.ts";
import type { DeviceKeys } from "#crypto/device.ts";
import type { AuthorId } from "#crypto/ids.ts";
import type { Roster } from "#crypto/roster.ts";
import type { Doc } from "yjs";
import { formAnswerCharsMax } from "../limits.ts";
import { APPROVAL_BYTES, readApproval, signApproval, type AskedCall } from "./approvals.ts";

/** All that a person answers; both sides make it from what they have before them. */
export interface AskedForm extends Omit<AskedCall, "arguments"> {
  readonly form: number;
  readonly says: string;
  /** JSON, to the byte. */
  readonly fields: string;
}

export interface FormAnswer {
  readonly device: AuthorId;
  /** JSON of an object; `null`: they did not want to. */
  readonly answer: string | null;
}

export function writeFormAnswer(doc: Doc, asked: AskedForm, answer: string | null, keys: DeviceKeys): void {
  const approval = signApproval(toCall(asked, answer), answer === null ? "refuse" : "allow", keys);
  doc
    .getMap<unknown>("approvals")
    .set(`${prefixOf(asked)}${keys.id}`, concatBytes(approval, utf8ToBytes(answer ?? "")));
}

/** An answer, of whichever device; that one does not want to answer goes before what another did. `null`: nobody has answered. */
export function findFormAnswer(doc: Doc, asked: AskedForm, roster: Roster): FormAnswer | null {
  let given: FormAnswer | null = null;
  for (const [key, value] of doc.getMap<unknown>("approvals")) {
    if (!key.startsWith(prefixOf(asked)) || !(value instanceof Uint8Array)) continue;
    const answer = readAnswer(value.subarray(APPROVAL_BYTES));
    const approval = readApproval(value.slice(0, APPROVAL_BYTES), toCall(asked, answer), roster);
    if (approval === null || (approval.choice === "allow") !== (answer !== null)) continue;
    if (answer === null) return { device: approval.device, answer };
    given ??= { device: approval.device, answer };
  }
  return given;
}

const prefixOf = ({ run, call, form }: AskedForm): string => `${run}/${call}.${form}/`;

function toCall({ form, says, fields, ...asked }: AskedForm, answer: string | null): AskedCall {
  return { ...asked, call: `${asked.call}.${form}`, arguments: JSON.stringify({ says, fields, answer }) };
}

function readAnswer(bytes: Uint8Array): string | null {
  const text = new TextDecoder().decode(bytes);
  return text === "" || text.length > formAnswerCharsMax ? null : text;
}
