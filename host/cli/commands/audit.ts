import { join } from "node:path";
import { hexToBytes, utf8ToBytes } from "#crypto/bytes.ts";
import { decodeDeviceKeys, type DeviceKeys } from "#crypto/device.ts";
import { vaultIdFromBytes } from "#crypto/ids.ts";
import { parseLedgerEntry } from "#crypto/ledger.ts";
import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { knownLedgerPlaces } from "#sync/docs/knownLedgers.ts";
import { ledgerPlacesOf, type LedgerPlace } from "#sync/docs/toolSteps.ts";
import type { Identity } from "#sync/identity.ts";
import { readIdentity } from "#sync/identityLock.ts";
import { createRosterCopy } from "#sync/rosterCopy.ts";
import { agentFolder } from "../../agent/identity.ts";
import { openPinStore } from "../../agent/rosterPin.ts";
import { ledgerFile } from "../../agent/vaultAgents.ts";
import { readFileIfThere, writeFileWhole } from "../../home.ts";
import { deviceLedgerFile } from "../../otherAgents/deviceLedger.ts";
import { readLedger, splitLedger, verifyLedger, type LedgerVerdict } from "../../tools/ledger.ts";
import type { Call, Command } from "../command.ts";
import { cliFolder, openDevice, until } from "../device.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { hasIdentity, openFileIdentity } from "../fileIdentity.ts";
import { catchUpMs } from "../limits.ts";
import { sayJson } from "../plainly.ts";

export const audit: Command = {
  name: "audit",
  usage: "verify | export [FILE]",
  summary: "checks and reads what tools did at this host",
  help: "What a tool is about to do is written down before it does it, and what it came to afterwards: signed by this host, sealed to your\ndevices, each entry naming the one before. verify checks all of it, and, where this terminal is a device of your vault, also that\nnothing is missing at its end. export writes it out readable, a line of JSON for each entry; only a device can read it.\n\nWhat other programs did by this terminal (sovereign mcp) stands in a ledger of its own, which both look at as well.\nHow far each went stands in the vault, on all devices: an end that was cut off shows.",
  wordsMax: 2,
  run: async (call) => {
    await sodiumReady;
    const [verb = "verify", file] = call.words;
    if (verb === "verify" && file === undefined) return verify(call);
    if (verb === "export") return exportEntries(call, file ?? null);
    throw new CliError(EXIT.usage, `Try: sovereign audit ${audit.usage}`);
  },
};

interface Found {
  readonly bytes: Uint8Array;
  judge(known: readonly LedgerPlace[]): LedgerVerdict;
}

/** `null`: this is no host's home. */
function hostKeys(home: string): DeviceKeys | null {
  const stored = readFileIfThere(join(agentFolder(home), "identity"));
  return stored === null ? null : decodeDeviceKeys(stored);
}

/** `null`: no tool has done anything here. */
function findLedger(home: string): Found | null {
  const bytes = readFileIfThere(ledgerFile(agentFolder(home)));
  const pin = openPinStore(agentFolder(home)).read();
  const keys = hostKeys(home);
  if (bytes === null || pin === null || keys === null) return null;
  const { id, sign } = keys;
  const vault = vaultIdFromBytes(hexToBytes(pin.vault) ?? new Uint8Array());
  const signKeyOf = (host: string): Uint8Array | null => (host === id ? sign.publicKey : null);
  return { bytes, judge: (known) => verifyLedger(bytes, { vault, signKeyOf, known }) };
}

/** What other programs did by this terminal; `null`: nothing. */
function findOwnLedger(home: string, identity: Identity): Found | null {
  const bytes = readFileIfThere(deviceLedgerFile(cliFolder(home)));
  if (bytes === null) return null;
  const { id, sign } = identity.keys;
  const { vault } = createRosterCopy(identity.entries).roster;
  const signKeyOf = (author: string): Uint8Array | null => (author === id ? sign.publicKey : null);
  return { bytes, judge: (known) => verifyLedger(bytes, { vault, signKeyOf, known }) };
}

async function ownIdentity(home: string): Promise<Identity | null> {
  const folder = cliFolder(home);
  return hasIdentity(folder) ? readIdentity(openFileIdentity(folder, systemRandom), systemRandom) : null;
}

