/** What the composer's tray needs to read files while the question is still being written: fetched with the first file. */
import { showToast } from "../ui/toasts.tsx";
import type { ReadingOutcome } from "./outcome.ts";
import { type ReadingOptions, startReading } from "./startReading.ts";
import { r } from "./words.ts";

export { keepRead } from "./keepRead.ts";

/** Says why a file cannot be read; it may be sent all the same, for a person to have. */
export async function readForTray(file: File, options: ReadingOptions): Promise<ReadingOutcome> {
  const outcome = await startReading(file, options);
  if (outcome.kind === "refused") showToast({ says: r.keptUnread(r.refusals[outcome.why](file.name)) });
  else if (outcome.kind === "text" && outcome.isCut) showToast({ says: r.readInPart(file.name) });
  return outcome;
}
