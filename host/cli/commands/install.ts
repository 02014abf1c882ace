import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { utf8ToBytes } from "#crypto/bytes.ts";
import { existsSync } from "node:fs";
import { systemCode } from "../../errors.ts";
import { writeFileWhole } from "../../home.ts";
import { whyNot } from "../../makeFolder.ts";
import { composeName, composeSteps, makeComposeFile } from "../../install/composeFile.ts";
import { launchdSteps, makeLaunchdPlist, plistName } from "../../install/launchdPlist.ts";
import { checkInstalled, settingsOf } from "../../install/place.ts";
import { makeSystemdUnit, systemdSteps, unitName } from "../../install/systemdUnit.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";

/** Of root, who asks for it: made by the first of the steps. */
const serviceUser = "sovereign";

export const install: Command = {
  name: "install",
  usage: "--systemd [--gpu] [--tailnet-only] [--user NAME] | --launchd | --compose  [--to FILE]",
  summary: "a service file, so that the host starts with the machine",
  help: [
    "Prints a file for systemd, launchd or Docker, made for this installation, this user and what SOVEREIGN_… says in this shell, and the",
    "commands that put it in place; --to writes it into FILE. Nothing is installed or started by this command.",
    "  --systemd        hardened: the host writes its home and nothing else, has no capability and sees no device",
    "  --gpu            with devices, for the engine in the host (a model server of your own needs none of it)",
    "  --tailnet-only   the kernel lets it reach this machine and the tailnet, nothing else: no downloads, no model server elsewhere",
    "  --user NAME      who the host runs as: this user, or when root asks, sovereign",
    "  --compose        containers: a tailnet, the host in its network, a model server that reaches nobody",
    "  --launchd        an agent of this user, on a Mac",
  ].join("\n"),
  options: {
    systemd: { type: "boolean" },
    launchd: { type: "boolean" },
    compose: { type: "boolean" },
    user: { type: "string" },
    gpu: { type: "boolean" },
    "tailnet-only": { type: "boolean" },
    to: { type: "string" },
  },
  wordsMax: 0,
  run: async (call) => {
    const { terminal, options } = call;
    const kinds = (["systemd", "launchd", "compose"] as const).filter((each) => options[each] === true);
    const [kind] = kinds;
    if (kinds.length > 1)
      throw new CliError(EXIT.usage, `One file at a time: give one of --systemd, --launchd or --compose.`);
    if (kind === undefined)
      throw new CliError(EXIT.usage, "Say for what: sovereign install --systemd, --launchd or --compose.");
    const { name, text, stepsFor } = makeFile(call, kind);
    const file = textOption(call, "to");
    const steps = stepsFor(file ?? name);
    if (file !== null && existsSync(file)) throw new CliError(EXIT.failed, `${file} is there already.`);
    if (file !== null) put(resolve(file), text);
    if (terminal.isJson) terminal.json({ file, text, steps });
    else {
      if (file === null) terminal.write(text);
      terminal.note(`\nThen:\n${steps.map((step) => `  ${step}`).join("\n")}`);
      terminal.note("The app is built by npm run build, once and after each update.");
    }
    return EXIT.ok;
  },
};

function put(file: string, text: string): void {
  try {
    writeFileWhole(file, utf8ToBytes(text));
  } catch (cause) {
    const why = systemCode(cause) === "ENOENT" ? "its folder is not there" : whyNot(cause);
    throw new CliError(EXIT.failed, `${file} cannot be written: ${why}. Give another name with --to.`, { cause });
  }
}

interface ServiceFile {
  readonly name: string;
  readonly text: string;
  readonly stepsFor: (file: string) => readonly string[];
}

function makeFile(call: Call, kind: "systemd" | "launchd" | "compose"): ServiceFile {
  const settings = settingsOf(process.env);
  if (kind === "compose") return { name: composeName, text: makeComposeFile({ settings }), stepsFor: composeSteps };
  const own = userInfo().username;
  const user = textOption(call, "user") ?? (own === "root" && kind === "systemd" ? serviceUser : own);
  const root = resolve(import.meta.dirname, "../../..");
  const isForOther = user !== own;
  const home = isForOther && !process.env["SOVEREIGN_HOME"] ? `/var/lib/${user}` : call.home;
  const place = checkInstalled({
    node: process.execPath,
    entry: join(root, "host/main.ts"),
    root,
    home,
    user,
    settings,
  });
  if (kind === "launchd") return { name: plistName, text: makeLaunchdPlist(place), stepsFor: launchdSteps };
  const wish = { usesGpu: call.options["gpu"] === true, isTailnetOnly: call.options["tailnet-only"] === true };
  return {
    name: unitName,
    text: makeSystemdUnit(place, wish),
    stepsFor: (file) => systemdSteps(file, place, isForOther),
  };
}
