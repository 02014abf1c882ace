/** A draft of an e-mail: lines of "To:", "Cc:" and "Subject:", an empty line, and what is to be said. */

export interface EmailDraft {
  readonly to: string;
  readonly cc: string;
  readonly subject: string;
  readonly body: string;
}

const field = /^(to|an|cc|subject|betreff|from|von|date|datum|bcc)\s*:\s*(.*)$/i;
const names: Readonly<Record<string, "to" | "cc" | "subject">> = {
  to: "to",
  an: "to",
  cc: "cc",
  subject: "subject",
  betreff: "subject",
};

export function readEmail(text: string): EmailDraft {
  const lines = text.split(/\r?\n/);
  const draft = { to: "", cc: "", subject: "" };
  let at = 0;
  for (; at < lines.length; at++) {
    const match = field.exec(lines[at] ?? "");
    if (match === null) break;
    const name = names[(match[1] ?? "").toLowerCase()];
    if (name !== undefined) draft[name] = (match[2] ?? "").trim();
  }
  // Words that begin with no such line are all of it.
  if (at > 0 && lines[at]?.trim() === "") at += 1;
  return { ...draft, body: lines.slice(at).join("\n") };
}

/** What mail programs take; longer drafts are copied instead. */
const linkCharsMax = 8_000;

/** `null`: it is too long for a link. */
export function toMailLink({ to, cc, subject, body }: EmailDraft): string | null {
  const fields = Object.entries({ cc, subject, body: body.replace(/\r?\n/g, "\r\n") })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`);
  const address = to.toWellFormed().replace(/[^\w@.+,;<>" -]/g, "");
  const link = `mailto:${encodeURIComponent(address).replaceAll("%40", "@").replaceAll("%2C", ",")}`;
  const whole = fields.length === 0 ? link : `${link}?${fields.join("&")}`;
  return whole.length > linkCharsMax ? null : whole;
}
