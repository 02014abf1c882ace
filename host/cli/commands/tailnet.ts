import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { renderUnicodeCompact } from "uqr";
import { parseConfig } from "../../config.ts";
import { systemCode } from "../../errors.ts";
import { askHost } from "../../control.ts";
import { makeFolder, whyNot } from "../../makeFolder.ts";
import { makeComposeFiles } from "../../tailnet/compose.ts";
import { describeStopped } from "../../tailnet/describeStopped.ts";
import { findTailnet, type Tailnet } from "../../tailnet/findTailnet.ts";
import { joinCommand, preAuthKeyCommands } from "../../tailnet/joinCommands.ts";
import { makeHeadscalePolicy, makeTailscalePolicy } from "../../tailnet/policy.ts";
import { describeHttps, type HttpsReport } from "../../tls/describe.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { toTable } from "../terminal.ts";

export const tailnet: Command = {
  name: "tailnet",
  usage:
    "[acl | policy | join | compose DIR] [--owner WHO] [--login-server URL] [--auth-key KEY] [--domain NAME] [--host]",
  summary: "how your other devices reach this host, and what that still needs",
  help: [
    "Alone: the tailnet that this machine is in, the address to open on a phone, and what is missing.",
    "  acl      rules for Tailscale's policy file, so that only your devices reach the host (--owner you@example.org)",
    "  policy   the same for Headscale (--owner NAME)",
    "  join     the line that brings a machine into the tailnet, also as a QR code; with Headscale: --login-server URL,",
    "           with a key of its own --auth-key KEY, and --host for the machine that is to be the host",
    "  compose  writes files for Headscale and a host on one machine into DIR (--login-server URL --owner NAME --domain NAME)",
    "Nothing here changes your tailnet: it prints what you paste.",
  ].join("\n"),
  options: {
    owner: { type: "string" },
    "login-server": { type: "string" },
    "auth-key": { type: "string" },
    domain: { type: "string" },
    host: { type: "boolean" },
  },
  wordsMax: 2,
  run: async (call) => {
    const [what, folder] = call.words;
    if (what === undefined) return show(call);
    if (what === "acl" || what === "policy") return printPolicy(call, what);
    if (what === "join") return printJoin(call);
    if (what === "compose" && folder !== undefined) return writeCompose(call, folder);
    throw new CliError(EXIT.usage, `Usage: sovereign tailnet ${tailnet.usage}\nSee: sovereign tailnet --help`);
  },
};

async function show({ terminal, home }: Call): Promise<ExitCode> {
  const [found, host] = [await findTailnet(), await askHost(home, "status")];
  const https = host === null ? null : withStopped(describeHttps(host, process.platform), found);
  if (terminal.isJson) terminal.json({ running: host !== null, tailnet: found, addresses: host?.tailnet ?? [], https });
  else {
    terminal.line(describeTailnet(found, host?.tailnet ?? []));
    if (https === null) terminal.note(`\nNo host runs on ${home}. Start one with: sovereign up`);
    else terminal.line(`\n${describeReach(https, terminal.bold)}`);
    if (https !== null && https.origin !== null)
      terminal.line(`\n${renderUnicodeCompact(https.install?.page ?? https.origin, { border: 2 })}`);
  }
  return host === null ? EXIT.noHost : EXIT.ok;
}

/** Who has Tailscale and has stopped it is not to install it. */
function withStopped(https: HttpsReport, found: Tailnet | null): HttpsReport {
  const stopped = found === null ? null : describeStopped(found);
  if (stopped === null || https.way !== "none") return https;
  return { ...https, missing: [`${stopped.says} To bring it up: ${stopped.mend}`] };
}

