/** What goes on in the background for as long as the page stands. */
import { onCleanup, onMount } from "solid-js";
import type { Vault } from "#sync/vault.ts";
import { loadTurns } from "../chat/laterTurns.ts";
import { whenIdle } from "../platform/idle.ts";
import { notices } from "../platform/preferences.ts";
import { loadPaletteResults } from "../search/Palette.tsx";
import { fetchUntilHere } from "../ui/fetchedView.ts";
import { setAreDueWanted } from "./dueTasks.ts";
import { loadLock } from "./createSheets.ts";
import { loadPartsForOffline } from "./partsForOffline.ts";
import { t } from "./strings.ts";

/** After the first load has had the line to itself. */
const preloadAfterMs = 2000;

/** Until the page goes. What does not come before the page is older than its host is told of when it is asked for. */
function useWhenHere<Part>(fetchPart: () => Promise<Part>, use: (part: Part) => () => void): void {
  let stop: (() => void) | null = null;
  let isOver = false;
  onCleanup(() => {
    isOver = true;
    stop?.();
  });
  fetchUntilHere(fetchPart, true).then(
    (part) => {
      if (!isOver) stop = use(part);
    },
    () => undefined,
  );
}

export function keepHouse(vault: Vault, tick: (now: number) => void): void {
  onMount(() => {
    // A list that stays open past midnight moves its chats to yesterday; and a task is due when its minute begins, not up to a minute later.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waitForMinute = (): void => {
      timer = setTimeout(
        () => {
          tick(Date.now());
          waitForMinute();
        },
        60_000 - (Date.now() % 60_000),
      );
    };
    waitForMinute();
    // The first Ctrl+K is then as quick as the second.
    const stopWaiting = whenIdle(
      () => {
        loadTurns();
        void loadPaletteResults();
        loadPartsForOffline();
        setAreDueWanted(true);
      },
      { earliestMs: preloadAfterMs },
    );
    useWhenHere(
      () => import("../platform/watchHost.ts"),
      ({ watchHost }) => watchHost(vault),
    );
    useWhenHere(
      () => import("../platform/keepFocus.ts"),
      ({ keepFocus }) => keepFocus(),
    );
    if (notices.now() === "push")
      useWhenHere(
        () => import("../platform/push.ts"),
        ({ keepPush }) => keepPush(vault, { answer: t.noticeTitle, due: t.taskDueTitle }),
      );
    useWhenHere(loadLock, ({ keepAutoLock }) => keepAutoLock(vault));
    onCleanup(() => {
      clearTimeout(timer);
      stopWaiting();
    });
  });
}
