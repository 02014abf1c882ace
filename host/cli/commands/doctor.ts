import { diagnose } from "../../doctor/diagnose.ts";
import { thisMachine } from "../../doctor/machine.ts";
import type { VaultView } from "../../doctor/deviceFindings.ts";
import type { Command } from "../command.ts";
import type { Terminal } from "../terminal.ts";
import { EXIT } from "../exit.ts";
import { wrapText } from "../wrapText.ts";

const MARKS = { problem: "✗", warning: "!", note: "·", ok: "✓" } as const;

export const doctor: Command = {
  name: "doctor",
  usage: "[--security]",
  summary: "looks at the host and the machine, and says what to mend",
  help: "Looks whether or not a host runs: configuration, ports, what is listened on, backends, clock, disk, permissions, tailnet,\nbackups; and where this terminal is a device of the vault, stale devices and what is not in step. --security adds what would help a thief or another user: core dumps, swap, keys, what leaves the machine. It changes\nnothing. Exit code 1: there is a problem.",
  options: { security: { type: "boolean" } },
  wordsMax: 0,
  run: async ({ terminal, options }) => {
    const withSecurity = options["security"] === true;
    const vault = (home: string): Promise<VaultView | null> => viewVault(home, terminal);
    const findings = await diagnose({ environment: process.env, machine: thisMachine, withSecurity, vault });
    if (terminal.isJson) terminal.json({ findings });
    else {
      for (const { level, says, mend } of findings) {
        // What mends it may be a command, to be copied as it stands.
        const hung = wrapText(`  ${says}`, process.stdout.isTTY ? process.stdout.columns : undefined).slice(2);
        terminal.line(`${MARKS[level]} ${level === "problem" ? terminal.bold(hung) : hung}`);
        if (mend !== null) terminal.line(terminal.dim(`    → ${mend}`));
      }
    }
    return findings.some(({ level }) => level === "problem") ? EXIT.failed : EXIT.ok;
  },
};

/** Loaded where there is one alone: the doctor has to work on a machine on which nothing else does. */
async function viewVault(home: string, terminal: Terminal): Promise<VaultView | null> {
  const { cliFolder, openDevice } = await import("../device.ts");
  const { hasIdentity } = await import("../fileIdentity.ts");
  if (!hasIdentity(cliFolder(home))) return null;
  try {
    const device = await openDevice(home, terminal);
    try {
      const { vault, isLive } = device;
      return { isLive, unsent: vault.status().pending, devices: vault.devices() };
    } finally {
      await device.close();
    }
  } catch {
    // reason: another command holds it, or its folder is broken; that is for the commands that need it to say.
    return null;
  }
}
