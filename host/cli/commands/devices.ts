import type { DeviceInfo } from "#sync/deviceList.ts";
import type { Call, Command } from "../command.ts";
import { openDevice, requireLive, type Device } from "../device.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { toAgo, toTable } from "../terminal.ts";

export const devices: Command = {
  name: "devices",
  usage: "[rename ID NAME | remove ID [--yes]]",
  summary: "lists the devices of your vault; renames or removes one",
  help: "ID may be the beginning of one. A removed device gets no key of what is written from then on; it keeps what it had.\nremove asks first, unless --yes is given.",
  options: { yes: { type: "boolean", short: "y" } },
  wordsMax: 3,
  run: async (call) => {
    const [verb, id, name] = call.words;
    const device = await openDevice(call.home, call.terminal);
    try {
      if (verb === undefined) return list(call, device);
      if (verb === "rename" && id !== undefined && name !== undefined) return await rename(call, device, id, name);
      if (verb === "remove" && id !== undefined && name === undefined) return await remove(call, device, id);
      throw new CliError(EXIT.usage, `Try: sovereign devices ${devices.usage}`);
    } finally {
      await device.close();
    }
  },
};

function list({ terminal }: Call, { vault, isLive }: Device): ExitCode {
  const listed = vault.devices();
  if (terminal.isJson) terminal.json(listed.map((device) => ({ ...device, lacks: device.lacks.length })));
  else {
    const now = Date.now();
    const rows = listed.map((device) => [
      terminal.dim(device.id.slice(0, 8)),
      device.name,
      device.role === "host" ? "host" : (device.kind ?? "device"),
      device.isThis ? "this one" : device.way === "direct" ? "here, directly" : `seen ${toAgo(device.seenAt, now)}`,
    ]);
    terminal.line(toTable(rows));
  }
  if (!isLive) terminal.note("The host does not answer: this is the list as this device last knew it.");
  return EXIT.ok;
}

async function rename({ terminal }: Call, device: Device, id: string, name: string): Promise<ExitCode> {
  const found = findDevice(device, id);
  await device.vault.renameDevice(found.id, name);
  const renamed = findDevice(device, found.id).name;
  if (terminal.isJson) terminal.json({ id: found.id, name: renamed });
  else terminal.line(`"${found.name}" is "${renamed}" now.`);
  return EXIT.ok;
}

async function remove({ terminal, options }: Call, device: Device, id: string): Promise<ExitCode> {
  requireLive(device);
  const found = findDevice(device, id);
  if (options["yes"] !== true) {
    const answer = await terminal.ask(`Remove "${found.name}" (${found.id.slice(0, 8)}) from your vault? [y/N]`);
    if (answer?.trim().toLowerCase() !== "y") throw new CliError(EXIT.declined, "Nothing was changed.");
  }
  await device.vault.removeDevice(found.id);
  if (terminal.isJson) terminal.json({ id: found.id, removed: true });
  else terminal.line(`"${found.name}" was removed. It gets no key of what is written from now on.`);
  return EXIT.ok;
}

function findDevice({ vault }: Device, id: string): DeviceInfo {
  const found = vault.devices().filter((device) => device.id.startsWith(id.toLowerCase()));
  const [first] = found;
  if (first === undefined)
    throw new CliError(EXIT.usage, `No device has an id that begins with "${id}". See: sovereign devices`);
  if (found.length > 1)
    throw new CliError(EXIT.usage, `More than one device has an id that begins with "${id}". Give more of it.`);
  return first;
}