function describeTailnet(found: Tailnet | null, hostAddresses: readonly string[]): string {
  if (found === null) {
    const own = hostAddresses.length === 0 ? "" : ` The host is reached by ${hostAddresses.join(", ")}.`;
    return `No Tailscale answers on this machine.${own}`;
  }
  const kind = found.kind === "tailscale" ? "Tailscale" : "Headscale";
  return toTable([
    ["tailnet", found.controlUrl === null ? kind : `${kind} (${found.controlUrl})`],
    ["state", found.state],
    ["name", found.name ?? "none: switch on MagicDNS"],
    ["addresses", found.addresses.join(", ") || "none"],
  ]);
}

function describeReach(
  { says, origin, endsOn, install, missing }: HttpsReport,
  bold: (text: string) => string,
): string {
  return [
    says,
    ...(install === null
      ? []
      : [`\nOnce on each device: ${bold(install.page)}`, `Compare there:       ${install.fingerprint}`]),
    ...(origin === null ? [] : [`Open on it:          ${bold(origin)}`]),
    ...(endsOn === null ? [] : [`Good until:          ${endsOn}`]),
    ...missing.map((sentence) => `\n! ${sentence}`),
  ].join("\n");
}

function printPolicy(call: Call, what: "acl" | "policy"): ExitCode {
  const owner = textOption(call, "owner");
  const { port } = parseConfig(process.env);
  if (owner === null || !/^[A-Za-z0-9][A-Za-z0-9._+-]*(?:@[A-Za-z0-9.-]*)?$/.test(owner)) {
    const who = what === "acl" ? "--owner you@example.org (as Tailscale knows you)" : "--owner NAME (a Headscale user)";
    throw new CliError(EXIT.usage, `Say who may reach the host: sovereign tailnet ${what} ${who}`);
  }
  const text =
    what === "acl"
      ? makeTailscalePolicy({ owner, port })
      : makeHeadscalePolicy({ owner: owner.includes("@") ? owner : `${owner}@`, port });
  if (call.terminal.isJson) call.terminal.json(JSON.parse(text));
  else call.terminal.write(text);
  return EXIT.ok;
}

function printJoin(call: Call): ExitCode {
  const { terminal, options } = call;
  const loginServer = textOption(call, "login-server");
  const command = joinCommand({ loginServer, authKey: textOption(call, "auth-key"), isHost: options["host"] === true });
  if (command === null)
    throw new CliError(
      EXIT.usage,
      "That is no address of a server (https://…), or no key as Tailscale and Headscale make them.",
    );
  const first = loginServer === null ? null : preAuthKeyCommands(textOption(call, "owner") ?? "me");
  if (terminal.isJson) {
    terminal.json({ command, preAuthKey: first });
    return EXIT.ok;
  }
  if (first !== null && textOption(call, "auth-key") === null)
    terminal.line(`A key for it, on the Headscale's machine:\n\n${first.map((line) => `  ${line}`).join("\n")}\n`);
  terminal.line(`On the new machine:\n\n  ${command}\n\n${renderUnicodeCompact(command, { border: 2 })}`);
  return EXIT.ok;
}

function writeCompose(call: Call, folder: string): ExitCode {
  const files = makeComposeFiles({
    serverUrl: textOption(call, "login-server") ?? "",
    baseDomain: textOption(call, "domain") ?? "tailnet.internal",
    user: textOption(call, "owner") ?? "me",
    port: parseConfig(process.env).port,
  });
  if (files === null) {
    throw new CliError(
      EXIT.usage,
      "Give the address at which your devices reach Headscale, --login-server https://headscale.example.org, and a --domain that is not a part of that name.",
    );
  }
  for (const [name, text] of files) {
    const path = join(resolve(folder), name);
    try {
      // Read by a container that may run as somebody else; there is no secret in it.
      makeFolder(dirname(path), 0o755);
      writeFileSync(path, text, { flag: "wx" });
    } catch (cause) {
      const isThere = systemCode(cause) === "EEXIST";
      const says = isThere ? `${path} is there already.` : `${path} cannot be written: ${whyNot(cause)}.`;
      throw new CliError(EXIT.failed, `${says} Choose another folder.`, { cause });
    }
    call.terminal.line(path);
  }
  return EXIT.ok;
}
