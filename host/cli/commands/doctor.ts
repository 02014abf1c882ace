import { diagnose } from "../../doctor/diagnose.ts";
import { thisMachine } from "../../doctor/machine.ts";
import type { Command } from "../command.ts";
import { EXIT } from "../exit.ts";

const MARKS = { problem: "✗", warning: "!", note: "·", ok: "✓" } as const;

export const doctor: Command = {
  name: "doctor",
  usage: "[--security]",
  summary: "looks at the host and the machine, and says what to mend",
  help: "Looks whether or not a host runs: configuration, ports, what is listened on, backends, clock, disk, permissions, tailnet,\nbackups. --security adds what would help a thief or another user: core dumps, swap, keys, what leaves the machine. It changes\nnothing. Exit code 1: there is a problem.",
  options: { security: { type: "boolean" } },
  wordsMax: 0,
  run: async ({ terminal, options }) => {
    const withSecurity = options["security"] === true;
    const findings = await diagnose({ environment: process.env, machine: thisMachine, withSecurity });
    if (terminal.isJson) terminal.json({ findings });
    else {
      for (const { level, says, mend } of findings) {
        terminal.line(`${MARKS[level]} ${level === "problem" ? terminal.bold(says) : says}`);
        if (mend !== null) terminal.line(terminal.dim(`    → ${mend}`));
      }
    }
    return findings.some(({ level }) => level === "problem") ? EXIT.failed : EXIT.ok;
  },
};
