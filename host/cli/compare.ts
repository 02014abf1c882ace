/** The moment in which a person compares six digits, on either side of a pairing. */
import type { Pairing, PairingState } from "#sync/pairing.ts";
import { CliError, EXIT } from "./exit.ts";
import type { Terminal } from "./terminal.ts";

export type EndedPairing = Extract<PairingState, { phase: "done" | "ended" }>;

/** Shows the digits when they are there, asks, and resolves when the pairing is over. `--json` prints one value for each step. */
export async function comparePairing(pairing: Pairing, terminal: Terminal, waitsFor: string): Promise<EndedPairing> {
  const over = Promise.withResolvers<EndedPairing>();
  let isAsked = false;
  let isInterrupted = false;

  async function ask(digits: string, deviceName: string): Promise<void> {
    if (terminal.isJson) terminal.json({ event: "compare", digits, device: deviceName });
    else terminal.line(`\n  "${deviceName}" shows   ${terminal.bold(`${digits.slice(0, 3)} ${digits.slice(3)}`)}\n`);
    const answer = await terminal.ask("Are these the same digits and the right device? [y/N]");
    if (answer?.trim().toLowerCase() !== "y") return pairing.cancel();
    pairing.confirm();
    terminal.progress(waitsFor);
  }

  function look(): void {
    const state = pairing.state();
    if (state.phase === "comparing" && !isAsked) {
      isAsked = true;
      void ask(state.digits, state.deviceName).catch(over.reject);
    }
    if (state.phase === "done" || state.phase === "ended") over.resolve(state);
  }

  const leave = pairing.subscribe(look);
  const stop = (): void => {
    isInterrupted = true;
    pairing.cancel();
  };
  process.once("SIGINT", stop);
  look();
  try {
    const state = await over.promise;
    if (isInterrupted && state.phase === "ended") throw new CliError(EXIT.interrupted, state.says);
    return state;
  } finally {
    leave();
    process.off("SIGINT", stop);
    terminal.progress(null);
  }
}

export function requireDone(state: EndedPairing): { readonly deviceName: string } {
  if (state.phase === "done") return state;
  throw new CliError(state.code === "no-host" ? EXIT.noHost : EXIT.declined, state.says);
}
