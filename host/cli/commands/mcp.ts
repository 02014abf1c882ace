import { systemRandom } from "#crypto/random.ts";
import { sodiumReady } from "#crypto/sodium.ts";
import { readIdentity } from "#sync/identityLock.ts";
import { systemClock } from "#sync/systemClock.ts";
import { createAuthentication } from "../../gateway/authentication.ts";
import { agentVerbs, createKey, openKeyRing, type AgentVerb } from "../../gateway/keys.ts";
import { failedKeys } from "../../gateway/limits.ts";
import { createFailureLimit } from "../../rateLimit.ts";
import { openDeviceLedger } from "../../otherAgents/deviceLedger.ts";
import { deviceIdleMs } from "../../otherAgents/limits.ts";
import { createTerminalVault } from "../../otherAgents/terminalVault.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { cliFolder, openDevice } from "../device.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { findProject } from "../findProject.ts";
import { hasIdentity, openFileIdentity } from "../fileIdentity.ts";

export const mcp: Command = {
  name: "mcp",
  usage: "[--port N] | key NAME --project NAME[,NAME…] [--may search,read,propose,ask]",
  summary: "opens a part of the vault to another program (MCP)",
  help: `Another assistant or an editor works with your vault by the Model Context Protocol: it searches chats, reads artifacts, proposes edits that
you accept or not, and asks questions. It needs a key, which names the projects it may see; nothing else is there for it. Your host cannot
read your chats, so it is this terminal that does, as a device of your vault (sovereign join).

  sovereign mcp key Editor --project "Thesis,Garden" --may search,read
  sovereign mcp                  for a program that starts it: it reads the key from SOVEREIGN_KEY
  sovereign mcp --port 4260      for programs that speak HTTP: http://localhost:4260/mcp, with the key as Bearer

What a program has read, it has. A project that is kept on your own machines is open to no other program. Take a key back with:
sovereign keys revoke NAME. What was done stands in: sovereign audit export`,
  options: { port: { type: "string" }, project: { type: "string" }, may: { type: "string" } },
  wordsMax: 2,
  run: async (call) => {
    await sodiumReady;
    const [verb, name] = call.words;
    if (verb === undefined) return serve(call);
    if (verb === "key" && name !== undefined) return makeKey(call, name);
    throw new CliError(EXIT.usage, `Try: sovereign mcp ${mcp.usage}`);
  },
};

async function makeKey(call: Call, name: string): Promise<ExitCode> {
  const { terminal, home } = call;
  const may = readVerbs(textOption(call, "may"));
  const named = (textOption(call, "project") ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  if (named.length === 0) throw new CliError(EXIT.usage, "Name at least one project: --project NAME");
  const device = await openDevice(home, terminal);
  try {
    const all = device.vault.catalog.value.projects.all();
    const projects = named.map((wanted) => {
      const project = findProject(all, wanted);
      if (project.isLocalOnly)
        throw new CliError(
          EXIT.usage,
          `"${project.name}" is kept on your own machines, so it is open to no other program. Change that in the project first.`,
        );
      return project;
    });
    const agent = { may, projects: projects.map(({ id }) => id) };
    const { key, entry } = await createKey({ home, name, random: systemRandom, nowMs: Date.now(), agent });
    if (terminal.isJson) terminal.json({ ...entry, key });
    else {
      terminal.line(key);
      terminal.note(
        `This is the key of "${entry.name}", shown this once. It may ${may.join(", ")} in: ${projects.map((each) => each.name).join(", ")}.`,
      );
      terminal.note(
        'A program that starts its servers: command "sovereign", argument "mcp", SOVEREIGN_KEY in its environment.',
      );
    }
    return EXIT.ok;
  } finally {
    await device.close();
  }
}

function readVerbs(text: string | null): readonly AgentVerb[] {
  const wanted = (text ?? "search,read").split(",").map((each) => each.trim());
  const unknown = wanted.find((each) => !agentVerbs.some((verb) => verb === each));
  if (unknown === undefined) return agentVerbs.filter((verb) => wanted.includes(verb));
  throw new CliError(EXIT.usage, `"${unknown}" is nothing that a program may do. There are: ${agentVerbs.join(", ")}`);
}

async function serve(call: Call): Promise<ExitCode> {
  const { terminal, home } = call;
  const folder = cliFolder(home);
  const identity = hasIdentity(folder)
    ? await readIdentity(openFileIdentity(folder, systemRandom), systemRandom)
    : null;
  if (identity === null)
    throw new CliError(EXIT.noVault, "Only a device of your vault can open a part of it. Run: sovereign join LINK");
  const port = readPort(textOption(call, "port"));
  const ring = openKeyRing(home, (says) => terminal.note(says));
  const ledger = openDeviceLedger(folder, identity, { clock: systemClock, random: systemRandom });
  const lent = createTerminalVault({
    open: () => openDevice(home, terminal),
    idleMs: deviceIdleMs,
    after: systemClock.after,
    onUsed: ledger.note,
  });
  const { createAgentDesk } = await import("../../otherAgents/agentDesk.ts");
  const desk = createAgentDesk({
    ...{ ring, clock: systemClock, random: systemRandom, withVault: lent.withVault, device: identity.keys.id },
    ledger,
    nowMs: () => performance.now(),
  });
  const ended = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.resolve());
  try {
    if (port === null) {
      const { serveStdio } = await import("../../otherAgents/stdio.ts");
      const close = serveStdio(desk, ring, process.env["SOVEREIGN_KEY"] ?? "", () => ended.resolve());
      await ended.promise;
      await close();
    } else {
      const { openAgentDoor } = await import("../../otherAgents/http.ts");
      const authentication = createAuthentication({
        ring,
        limit: createFailureLimit(failedKeys),
        nowMs: () => performance.now(),
        isFor: ({ agent }) => agent !== undefined,
        onPaused: () => terminal.note("A program has tried wrong keys several times. It is refused for five minutes."),
      });
      const door = await openAgentDoor({ port, desk, authentication, clock: systemClock });
      terminal.line(`http://localhost:${door.port}/mcp`);
      await ended.promise;
      await door.close();
    }
  } finally {
    await lent.close();
  }
  return EXIT.ok;
}

function readPort(text: string | null): number | null {
  if (text === null) return null;
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new CliError(EXIT.usage, "A port is a number below 65536, as in: sovereign mcp --port 4260");
}