async function verify({ terminal, home }: Call): Promise<ExitCode> {
  const identity = await ownIdentity(home);
  // A host that lost the whole file shows by what its chats and the catalog know, too.
  const known = identity === null ? null : await knownPlaces(home, terminal);
  const placesOf = (keys: DeviceKeys | undefined): readonly LedgerPlace[] =>
    (known ?? []).filter(({ host }) => host === keys?.id);
  const own = judge(identity === null ? null : findOwnLedger(home, identity), placesOf(identity?.keys));
  if (own !== null) {
    if (own.kind === "broken") throw brokenError(own, "what other programs did by this terminal");
    if (!terminal.isJson)
      terminal.line(`Other programs, by this terminal: ${own.entries} entries, each as it was written.`);
  }
  const verdict = judge(findLedger(home), placesOf(hostKeys(home) ?? undefined));
  if (verdict === null) {
    if (terminal.isJson) terminal.json({ entries: 0, whole: true, checkedAgainstChats: known !== null, terminal: own });
    else terminal.line("No tool has done anything here yet.");
    return EXIT.ok;
  }
  const isWhole = verdict.kind === "whole";
  if (terminal.isJson)
    terminal.json({ ...verdict, whole: isWhole, checkedAgainstChats: known !== null, terminal: own });
  else if (verdict.kind === "whole") terminal.line(`${verdict.entries} entries, each as it was written.`);
  if (known === null)
    terminal.note("Whether some are missing at its end only a device can tell: join this terminal to your vault.");
  if (verdict.kind === "whole") return EXIT.ok;
  throw brokenError(verdict, "what tools did here");
}

/** `null`: there is no ledger, and nobody has ever seen one. */
function judge(found: Found | null, known: readonly LedgerPlace[]): LedgerVerdict | null {
  if (found !== null) return found.judge(known);
  return known.length === 0 ? null : { kind: "broken", at: 1, why: "all of it is gone" };
}

function brokenError({ at, why }: Extract<LedgerVerdict, { kind: "broken" }>, what: string): CliError {
  const says = `From entry ${at} on, ${what} is not as it was written: ${why}. Somebody changed the file, or an older copy was put back.`;
  return new CliError(EXIT.failed, says);
}

/** Which entries of any ledger the vault's chats were told of, and how far its devices have seen each go. */
async function knownPlaces(home: string, terminal: Call["terminal"]): Promise<readonly LedgerPlace[]> {
  const device = await openDevice(home, terminal);
  const { vault, isLive } = device;
  try {
    const places: LedgerPlace[] = [...knownLedgerPlaces(vault.catalog.yDoc)];
    for (const { id, title } of vault.catalog.value.chats()) {
      terminal.progress(`Looking through ${title.slice(0, 40)}`);
      const { value, close } = await vault.openChat(id);
      if (isLive) await until(vault, () => vault.docStatus(id).phase === "live", catchUpMs);
      places.push(...ledgerPlacesOf(value));
      close();
    }
    terminal.progress(null);
    return places;
  } finally {
    await device.close();
  }
}

async function exportEntries({ terminal, home }: Call, file: string | null): Promise<ExitCode> {
  const identity = await ownIdentity(home);
  if (identity === null)
    throw new CliError(EXIT.noVault, "Only a device of your vault can read this. Run: sovereign join LINK");
  const lines = [
    ...linesOf(findLedger(home), identity.keys, {}),
    ...linesOf(findOwnLedger(home, identity), identity.keys, { ledger: "terminal" }),
  ];
  if (file === null) for (const line of lines) terminal.line(line);
  else {
    writeFileWhole(file, utf8ToBytes(lines.map((line) => `${line}\n`).join("")));
    terminal.note(`${lines.length} entries in ${file}. They are NOT sealed there.`);
  }
  return EXIT.ok;
}

function linesOf(found: Found | null, keys: DeviceKeys, also: object): readonly string[] {
  const verdict = found?.judge([]) ?? null;
  if (verdict?.kind === "broken")
    throw new CliError(EXIT.failed, `It is damaged from entry ${verdict.at} on. Try: sovereign audit verify`);
  const bytes = found?.bytes ?? new Uint8Array();
  const entries = splitLedger(bytes).entries.map(parseLedgerEntry);
  return readLedger(bytes, keys).map((text, index) => {
    const { n, at } = entries[index] ?? { n: index + 1, at: 0 };
    // Written before this terminal was a device.
    const what = text === null ? { sealed: true } : (JSON.parse(text) as object);
    return sayJson({ n, at: new Date(at).toISOString(), ...also, ...what });
  });
}
