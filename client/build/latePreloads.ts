/**
 * What a part that is fetched late is fetched together with. Left to itself, the bundler writes into each file the names of all that the parts it fetches import, at any depth: 3 kB of the first load,
 * since names of files do not compress. What every start has is named nowhere; and in the files of a start only what a conversation is drawn with is: any other part
 * fetches what it imports once it is read, a round trip later in a first visit's first minute, and never after it, when all is on the device.
 */
import { isStartFile } from "./startGroups.ts";

/** Waited for by the first answer. */
const conversation = /(?:^|\/)(?:Turns|Markdown|createThread|lexMarkdown)-[^/]*\.js$/;

export function latePreloads(
  file: string,
  imports: string[],
  { hostId, hostType }: { readonly hostId: string; readonly hostType: "html" | "js" },
): string[] {
  if (hostType === "html") return imports;
  if (isStartFile(hostId) && !conversation.test(file)) return [];
  return imports.filter((name) => !isStartFile(name));
}
