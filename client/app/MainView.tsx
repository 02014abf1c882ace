/** The page people live in: chats on the left, the conversation, the composer below. */
import { createEffect, createMemo, createSignal, type JSX, onCleanup, Show, untrack } from "solid-js";
import type { AuthorId, DocId } from "#crypto/ids.ts";
import type { Vault } from "#sync/vault.ts";
import { createChats } from "../bridge/createChats.ts";
import { createDevices } from "../bridge/createDevices.ts";
import { createProjectRows } from "../bridge/createProjects.ts";
import { createShelf } from "../bridge/createShelf.ts";
import { createDocStatus, createVaultStatus } from "../bridge/createStatus.ts";
import { createTemplateList } from "../bridge/createTemplates.ts";
import { Desk } from "../artifacts/desk.ts";
import { Composer } from "../chat/Composer.tsx";
import { Conversation } from "../chat/Conversation.tsx";
import { toQuote } from "../chat/quotes.ts";
import { createStick } from "../chat/createStick.ts";
import { loadTurns } from "../chat/laterTurns.ts";
import { leaveSearch } from "../search/Palette.tsx";
import { leaveSources } from "../reading/sourcesFor.ts";
import { createTemporary } from "../temporary/createTemporary.ts";
import { showToast } from "../ui/toasts.tsx";
import { createAttention } from "./createAttention.ts";
import { createChatActions, tell } from "./createChatActions.ts";
import { createCommands, focusMessage } from "./createCommands.ts";
import { createComposing } from "./createComposing.ts";
import { createDesk } from "./createDesk.ts";
import { createDrawer } from "./createDrawer.ts";
import { createListActions } from "./createListActions.ts";
import { createOpenChat, type MessageTarget } from "./createOpenChat.ts";
import { createSheets } from "./createSheets.ts";
import { createStanding } from "./createStanding.ts";
import { EmptyPlace } from "./EmptyPlace.tsx";
import { keepHouse } from "./keepHouse.ts";
import { BesideChat, Pages } from "./Pages.tsx";
import { goToChat, isListRouted, routedChat } from "./route.ts";
import { Sheets } from "./Sheets.tsx";
import { Sidebar } from "./Sidebar.tsx";
import { t } from "./strings.ts";
import { putPrompt } from "./toolPrompts.ts";
import { AboveTurns, TopBar } from "./TopBar.tsx";

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
  const [now, setNow] = createSignal(Date.now());
  onCleanup(() => {
    chats.close();
    shelf.close();
    templates.close();
    leaveSearch(vault);
    leaveSources(vault);
    projects.close();
  });

  const hasSeveral = createMemo(() => devices.rows.filter(({ role }) => role === "device").length > 1);
  const nameOf = (device: AuthorId | undefined): string => (device === undefined ? "" : (vault.nameOf(device) ?? ""));
  const nameOfOther = (device: AuthorId): string | null =>
    hasSeveral() && device !== vault.deviceId ? vault.nameOf(device) : null;
  const isListed = (id: DocId): boolean => chats.row(id) !== null;
  const open = createOpenChat({
    shelf,
    stick,
    isHere: () => hasSeveral() && attention.isSeen(),
    nameOf: nameOfOther,
    isListed,
  });
  const { thread } = open;
  const standing = createStanding({ chats, projects, status, doc, isTemporary });
  const { page, project, sync, isHostThere, source } = standing;
  const isAnswering = (): boolean => (thread()?.active().length ?? 0) > 0;

  createEffect(() => {
    const id = routedChat();
    // The rows say when the catalog has changed: another device may have destroyed the chat that is shown.
    if (id === null || chats.row(id) !== null || !vault.catalog.value.destroyed.has(id)) return;
    shelf.forget(id);
    choose(null);
  });
  createEffect(() => {
    if (props.wasLinkUsed) showToast({ says: t.linkUsedAlready });
  });

  const choose = (id: DocId | null): void => {
    goToChat(id);
    drawer.close();
    if (id === null) focusMessage();
  };

  const list = createListActions({ vault, chats, projects, choose });
  const composing = createComposing({ vault, chats, thread, status, standing, isTemporary });
  const { tray, mentions, choice } = composing;
  const desk = createDesk(vault, () => (isTemporary() ? null : routedChat()));
  /** An artifact lies over the page. */
  const [isCovered, setIsCovered] = createSignal(false);
  const actions = createChatActions({
    vault,
    shelf,
    stick,
    tray,
    mentions,
    thread,
    model: choice.model,
    effort: choice.effort,
    also: choice.also,
    setAlso: choice.setAlso,
    goTo: choose,
    quote: (text) => composing.add(toQuote(text)),
  });

  const sheets = createSheets(vault);
  const jump = (to: MessageTarget): void => {
    choose(to.chat);
    open.showLater(to);
  };
  const lastIsThere = (): boolean => thread()?.messages.some(({ role }) => role === "assistant") === true;

  const { slash, keyed } = createCommands({
    ...{ chats, templates, sheets, drawer, choose, isAnswering, lastIsThere },
    project: () => project()?.id ?? null,
    openTemporary: temporary.open,
    stop: actions.stop,
    copyLast: actions.copyLast,
    copyLastCode: actions.copyLastCode,
    tryLastAgain: actions.tryLastAgain,
    turnArtifacts: () =>
      tell(async () => {
        const chat = isTemporary() ? null : await actions.here();
        await (await import("../artifacts/artifactActions.ts")).turnArtifactsIn(vault, chat);
      }),
    take: ({ text, files }) => {
      if (files.length > 0) tray.add(files);
      if (text !== "") composing.give(text);
    },
  });

  keepHouse(vault, setNow);

  return (
    <div class="app" classList={{ "drawer-open": drawer.isOpen() }} ref={(element) => drawer.watchSwipes(element)}>
      <Show when={!isListRouted()}>
        <a
          class="skip"
          href="#message"
          onClick={(event) => {
            event.preventDefault();
            focusMessage();
          }}
        >
          {t.skipToMessage}
        </a>
      </Show>
      <Sidebar
        vault={vault}
        status={status()}
        chats={chats}
        projects={projects}
        answering={shelf.answering()}
        now={now()}
        drawer={drawer}
        sheets={sheets}
        source={source()}
        isHostThere={isHostThere()}
        hasWords={devices.hasWords()}
        actions={list}
        choose={choose}
        backToTemporary={!isTemporary() && temporary.id() !== null ? () => tell(temporary.open) : null}
      />
      <div class="veil" onClick={() => drawer.close()} />
      <main class="main" inert={drawer.isOpen() || isCovered()} ref={(element) => composing.watchDrops(element)}>
        <TopBar
          drawer={drawer}
          title={standing.title()}
          project={project()}
          isProjectPage={page() !== null}
          companions={open.companions()}
          sync={sync()}
          row={page() === null && !isListRouted() && !isTemporary() ? chats.row(routedChat()) : null}
          actions={list}
          thread={page() === null && !isListRouted() ? thread() : null}
          showMessage={(message) => {
            const chat = routedChat();
            if (chat !== null) jump({ chat, message, words: [] });
          }}
          openTemporary={
            routedChat() === null && page() === null && !isListRouted() && temporary.id() === null
              ? () => tell(temporary.open)
              : null
          }
        />
        <AboveTurns
          vault={vault}
          chat={routedChat()}
          doc={doc()}
          trouble={sync().trouble ?? null}
          temporary={isTemporary() ? temporary : null}
          isEmpty={(thread()?.messages.length ?? 0) === 0}
        />
        <Show
          when={page() === null && !isListRouted()}
          fallback={
            <Pages
              vault={vault}
              projects={projects.rows}
              page={page()}
              chats={chats.rows}
              templates={templates}
              info={standing.info()}
              now={now()}
              openChat={choose}
              onTake={(take) => composing.takeForProject(take)}
            />
          }
        >
          <Desk.Provider value={desk}>
            <Conversation
              thread={thread()}
              sync={sync()}
              isHostThere={isHostThere()}
              info={standing.info()}
              nameOf={nameOfOther}
              actions={actions}
              stick={stick}
              files={vault.files}
              status={status()}
              empty={
                <EmptyPlace
                  open={open}
                  isGuide={standing.isGuide()}
                  isHostThere={isHostThere()}
                  hasWords={devices.hasWords()}
                  openWords={() => sheets.setDevices("words")}
                  give={(text) => composing.give(text)}
                />
              }
            />
          </Desk.Provider>
        </Show>
        <Show when={!isListRouted()}>
          <Composer
            chat={routedChat()}
            thread={thread()}
            tray={tray}
            isAnswering={isAnswering()}
            isHostThere={isHostThere()}
            source={source()}
            given={composing.given()}
            models={choice.forPicker()}
            mentions={mentions}
            slash={slash()}
            nameOf={nameOf}
            editLast={() => [...document.querySelectorAll<HTMLElement>("[data-edit]")].at(-1)?.click()}
            keepTyped={actions.keepTyped}
            isBegun={actions.isBegun}
            send={actions.send}
            stop={actions.stop}
          />
        </Show>
        <Show when={composing.isOver()}>
          <div class="drop-target">
            <p>{t.dropHere}</p>
          </div>
        </Show>
      </main>
      <BesideChat
        vault={vault}
        status={status()}
        hasSeveral={hasSeveral()}
        isSeen={attention.isSeen()}
        add={(text) => composing.add(text)}
        openChat={choose}
        onCovers={setIsCovered}
      />
      <Sheets
        vault={vault}
        list={list}
        projects={projects}
        open={sheets}
        chats={chats}
        devices={devices}
        templates={templates}
        status={status()}
        now={now()}
        putPrompt={(given) => tell(() => putPrompt(given, tray, composing.add))}
        acts={{
          shown: routedChat(),
          openChat: choose,
          openMessage: jump,
          openTemporary: () => tell(temporary.open),
          stop: isAnswering() ? actions.stop : null,
          copyLast: lastIsThere() ? actions.copyLast : null,
          keyed,
        }}
      />
    </div>
  );
}
