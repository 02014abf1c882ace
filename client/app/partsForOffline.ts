/**
 * What is fetched late to keep the first load small, but is needed to read, write and ask: fetched while the page is idle, so that a
 * host that goes away in the first minute of a first visit, before the service worker has all of the app, stops nobody. With the first
 * file that is attached they are fetched at once: it is to be sealed without a host, too.
 */
export function loadPartsForOffline(): void {
  const parts: readonly Promise<unknown>[] = [
    import("../bridge/createThread.ts"),
    import("../chat/ModelList.tsx"),
    import("../chat/PasteChip.tsx"),
    import("../chat/SlashMenu.tsx"),
    import("../chat/files/TrayChips.tsx"),
    import("../chat/showMessage.ts"),
    import("../reading/forTray.ts"),
    import("../reading/forQuestion.ts"),
    import("#sync/addedChats.ts"),
    import("#sync/artifactActions.ts"),
    import("#sync/attachments/attachments.ts"),
    import("#sync/indexedDbRows.ts"),
  ];
  // One that does not come is fetched, and told of, when it is needed.
  for (const part of parts) part.catch(() => undefined);
}
