/** `sovereign models pull`: the download's progress on one line, and what came of it. */
import { pullModel, type PullProgress } from "../backends/embedded/pull.ts";
import { openLedger } from "../egress/ledger.ts";
import { takeCalls } from "../egress/wayOut.ts";
import { textOption, type Call } from "./command.ts";
import { EXIT, type ExitCode } from "./exit.ts";

export async function runPull(call: Call, name: string): Promise<ExitCode> {
  const { terminal, home, options } = call;
  const sha256 = textOption(call, "sha256");
  const controller = new AbortController();
  const onSignal = (): void => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  try {
    const pulled = await pullModel(name, {
      home,
      today: () => new Date().toISOString().slice(0, 10),
      signal: controller.signal,
      installsEngine: options["without-engine"] !== true,
      onProgress: (progress) => {
        if (progress.kind === "retry") terminal.note(progress.says);
        else terminal.progress(sayProgress(progress));
      },
      ...(sha256 === null ? {} : { sha256 }),
    });
    terminal.progress(null);
    if (terminal.isJson) terminal.json(pulled);
    else terminal.line(`${pulled.model} is here, and is what its SHA-256 says: ${pulled.path}`);
    return EXIT.ok;
  } catch (error) {
    // What was downloaded is kept, and the next try goes on from there.
    if (controller.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
    const ledger = openLedger(home);
    ledger.add("command", takeCalls());
    ledger.close();
  }
}

function sayProgress(progress: Exclude<PullProgress, { kind: "retry" }>): string | null {
  switch (progress.kind) {
    case "found":
      return "Found it …";
    case "engine":
      return progress.progress.kind === "installing" ? "Installing the engine …" : null;
    case "download":
      return `Downloading ${toShare(progress)} …`;
    case "check":
      return `Checking ${toShare(progress)} …`;
    case "done":
      return null;
  }
}

function toShare({ doneBytes, allBytes }: { readonly doneBytes: number; readonly allBytes: number }): string {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  if (allBytes === 0) return megabytes(doneBytes);
  return `${Math.floor((100 * doneBytes) / allBytes)} % of ${megabytes(allBytes)}`;
}
