import { keepDaysMax } from "#sync/limits.ts";
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import { isDue } from "#sync/retention.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { openDevice, requireLive, type Device } from "../device.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { findProject } from "../findProject.ts";
import { sayPlainly } from "../plainly.ts";
import { toAgo, toTable } from "../terminal.ts";

export const projects: Command = {
  name: "projects",
  usage: "[keep NAME DAYSd|ever | destroy NAME [--yes NAME]]",
  summary: "lists your projects; says how long one keeps its chats; destroys one for good",
  help: `NAME is a project's name, or the beginning of its id.
keep       Chats go so long after their last message (90d), or never (ever). Before one goes, your devices show it for a week;
           a pinned chat stays.
destroy    With its chats, files and artifacts. Afterwards nobody has a key to them: not this terminal, not the host, and no
           other device from when it next reaches the host. It cannot be undone. You type the name once more, or give it with
           --yes NAME. Backups where "sovereign backup --to" says give up the keys with the next one, others with
           "sovereign backup --forget PATH". What was exported stays.`,
  options: { yes: { type: "string" } },
  wordsMax: 3,
  run: async (call) => {
    const [verb, name, keep] = call.words;
    const device = await openDevice(call.home, call.terminal);
    try {
      if (verb === undefined) return list(call, device);
      if (verb === "keep" && name !== undefined && keep !== undefined) return keepFor(call, device, name, keep);
      if (verb === "destroy" && name !== undefined && keep === undefined) return await destroy(call, device, name);
      throw new CliError(EXIT.usage, `Try: sovereign projects ${projects.usage}`);
    } finally {
      await device.close();
    }
  },
};

function list({ terminal }: Call, { vault, isLive }: Device): ExitCode {
  const catalog = vault.catalog.value;
  const listed = catalog.projects.all().map(({ id, name, archived, isLocalOnly, keepDays, createdAt }) => {
    const chats = catalog.ofProject(id);
    const lastAt = Math.max(createdAt, ...chats.map((chat) => chat.lastAt));
    return { id, name, archived, isLocalOnly, keepDays, chats: chats.length, lastAt };
  });
  if (terminal.isJson) terminal.json(listed);
  else if (listed.length === 0) terminal.note("No projects yet.");
  else {
    const now = Date.now();
    const rows = listed.map(({ id, name, archived, keepDays, chats, lastAt }) => [
      terminal.dim(id.slice(0, 8)),
      toAgo(lastAt, now),
      many(chats, "chat"),
      keepDays === null ? "kept for ever" : `kept ${many(keepDays, "day")}`,
      `${nameOf(name)}${archived ? " (archived)" : ""}`,
    ]);
    terminal.line(toTable(rows));
  }
  if (!isLive) terminal.note("The host does not answer: this is what is on this device.");
  return EXIT.ok;
}

function keepFor({ terminal }: Call, { vault, isLive }: Device, named: string, wanted: string): ExitCode {
  const catalog = vault.catalog.value;
  const keepDays = readDays(wanted);
  const project = findProject(catalog.projects.all(), named);
  catalog.projects.change(project.id, { keepDays });
  const changed: ProjectEntry = { ...project, keepDays };
  const due = catalog.ofProject(project.id).filter((chat) => isDue(chat, changed, Date.now())).length;
  if (terminal.isJson) terminal.json({ id: project.id, name: project.name, keepDays, due });
  else if (keepDays === null) terminal.line(`"${nameOf(project.name)}" keeps its chats for ever.`);
  else {
    terminal.line(`"${nameOf(project.name)}" keeps a chat for ${many(keepDays, "day")} after its last message.`);
    if (due > 0)
      terminal.note(
        `${many(due, "chat")} ${due === 1 ? "is" : "are"} older than that. Your devices show it for a week, then ${due === 1 ? "it goes" : "they go"}; what you pin stays.`,
      );
  }
  if (!isLive)
    terminal.note("The host does not answer: your other devices hear of it once a command here has reached it.");
  return EXIT.ok;
}

async function destroy(call: Call, device: Device, named: string): Promise<ExitCode> {
  const { terminal } = call;
  requireLive(device);
  const { vault } = device;
  const project = findProject(vault.catalog.value.projects.all(), named);
  const isMeant = await isNameAgain(call, device, project);
  if (!isMeant) throw new CliError(EXIT.declined, "That is not its name. Nothing was changed.");
  terminal.progress("Destroying …");
  await vault.destroyProject(project.id);
  terminal.progress(null);
  const { docs, goneFrom } = vault.catalog.value.destroyed.projects().find(({ id }) => id === project.id) ?? noneGone;
  const waiting = vault.devices().filter(({ id, role, isThis }) => role === "device" && !isThis && !goneFrom.has(id));
  const names = waiting.map(({ name }) => name);
  if (terminal.isJson) terminal.json({ id: project.id, name: project.name, destroyed: true, docs, waitsFor: names });
  else {
    terminal.line(`"${nameOf(project.name)}" is destroyed: nothing of it is left on this terminal and on the host.`);
    if (names.length > 0)
      terminal.note(`Not gone yet from ${names.join(", ")}: that happens by itself when each reaches the host.`);
    terminal.note("Backups elsewhere than where the host makes them: sovereign backup --forget PATH");
  }
  return EXIT.ok;
}

const noneGone: { readonly docs: number; readonly goneFrom: ReadonlyMap<string, number> } = {
  docs: 0,
  goneFrom: new Map(),
};

/** What goes is said before anybody types. */
async function isNameAgain(call: Call, { vault }: Device, { id, name }: ProjectEntry): Promise<boolean> {
  const given = textOption(call, "yes");
  // One without a name is named as it was found: by the beginning of its id.
  const wanted = name.trim() === "" ? id.slice(0, 8) : name.trim();
  if (given !== null) return given === wanted;
  const { terminal } = call;
  const catalog = vault.catalog.value;
  const chats = catalog.ofProject(id).length;
  terminal.note(
    `"${nameOf(name)}" goes for good, with ${many(chats, "chat")}, all its files, artifacts, instructions and memory. It cannot be undone.`,
  );
  const typed = await terminal.ask(`Type its name, ${sayPlainly(wanted)}, to go on:`);
  return typed?.trim() === wanted;
}

function readDays(wanted: string): number | null {
  if (wanted === "ever") return null;
  const days = Number(/^(\d{1,5})d?$/.exec(wanted)?.[1] ?? Number.NaN);
  if (days >= 1 && days <= keepDaysMax) return days;
  throw new CliError(EXIT.usage, `"${wanted}" is no time to keep chats for. Give days, such as 90d, or: ever`);
}

const many = (count: number, of: string): string => `${count} ${of}${count === 1 ? "" : "s"}`;
const nameOf = (name: string): string => (name.trim() === "" ? "Untitled" : sayPlainly(name));
