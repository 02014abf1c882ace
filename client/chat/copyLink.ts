/**
 * A link to a chat, or to one of its messages, for other devices of the vault. It names ids and nothing else, behind the `#`, which no server
 * is told; whoever has no key to the chat is told that it is not here.
 */
import { t } from "../app/strings.ts";
import type { DocId } from "#crypto/ids.ts";
import { isLocalName, readAddresses } from "../platform/addresses.ts";
import { linkTo } from "../platform/linkedMessage.ts";
import { showToast } from "../ui/toasts.tsx";

export async function copyLink(chat: DocId, message: string | null = null): Promise<void> {
  const isHereOnly = isLocalName(location.hostname);
  // Another device knows this host by its name in the tailnet.
  const origin = isHereOnly ? ((await readAddresses()).origins[0] ?? location.origin) : location.origin;
  await navigator.clipboard.writeText(linkTo(origin, chat, message));
  showToast({ says: isLocalName(new URL(origin).hostname) ? t.linkCopiedHere : t.linkCopied });
}
