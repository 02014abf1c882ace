import { setTimeout as pause } from "node:timers/promises";
import { renderUnicodeCompact } from "uqr";
import { askHost } from "../../control.ts";
import {
  createInvitation,
  invitationBytesByDefault,
  invitationBytesMax,
  invitationDaysByDefault,
  invitationDaysMax,
  readInvitations,
  takeBackInvitation,
} from "../../invitations.ts";
import { appLink, linksForOthers, trustNotice } from "../../link/appLink.ts";
import { base64UrlToBytes } from "#crypto/bytes.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { toBytes, toTable } from "../terminal.ts";

const GIB = 1_073_741_824;
/** Three seconds in all, three times what the host takes. */
const lookEveryMs = 100;
const looksMax = 30;

export const invite: Command = {
  name: "invite",
  usage: "[NAME [--days N] [--gb N]] | [--back NAME]",
  summary: "lets somebody else keep a vault of their own at this host",
  help: `Prints a link by which one further vault comes here: for a person who shares the machine, and nothing else. You do not read
theirs and they do not read yours; no device of one learns that the other is there. The host answers both by turns.
The link is shown once and is good for N days (${invitationDaysByDefault}). Their vault may store so many GB (${invitationBytesByDefault / GIB}).
Without a name it lists who was invited. --back takes an invitation back: a vault that came by it is not served any more,
and what it stored stays on this disk. Run this on the host's machine.`,
  options: { days: { type: "string" }, gb: { type: "string" }, back: { type: "string" } },
  wordsMax: 1,
  run: async (call) => {
    const back = textOption(call, "back");
    if (back !== null) return takeBack(call, back);
    const [name] = call.words;
    return name === undefined ? list(call) : make(call, name);
  },
};

async function make(call: Call, name: string): Promise<ExitCode> {
  const { terminal, home } = call;
  const [status, own] = [await askHost(home, "status"), await askHost(home, "link")];
  const fingerprint = base64UrlToBytes(/h=([A-Za-z0-9_-]+)/.exec(own ?? "")?.[1] ?? "");
  const port = status?.port ?? null;
  if (status === null || port === null || fingerprint?.length !== 16)
    throw new CliError(
      EXIT.noHost,
      `No host runs on ${home}, and the link has to name it. Start it with: sovereign up`,
    );
  const { seed, entry } = createInvitation(home, {
    name,
    nowMs: Date.now(),
    days: readNumber(call, "days", invitationDaysByDefault, invitationDaysMax),
    bytesMax: readNumber(call, "gb", invitationBytesByDefault / GIB, invitationBytesMax / GIB) * GIB,
  });
  await untilKnown(home, entry.name, true);
  const here = appLink(port, seed, fingerprint);
  const away = linksForOthers(status, seed, fingerprint);
  const trust = trustNotice(status.https);
  if (terminal.isJson) terminal.json({ name: entry.name, link: here, links: [here, ...away], endsMs: entry.endsMs });
  else {
    for (const link of away.length === 0 ? [here] : away) terminal.line(link);
    terminal.note(renderUnicodeCompact(away[0] ?? here, { border: 2 }));
    const until = new Date(entry.endsMs).toISOString().slice(0, 10);
    terminal.note(
      `Give this to ${entry.name} and to nobody else: whoever opens it first has the place. It is good until ${until} and shown this once.`,
    );
    if (trust !== null) terminal.note(trust);
    if (away.length === 0) terminal.note("This machine is on no tailnet, so the link opens on this machine alone.");
  }
  return EXIT.ok;
}

async function list({ terminal, home }: Call): Promise<ExitCode> {
  const status = await askHost(home, "status");
  const rows = readInvitations(home).map(({ name, endsMs, bytesMax, isServed }) => {
    const hasCome = status?.invited.find((each) => each.name === name && each.isServed === isServed)?.hasCome ?? null;
    return { name, endsMs, bytesMax, isServed, hasCome };
  });
  if (terminal.isJson) terminal.json(rows);
  else if (rows.length === 0) terminal.note("Nobody was invited. Invite somebody with: sovereign invite NAME");
  else terminal.line(toTable(rows.map((row) => [row.name, sayHow(row, Date.now()), `up to ${toBytes(row.bytesMax)}`])));
  return EXIT.ok;
}

function sayHow(
  {
    endsMs,
    isServed,
    hasCome,
  }: { readonly endsMs: number; readonly isServed: boolean; readonly hasCome: boolean | null },
  nowMs: number,
): string {
  if (!isServed) return hasCome === true ? "taken back; their vault is not served" : "taken back";
  if (hasCome === true) return "has a vault here";
  if (hasCome === null) return "the host does not run";
  return endsMs > nowMs
    ? `invited, until ${new Date(endsMs).toISOString().slice(0, 10)}`
    : "never came; the link is over";
}

/** The host looks at the list once a second; a link that is opened sooner would be a stranger's. */
async function untilKnown(home: string, name: string, isServed: boolean): Promise<void> {
  for (let look = 0; look < looksMax; look += 1) {
    const status = await askHost(home, "status");
    if (status === null || status.invited.some((each) => each.name === name && each.isServed === isServed)) return;
    await pause(lookEveryMs);
  }
}

async function takeBack({ terminal, home }: Call, name: string): Promise<ExitCode> {
  const gone = takeBackInvitation(home, name);
  if (gone === null) throw new CliError(EXIT.usage, `Nobody called "${name}" is invited. See: sovereign invite`);
  await untilKnown(home, name, false);
  if (terminal.isJson) terminal.json({ name: gone.name, isServed: false });
  else
    terminal.line(
      `${gone.name} is not invited any more. A vault that came by that link is not served from now on; what it stored stays on the disk.`,
    );
  return EXIT.ok;
}

function readNumber(call: Call, name: string, usual: number, max: number): number {
  const text = textOption(call, name);
  const number = text === null ? usual : Number(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= max) return number;
  throw new CliError(EXIT.usage, `--${name} takes a number from 1 to ${max}.`);
}
