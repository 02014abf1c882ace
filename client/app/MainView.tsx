/** The page people live in: chats on the left, the conversation, the composer below. */
import {
  createEffect,
  createMemo,
  createSignal,
  type JSX,
  lazy,
  onCleanup,
  onMount,
  Show,
  Suspense,
  untrack,
} from "solid-js";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { createChats } from "../bridge/createChats.ts";
import { createDevices } from "../bridge/createDevices.ts";
import { createProjectRows } from "../bridge/createProjects.ts";
import { createShelf } from "../bridge/createShelf.ts";
import { createDocStatus, createVaultStatus } from "../bridge/createStatus.ts";
import { createTemplateList } from "../bridge/createTemplates.ts";
import type { Thread } from "../bridge/createThread.ts";
import { ChatList, NewChatButton } from "../chat/ChatList.tsx";
import { Composer } from "../chat/Composer.tsx";
import { Conversation } from "../chat/Conversation.tsx";
import { createFileDrop } from "../chat/files/createFileDrop.ts";
import { createFileTray } from "../chat/files/createFileTray.ts";
import { showMessage } from "../chat/showMessage.ts";
import { createStick } from "../chat/createStick.ts";
import { EmptyChat } from "../chat/EmptyChat.tsx";
import { loadTurns, turnsView } from "../chat/laterTurns.ts";
import { loadPartsForOffline } from "./partsForOffline.ts";
import type { SlashItem } from "../chat/slash.ts";
import { syncStateOf } from "../chat/syncState.ts";
import { Icon } from "../ui/Icon.tsx";
import { Seal } from "../ui/Seal.tsx";
import { Sentence } from "../ui/Sentence.tsx";
import { showToast } from "../ui/toasts.tsx";
import { whenIdle } from "../platform/idle.ts";
import { keysFor, withKeys } from "../platform/bindings.ts";
import type { SettingsPart } from "../settings/Settings.tsx";
import type { DevicesPart } from "../devices/Devices.tsx";
import { leaveSearch, loadPaletteResults, Palette } from "../search/Palette.tsx";
import { leaveSources } from "../reading/sourcesFor.ts";
import { createAttention } from "./createAttention.ts";
import { createChatActions, tell } from "./createChatActions.ts";
import { createDrawer } from "./createDrawer.ts";
import { createModelChoice } from "./createModelChoice.ts";
import { createPageKeys } from "./createPageKeys.ts";
import { goToChat, routedChat, routedProject } from "./route.ts";
import { SidebarFoot } from "./SidebarFoot.tsx";
import { t } from "./strings.ts";
import { createTemporary } from "../temporary/createTemporary.ts";
import { WordsCard } from "../devices/WordsCard.tsx";

// Fetched when it is first opened.
const Settings = lazy(() =>
  import("../settings/Settings.tsx").then(({ Settings: settings }) => ({ default: settings })),
);
const TemporaryBar = lazy(() =>
  import("../temporary/TemporaryBar.tsx").then(({ TemporaryBar: bar }) => ({ default: bar })),
);
const StatusSheet = lazy(() =>
  import("../status/StatusSheet.tsx").then(({ StatusSheet: sheet }) => ({ default: sheet })),
);
const ProjectPage = lazy(() =>
  import("../projects/ProjectPage.tsx").then(({ ProjectPage: view }) => ({ default: view })),
);
// Fetched when a removed device wrote something.
const SetAside = lazy(() => import("../devices/SetAside.tsx").then(({ SetAside: aside }) => ({ default: aside })));
const Devices = lazy(() => import("../devices/Devices.tsx").then(({ Devices: devices }) => ({ default: devices })));

const loadLock = () => import("../unlock/autoLock.ts");

/** After the first load has had the line to itself. */
const preloadAfterMs = 2000;
// Fetched when somebody wants to lock the device.
const LockDialog = lazy(() =>
  import("../unlock/LockDialog.tsx").then(({ LockDialog: dialog }) => ({ default: dialog })),
);

