/** Which of a host's models are larger than its machine, for those that run on it: another machine's card is seen by nobody here. */
import type { Machine } from "../doctor/machine.ts";
import { isLoopbackAddress } from "../door/doorway.ts";
import { findHardware } from "./hardware.ts";
import { listModels, type ListedModel } from "./listModels.ts";

/** A chat of this length is what they are judged by. */
const contextTokens = 8_192;

/** `configured`: what SOVEREIGN_BACKEND says; `null` when servers are looked for, which is done on this machine. */
export async function createLargeModels(
  home: string,
  configured: string | null,
  machine: Pick<Machine, "run" | "platform" | "ramBytes" | "arch">,
): Promise<(models: readonly string[]) => readonly ListedModel[]> {
  if (!isHere(configured)) return () => [];
  const { memory } = await findHardware(machine);
  return (models) =>
    listModels({ home, hostModels: models, memory, wanted: { contextTokens, concurrency: 1 } }).filter(
      ({ source, fits }) => source === "host" && fits === false,
    );
}

/** Addresses and paths of files, between commas. */
function isHere(configured: string | null): boolean {
  return (configured ?? "").split(",").every((each) => {
    const host = /^https?:/i.test(each.trim()) ? URL.parse(each.trim())?.hostname : "localhost";
    return host === "localhost" || isLoopbackAddress(host?.replace(/^\[(.*)\]$/, "$1") ?? "");
  });
}
