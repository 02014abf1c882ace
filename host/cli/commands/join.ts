import { hostname } from "node:os";
import { parseClaimLink } from "#crypto/claim.ts";
import { joinVault } from "#sync/joining.ts";
import { parsePairingLink } from "#sync/pairingLink.ts";
import { createVault, type Vault } from "#sync/vault.ts";
import { VaultError } from "#sync/errors.ts";
import { askHost } from "../../control.ts";
import { comparePairing, requireDone } from "../compare.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { connect, openFolder, type DeviceFolder } from "../device.ts";
import { CliError, EXIT } from "../exit.ts";

export const join: Command = {
  name: "join",
  usage: "LINK | --new [--name NAME]",
  summary: "makes this terminal a device of your vault",
  help: 'LINK is what "Add a device" in the app, or sovereign pair on another terminal, shows; without one it is read from standard\ninput, and does not end up in the list of processes. A link that `sovereign up` prints for a host without a vault, or that\nsovereign invite gave you, makes your vault from here. --new does the same with the host on this machine. --name is how other devices show this one.',
  options: { name: { type: "string" }, new: { type: "boolean" } },
  wordsMax: 1,
  run: async (call) => {
    const { terminal, home, words, options } = call;
    const isNew = options["new"] === true;
    const given = words[0] ?? (isNew ? null : await terminal.ask("The link:"));
    const link = isNew ? await claimLinkHere(home) : (given ?? "");
    const folder = await openFolder(home, terminal);
    try {
      if (folder.hasVault) throw new VaultError("has-vault", "join");
      const { vault, origin } = isClaimLink(link)
        ? await claim(call, folder, link)
        : await pairWith(call, folder, link);
      folder.keepOrigin(origin);
      const device = await connect(vault, folder, origin, terminal);
      const chats = vault.catalog.value.chats().length;
      if (terminal.isJson) terminal.json({ event: "done", vault: vault.id, device: vault.deviceId, chats });
      else terminal.line(`This terminal is a device of your vault now, with ${chats} chat${chats === 1 ? "" : "s"}.`);
      await device.close();
      return EXIT.ok;
    } catch (error) {
      folder.close();
      throw error;
    }
  },
};

interface Joined {
  readonly vault: Vault;
  readonly origin: string;
}

async function pairWith(call: Call, folder: DeviceFolder, link: string): Promise<Joined> {
  const parsed = parsePairingLink(link);
  if (parsed === null) throw new VaultError("not-a-pairing-link", "join");
  const origin = parsed.origin ?? (await originHere(call.home));
  const { terminal } = call;
  const joining = await joinVault(folder.portsFor(origin), {
    invitation: parsed.invitation,
    deviceName: deviceName(call),
  });
  terminal.progress("Waiting for the other device …");
  requireDone(await comparePairing(joining, terminal, "Waiting for a yes on the other device …"));
  const vault = await joining.joined;
  if (vault === null) throw new VaultError("pairing-broken", "join");
  return { vault, origin };
}

async function claim(call: Call, folder: DeviceFolder, link: string): Promise<Joined> {
  const url = new URL(link);
  const parsed = parseClaimLink(url.hash);
  if (parsed === null) throw new VaultError("not-a-pairing-link", "join");
  const options = { claim: parsed, deviceName: deviceName(call) };
  return { vault: await createVault(folder.portsFor(url.origin), options), origin: url.origin };
}

/** A host's own link, while it may be claimed. */
function isClaimLink(link: string): boolean {
  const url = URL.parse(link);
  return url !== null && parseClaimLink(url.hash)?.seed instanceof Uint8Array;
}

async function claimLinkHere(home: string): Promise<string> {
  const link = await askHost(home, "link");
  if (link === null) throw new CliError(EXIT.noHost, `No host runs on ${home}. Start one with: sovereign up`);
  if (isClaimLink(link)) return link;
  const says = 'This host has a vault already. Choose "Add a device" in the app, then run: sovereign join LINK';
  throw new CliError(EXIT.declined, says);
}

async function originHere(home: string): Promise<string> {
  const link = await askHost(home, "link");
  if (link !== null) return new URL(link).origin;
  throw new CliError(EXIT.usage, "Give the whole link, from http:// on: no host runs on this machine.");
}

function deviceName(call: Call): string {
  return (textOption(call, "name") ?? `Terminal on ${hostname()}`).slice(0, 50);
}