export function MainView(props: { vault: Vault; wasLinkUsed: boolean }): JSX.Element {
  // The vault is one object for as long as this view stands.
  // eslint-disable-next-line solid/reactivity -- reason: App shows this view keyed by the vault.
  const { vault } = props;
  if (untrack(routedChat) !== null) loadTurns();
  const chats = createChats(vault);
  const attention = createAttention({ chats, openChat: (id) => choose(id) });
  const shelf = createShelf(vault, attention.onAnswered);
  const temporary = createTemporary({ vault, shelf, goTo: (id) => choose(id) });
  const isTemporary = (): boolean => routedChat() !== null && routedChat() === temporary.id();
  const templates = createTemplateList(vault);
  const projects = createProjectRows(vault);
  const devices = createDevices(vault);
  const status = createVaultStatus(vault);
  const doc = createDocStatus(() => vault, routedChat);
  const stick = createStick();
  const drawer = createDrawer();
  const [given, setGiven] = createSignal<string | null>(null, { equals: false });
  const [now, setNow] = createSignal(Date.now());
  onCleanup(() => {
    chats.close();
    shelf.close();
    templates.close();
    leaveSearch(vault);
    leaveSources(vault);
    projects.close();
  });

  /** `thread` is `null` when the chat could not be opened. */
  const [opened, setOpened] = createSignal<{ readonly id: DocId; readonly thread: Thread | null } | null>(null);
  createEffect(() => {
    const id = routedChat();
    if (id === null) return;
    shelf.show(id).then(
      (thread) => {
        setOpened({ id, thread });
        // Its end was there, and the rest cannot be opened.
        thread.whole.catch(() => setOpened({ id, thread: null }));
      },
      () => setOpened({ id, thread: null }),
    );
  });
  const hasSeveral = createMemo(() => devices.rows.filter(({ role }) => role === "device").length > 1);
  const nameOf = (device: AuthorId): string => vault.nameOf(device) ?? "";
  const nameOfOther = (device: AuthorId): string | null =>
    hasSeveral() && device !== vault.deviceId ? vault.nameOf(device) : null;
  // The chat of the address and no other: while one opens, the one before it is not shown under its name.
  const current = createMemo(() => (opened()?.id === routedChat() ? opened() : null));
  const thread = (): Thread | null => current()?.thread ?? null;
  createEffect(() => {
    const presence = thread()?.presence();
    presence?.setHere(hasSeveral() && attention.isSeen());
    onCleanup(() => presence?.setHere(false));
  });
  const companions = (): string => {
    const others = thread()?.presence()?.others() ?? [];
    return others.flatMap(({ device }) => nameOfOther(device) ?? []).join(", ");
  };
  const isMissing = (): boolean => current() !== null && thread() === null;

  const row = createMemo(() => chats.rows.find(({ id }) => id === routedChat()) ?? null);
  /** The one whose page is shown. */
  const page = createMemo(() => projects.row(routedProject()));
  /** The one that the chat is in, or will be. */
  const project = createMemo(() => page() ?? projects.row(row()?.project ?? null));
  const title = (): string => (isTemporary() ? t.temporary : (page()?.name ?? row()?.title ?? ""));
  const sync = createMemo(() => {
    const state = syncStateOf(status(), doc());
    return isTemporary() && state.seal !== "broken"
      ? { seal: "device" as const, words: t.sealNone, isForAll: true }
      : state;
  });
  const host = () => status().host;
  const isHostThere = (): boolean => status().link === "live" && host()?.live === true;
  const isGuide = (): boolean => host()?.info?.kind === "guide";
  const source = (): string | null => {
    const info = host()?.info ?? null;
    return info === null ? null : info.kind === "guide" ? t.hostGuide : info.label;
  };
  const isAnswering = (): boolean => (thread()?.active().length ?? 0) > 0;

  // The tab keeps the app's name: browsers write page titles to their history and session files, and a chat's title is the owner's words.

  createEffect(() => {
    if (props.wasLinkUsed) showToast({ says: t.linkUsedAlready });
  });

  const choose = (id: DocId | null): void => {
    goToChat(id);
    drawer.close();
    if (id === null) document.getElementById("message")?.focus();
  };

  const choice = createModelChoice({
    chat: routedChat,
    thread,
    info: () => host()?.info ?? null,
    ofProject: () => project()?.model ?? "",
  });
  const tray = createFileTray({
    vault: vault.files,
    chat: routedChat,
    refusal: () => (isTemporary() ? t.temporaryNoFiles : null),
  });
  const [main, setMain] = createSignal<HTMLElement>();
  /** On a project's page, files that are let go become the project's. */
  let takeForProject: ((files: readonly File[]) => void) | null = null;
  const drop = createFileDrop({
    target: main,
    add: (files) => (page() === null ? tray.add : (takeForProject ?? tray.add))(files),
    onFolder: () => showToast({ says: t.noFolders }),
  });
  const actions = createChatActions({
    vault,
    shelf,
    stick,
    tray,
    thread,
    model: choice.model,
    also: choice.also,
    setAlso: choice.setAlso,
    goTo: choose,
  });

  const [settings, setSettings] = createSignal<SettingsPart | null>(null);
  const [devicesPart, setDevicesPart] = createSignal<DevicesPart | null>(null);
  const [isPaletteOpen, setIsPaletteOpen] = createSignal(false);
  const [isStatusOpen, setIsStatusOpen] = createSignal(false);
  const [isLockOpen, setIsLockOpen] = createSignal(false);
  const lockCommand = (): { label: string; act(): void } =>
    vault.lock.ways().some(({ kind }) => kind === "platform")
      ? { label: t.lockWithPassphrase, act: () => setIsLockOpen(true) }
      : { label: t.lockNow, act: () => tell(() => loadLock().then(({ lockEverywhere }) => lockEverywhere(vault))) };
  const [target, setTarget] = createSignal<MessageTarget | null>(null);
  const jump = (to: MessageTarget): void => {
    choose(to.chat);
    setTarget(to);
  };
  createEffect(() => {
    const [wanted, open] = [target(), thread()];
    if (wanted === null || open === null || open.id !== wanted.chat || !open.isWhole() || turnsView() === null) return;
    setTarget(null);
    untrack(() => {
      if (open.choose(wanted.message)) showMessage(wanted.message, wanted.words, stick);
    });
  });

  const lastIsThere = (): boolean => thread()?.messages.some(({ role }) => role === "assistant") === true;

  const slash = createMemo((): readonly SlashItem[] => [
    ...templates.rows.map(({ id, name, text }) => ({ id, name, says: text.slice(0, 120), template: text })),
    { id: "new", name: t.slashNew, says: t.newChat, act: () => choose(null) },
    { id: "temporary", name: t.slashTemporary, says: t.temporary, act: () => tell(temporary.open) },
    { id: "search", name: t.slashSearch, says: t.palette, act: () => setIsPaletteOpen(true) },
    { id: "settings", name: t.slashSettings, says: t.settings, act: () => setSettings("look") },
    ...(lastIsThere() ? [{ id: "copy", name: t.slashCopy, says: t.copyLastAnswer, act: actions.copyLast }] : []),
  ]);

  const step = (by: 1 | -1): void => {
    const at = chats.rows.findIndex(({ id }) => id === routedChat());
    const next = chats.rows[at < 0 ? 0 : at + by];
    if (next !== undefined) choose(next.id);
  };
  /** Into a chat that is still to begin; the person sends it. */
  const takeShare = async (): Promise<void> => {
    const { takeShared } = await import("../platform/shared.ts");
    const shared = await takeShared();
    history.replaceState(null, "", location.pathname);
    if (shared === null) return showToast({ says: t.shareLost });
    if (shared.files.length > 0) tray.add(shared.files);
    if (shared.text !== "") setGiven(shared.text);
    document.getElementById("message")?.focus();
  };

  const onKeyDown = createPageKeys({
    stop: () => {
      if (drawer.isOpen()) drawer.close();
      else if (isAnswering()) actions.stop();
    },
    search: () => setIsPaletteOpen(true),
    newChat: () => choose(null),
    temporary: () => tell(temporary.open),
    focusMessage: () => document.getElementById("message")?.focus(),
    nextChat: () => step(1),
    previousChat: () => step(-1),
    copyLast: () => lastIsThere() && actions.copyLast(),
    settings: () => setSettings("look"),
    status: () => setIsStatusOpen(true),
    keys: () => setSettings("keys"),
    lock: () => lockCommand().act(),
  });

  onMount(() => {
    // A list that stays open past midnight moves its chats to yesterday.
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    // The first Ctrl+K is then as quick as the second.
    const stopWaiting = whenIdle(
      () => {
        loadTurns();
        void loadPaletteResults();
        loadPartsForOffline();
      },
      { earliestMs: preloadAfterMs },
    );
    let stopLock: (() => void) | null = null;
    void loadLock().then(({ keepAutoLock }) => (stopLock = keepAutoLock(vault)));
    addEventListener("keydown", onKeyDown);
    if (location.hash === "#/share") tell(takeShare);
    if (location.hash === "#/search") setIsPaletteOpen(true);
    onCleanup(() => {
      stopLock?.();
      clearInterval(timer);
      stopWaiting();
      removeEventListener("keydown", onKeyDown);
    });
  });

  return (
    <div class="app" classList={{ "drawer-open": drawer.isOpen() }} ref={(element) => drawer.watchSwipes(element)}>
      <a class="skip" href="#message" onClick={(event) => focusMessage(event)}>
        {t.skipToMessage}
      </a>
      <nav class="sidebar" aria-label={t.chats} ref={(element) => drawer.attach(element)}>
        <div class="sidebar-head">
          <p class="wordmark">{t.appName}</p>
          <button
            type="button"
            class="ghost icon-only close-drawer"
            aria-label={t.closeChats}
            title={t.closeChats}
            onClick={() => drawer.close()}
          >
            <Icon name="close" />
          </button>
        </div>
        <div class="sidebar-start">
          <NewChatButton begin={() => choose(null)} />
          <button
            type="button"
            class="ghost icon-only search-button"
            aria-label={t.search}
            title={withKeys(t.search, "search")}
            data-keys={keysFor("search")}
            aria-haspopup="dialog"
            onClick={() => setIsPaletteOpen(true)}
          >
            <Icon name="search" />
          </button>
        </div>
        <Show when={!isTemporary() && temporary.id()}>
          <button type="button" class="ghost back-to-temporary" onClick={() => tell(temporary.open)}>
            <Icon name="temporary" />
            {t.temporaryOpen}
          </button>
        </Show>
        <ChatList
          vault={vault}
          status={status()}
          chats={chats}
          chosen={routedChat()}
          answering={shelf.answering()}
          now={now()}
          choose={choose}
          projects={projects}
          leave={() => drawer.close()}
        />
        <SidebarFoot
          status={status()}
          source={source()}
          isHostThere={isHostThere()}
          hasWords={devices.hasWords()}
          openDevices={setDevicesPart}
          openSettings={() => setSettings("look")}
          openStatus={() => setIsStatusOpen(true)}
        />
      </nav>
      <div class="veil" onClick={() => drawer.close()} />
      <main class="main" inert={drawer.isOpen()} ref={setMain}>
        <header class="topbar">
          <button
            type="button"
            class="ghost icon-only open-drawer"
            aria-label={t.openChats}
            title={t.openChats}
            aria-expanded={drawer.isOpen()}
            onClick={() => drawer.open()}
          >
            <Icon name="menu" />
          </button>
          <div class="place">
            <Show when={page() === null ? project() : null}>
              {(around) => (
                <a class="crumb" href={`#/project/${around().id}`}>
                  {around().name}
                </a>
              )}
            </Show>
            <h1 dir="auto" classList={{ untitled: title() === "" }}>
              {title() === "" ? t.untitledChat : title()}
            </h1>
          </div>
          <div class="standing">
            <Show when={routedChat() === null && page() === null && temporary.id() === null}>
              <button
                type="button"
                class="ghost icon-only"
                aria-label={t.temporary}
                title={t.temporary}
                onClick={() => tell(temporary.open)}
              >
                <Icon name="temporary" />
              </button>
            </Show>
            <Show when={companions()}>{(names) => <span class="companions">{t.alsoHere(names())}</span>}</Show>
            <Show when={project()?.isLocalOnly === true}>
              <span class="local-tag">{t.localOnlyTag}</span>
            </Show>
            <div class="sync" role="status" aria-label={t.sync}>
              <Seal state={sync().seal} words={sync().words} />
            </div>
          </div>
        </header>
        <div class="above-turns">
          <div class="trouble-place" aria-live="assertive">
            <Show when={sync().trouble}>
              {(says) => (
                <p class="trouble-line">
                  <Sentence says={says()} />
                </p>
              )}
            </Show>
          </div>
          <Show when={(doc()?.setAside.length ?? 0) > 0 && routedChat()}>
            {(id) => (
              <Suspense>
                <SetAside vault={vault} doc={id()} aside={doc()?.setAside ?? []} />
              </Suspense>
            )}
          </Show>
        </div>
        <Show when={isTemporary()}>
          <Suspense>
            <TemporaryBar temporary={temporary} isEmpty={(thread()?.messages.length ?? 0) === 0} />
          </Suspense>
        </Show>
        <Show
          when={page() === null}
          fallback={
            <div class="conversation">
              <div class="scroller">
                <Suspense>
                  <Show when={page()}>
                    {(shown) => (
                      <ProjectPage
                        vault={vault}
                        project={shown()}
                        chats={chats.rows}
                        models={choice.models()}
                        now={now()}
                        openChat={choose}
                        onTake={(take) => (takeForProject = take)}
                      />
                    )}
                  </Show>
                </Suspense>
              </div>
            </div>
          }
        >
          <Conversation
            thread={thread()}
            sync={sync()}
            isHostThere={isHostThere()}
            models={choice.models()}
            nameOf={nameOfOther}
            actions={actions}
            stick={stick}
            files={vault.files}
            status={status()}
            empty={
              <Show when={current() !== null || routedChat() === null}>
                <Show when={!isMissing()} fallback={<MissingChat />}>
                  <EmptyChat isGuide={isGuide()} isHostThere={isHostThere()} give={setGiven}>
                    <Show when={!devices.hasWords() && isHostThere()}>
                      <WordsCard open={() => setDevicesPart("words")} />
                    </Show>
                  </EmptyChat>
                </Show>
              </Show>
            }
          />
        </Show>
        <Composer
          thread={thread()}
          tray={tray}
          isAnswering={isAnswering()}
          isHostThere={isHostThere()}
          source={source()}
          given={given()}
          models={choice.forPicker()}
          slash={slash()}
          nameOf={nameOf}
          editLast={() => [...document.querySelectorAll<HTMLElement>("[data-edit]")].at(-1)?.click()}
          begin={actions.begin}
          send={actions.send}
          stop={actions.stop}
        />
        <Show when={drop.isOver()}>
          <div class="drop-target">
            <p>{t.dropHere}</p>
          </div>
        </Show>
      </main>
      <Show when={settings()}>
        {(part) => (
          <Suspense>
            <Settings
              vault={vault}
              templates={templates}
              part={part()}
              lock={lockCommand()}
              leave={() => setSettings(null)}
            />
          </Suspense>
        )}
      </Show>
      <Show when={devicesPart()}>
        {(part) => (
          <Suspense>
            <Devices vault={vault} devices={devices} part={part()} now={now()} leave={() => setDevicesPart(null)} />
          </Suspense>
        )}
      </Show>
      <Show when={isStatusOpen()}>
        <Suspense>
          <StatusSheet
            vault={vault}
            status={status()}
            chats={chats.rows}
            devices={devices}
            now={now()}
            leave={() => setIsStatusOpen(false)}
          />
        </Suspense>
      </Show>
      <Show when={isPaletteOpen()}>
        <Palette
          vault={vault}
          shown={routedChat()}
          chats={chats.rows}
          leave={() => setIsPaletteOpen(false)}
          openChat={choose}
          openMessage={jump}
          openSettings={setSettings}
          openDevices={setDevicesPart}
          openStatus={() => setIsStatusOpen(true)}
          openTemporary={() => tell(temporary.open)}
          stop={isAnswering() ? actions.stop : null}
          copyLast={lastIsThere() ? actions.copyLast : null}
          lock={lockCommand()}
        />
      </Show>
      <Show when={isLockOpen()}>
        <Suspense>
          <LockDialog vault={vault} leave={() => setIsLockOpen(false)} />
        </Suspense>
      </Show>
    </div>
  );
}

/** A message to be shown, and the words it was found by. */
interface MessageTarget {
  readonly chat: DocId;
  readonly message: string;
  readonly words: readonly string[];
}

function MissingChat(): JSX.Element {
  return (
    <div class="empty">
      <h2>{t.chatUnavailableTitle}</h2>
      <p>{t.chatUnavailableText}</p>
    </div>
  );
}

function focusMessage(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("message")?.focus();
}
