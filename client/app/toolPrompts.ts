/** Which prompts of tool servers are offered by a slash, and the one that is asked for now. What they are is fetched with the first (tools/PromptsDialog.tsx). */
import { createSignal } from "solid-js";
import type { ToolPrompt } from "#sync/docs/toolPrompts.ts";
import type { FileTray } from "../chat/files/createFileTray.ts";
import type { GivenPrompt } from "../tools/PromptsDialog.tsx";

/** Those that were listed since the page came up. */
export const [knownPrompts, setKnownPrompts] = createSignal<readonly ToolPrompt[]>([]);
/** `null`: nobody asks. */
export const [askedPrompt, setAskedPrompt] = createSignal<ToolPrompt | "any" | null>(null);

/** As a file, which counts as words of others wherever it goes; what to do with it is for the person to say, who finds a first sentence. */
export async function putPrompt(
  { prompt, text }: GivenPrompt,
  tray: Pick<FileTray, "add" | "files">,
  addToMessage: (words: string) => void,
): Promise<void> {
  const { k } = await import("../tools/words.ts");
  const tidy = (text: string): string => text.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80);
  const before = tray.files().length;
  tray.add([new File([text], `${tidy(`${prompt.server} ${prompt.name}`)}.txt`, { type: "text/plain" })]);
  // Where no files go, the tray has said so.
  // Its name is the server's as well: what stands in a person's own words is no sentence of it.
  if (tray.files().length > before) addToMessage(k.prompts.words(tidy(prompt.name)));
}
