/** What settings, data, status and privacy say: fetched with the first of them. */
import type { ImportSource, Refusal } from "../data/readImport.ts";
import type { ServiceKind, ServiceState, Trouble } from "#crypto/serviceFacts.ts";
import type { VaultStatus } from "#sync/status.ts";
import type { KeyAction } from "../platform/bindings.ts";
import type { SkippedChat } from "../data/sources/readChat.ts";

const chats = (many: number): string => (many === 1 ? "1 chat" : `${many} chats`);
const files = (many: number): string => (many === 1 ? "1 file" : `${many} files`);

export const settingsEnglish = {
  enterKey: "Enter",
  enterSends: "Sends",
  enterLine: "Starts a line",
  data: "Your data",
  notices: "Notifications",
  noticeReady: "When an answer is ready",
  noticeChoices: { off: "Off", on: "On", push: "Even when closed" },
  noticeNote: "On: shown while this page is hidden. Nothing of a chat is ever in a notification.",
  pushNote:
    "Even when closed: your host asks your browser's push service to wake this device. Apple's, Google's, Mozilla's or Microsoft's push service learns that something was answered and when, never what. Your host learns the times of your tasks, to the minute, and the push service when one comes; never which task. What is sent is sealed for this device and always of one size.",
  pushNotHere:
    "This browser cannot be told while the app is closed. On an iPhone or iPad, put the app on the home screen first and open it from there.",
  pushAsking: "Asking the push service…",
  pushFailed: {
    "not-allowed":
      "The browser does not allow it. Open its settings for this page (the sign beside the address, or the app's own settings on a phone), allow notifications, and choose again here.",
    "no-host": "Your host does not answer now, and it has to know. Choose again when it is back.",
    guest: "This host sends notifications for its owner's vault only. “On” works here, too.",
    "no-service":
      "This browser's push service cannot be reached, or is none that your host will call. Nothing was sent. “On” works without it.",
  },
  exportTitle: "Export everything",
  exportNote: "An export is a file that anyone can read who has it: keep it where only you can.",
  exportKinds: { json: "JSON", markdown: "Markdown", html: "Web page" },
  exportKindNotes: {
    json: "Every branch, with files. It can be brought back in.",
    markdown: "To read and to edit: the branch you see, with files.",
    html: "To read and to print: the branch you see, with files.",
  },
  exportDo: "Export",
  exportOneTitle: (title: string) => `Export “${title}”`,
  exporting: (done: number, of: number) => `Reading ${done} of ${chats(of)}…`,
  exported: (many: number, ofFiles: number) =>
    ofFiles === 0 ? `${chats(many)} exported.` : `${chats(many)} and ${files(ofFiles)} exported.`,
  exportMissing: (many: number) => `${chats(many)} could not be opened now.`,
  exportMissingFiles: (many: number) =>
    `${files(many)} ${many === 1 ? "is" : "are"} not on this device, and your host is away. Export again when it is back.`,
  fileNotHere: "not in this export",

  importTitle: "Bring chats in",
  importNote:
    "From ChatGPT, Claude, Open WebUI or LibreChat, or an export of Sovereign: the zip as it came, or the JSON in it. Several files at once are fine. It is read on this device. What is here already stays as it is.",
  importChoose: "Choose a file",
  importDrop: "or let one go here",
  importFiles: files,
  importReading: (name: string) => `Reading ${name}`,
  importAdding: (done: number, of: number) => `${done} of ${chats(of)}`,
  importCancel: "Cancel",
  importSources: {
    sovereign: "Sovereign",
    chatGpt: "ChatGPT",
    claude: "Claude",
    openWebUi: "Open WebUI",
    libreChat: "LibreChat",
  } satisfies Record<ImportSource, string>,
  imported: (many: number, source: string) => `${chats(many)} brought in from ${source}.`,
  importedFiles: (many: number) => `${files(many)} came with them.`,
  importKnown: (many: number) => `${chats(many)} ${many === 1 ? "was" : "were"} here already.`,
  importSteps: (many: number) =>
    `${many} ${many === 1 ? "step" : "steps"} between question and answer left out: thoughts and tool calls.`,
  importMissingFiles: (many: number) =>
    `${files(many)} ${many === 1 ? "is" : "are"} named in the export and not in it.`,
  importSkipped: {
    unreadable: (many: number) => `${chats(many)} could not be read.`,
    empty: (many: number) => `${chats(many)} had no words in ${many === 1 ? "it" : "them"}.`,
    tooLong: (many: number) => `${chats(many)} ${many === 1 ? "is" : "are"} longer than a chat can be here.`,
  } satisfies Record<SkippedChat, (many: number) => string>,
  importNames: (names: string, more: number) => (more === 0 ? `${names}` : `${names} and ${more} more`),
  importCancelled: "Stopped. What is here by now is whole; the same file brings in the rest.",
  importFailed: "It came to an end early. What is here by now is whole; the same file brings in the rest.",
  importRefused: {
    unknown:
      "This is no export that can be read here. Choose the zip that ChatGPT or Claude sent you, or the JSON of Open WebUI or LibreChat. Nothing was changed.",
    empty: "There is no chat in this export. Nothing was changed.",
    damaged: "This file is damaged or was cut off. Download it once more. Nothing was changed.",
    tooLarge: "This file is larger than any export. Nothing was changed.",
  } satisfies Record<Refusal, string>,

  eraseTitle: "Delete everything",
  eraseNote: "Takes everything out of this browser: keys, chats, files, drafts, and what was chosen here.",
  eraseBegin: "Delete everything on this device…",
  erasePending: (many: number) =>
    many === 1
      ? "1 change has not reached your host yet, and goes with it."
      : `${many} changes have not reached your host yet, and go with it.`,
  eraseOthers:
    "Your other devices keep all of it. Remove this one from their list of devices, so that nothing more is sealed for it.",
  eraseWordsLeft:
    "No other device has it. With your 24 words it can be brought back from your host, and without them by nobody.",
  eraseLast:
    "No other device has it, and there are no 24 words. Afterwards nobody can read any of it again. Export it first if you may want it.",
  eraseHost:
    "Your host keeps its sealed envelopes, which it cannot read. To delete those too, stop the host and delete its folder there.",
  eraseFiles: "Files that you exported or downloaded stay where you put them.",
  eraseType: (word: string) => `Type “${word}” to go on`,
  eraseWord: "delete",
  eraseDo: "Delete everything here",

  temporaryNote:
    "On no disk: neither on this device nor on your host, not even sealed. It is gone when you close it, or this page.",
  temporaryKeep: "Keep this chat",
  temporaryClose: "Close",
  temporaryKept: "Kept with your other chats",
  temporaryClosed: "Closed. Nothing of it is left.",

  statusTitle: "Status and privacy",
  closeStatus: "Close status and privacy",
  services: "Your host",
  relayName: "Keeps and passes on",
  relayStates: {
    live: "Reachable",
    connecting: "Looking for it",
    offline: "Away",
    refused: "Does not serve this vault",
  } satisfies Record<VaultStatus["link"], string>,
  relayFull: "Reachable, and takes nothing more: it has no room",
  relayFullHelp:
    "What you write is safe on this device, and is sent by itself when there is room. On the host's machine, sovereign doctor says what to free: its disk, or the vault's share of it.",
  agentName: "Answers",
  agentThere: "Ready",
  agentAway: "Not there",
  backendName: "Computed by",
  backendModels: (many: number) => (many === 1 ? "1 model" : `${many} models`),
  gatewayName: "Serves other tools",
  gatewayThere: "Ready, for tools that hold a key",
  gatewayAway: "Not there",
  queueName: "Waiting for their turn",
  queueNone: "No questions",
  queueSome: (many: number) => (many === 1 ? "1 question" : `${many} questions`),
  shareName: "Room on your host",
  shareSays: (used: string, of: string) => `${used} of ${of} GB`,
  shareHelp:
    "Nearly full: when it is full, what you write stays on your devices. Give it more where the host starts (SOVEREIGN_VAULT_GB), or destroy a project that you no longer need.",
  awaySince: (when: string) => `Away since ${when}`,
  unreachedSince: (when: string) => `Not reached from here since ${when}`,
  serviceNames: {
    host: "The whole host",
    relay: "Keeps and passes on",
    agent: "Answers",
    gateway: "Serves other tools",
    backend: "Model server",
    tailnet: "Tailnet",
    certificate: "Certificate for other devices",
    backup: "Backups",
    push: "Notifications",
  } satisfies Record<ServiceKind | "host", string>,
  serviceStates: {
    well: "Well",
    starting: "Starting",
    trouble: "Something is wrong",
    off: "Not in use",
  } satisfies Record<ServiceState, string>,
  troubles: {
    crashed: "Stopped by itself and was started again",
    hung: "Did not respond and was started again",
    stalled: "Stands still: something waits and nothing gets done",
    unreachable: "Cannot be reached",
    failed: "Did not work",
    late: "Overdue",
    expiring: "Ends within days",
    expired: "Has ended",
    gone: "Was gone, as after a power cut",
  } satisfies Record<Trouble, string>,
  /** What to do, where the kind of service says it. */
  serviceHelp: {
    backend: "Start it on its machine, or look at its own window: your host finds it again by itself.",
    tailnet: "Start Tailscale on the host's machine and sign in. Your other devices find the host again by themselves.",
    certificate: "On the host's machine, “sovereign doctor” says why it was not renewed, and what to do.",
    backup: "On the host's machine, “sovereign doctor” says why, and “sovereign backup” makes one now.",
    push: "Nothing to do: notifications wait for their service. Everything else works.",
  } as Partial<Record<ServiceKind, string>>,
  troubleHelp: {
    crashed: "Nothing to do: it was started again. If it goes on, “sovereign logs” on the host's machine says more.",
    hung: "Nothing to do: it was started again. If it goes on, “sovereign logs” on the host's machine says more.",
    stalled:
      "Look at the model server and at the disk of the host's machine: “sovereign doctor” says what is wrong there.",
    unreachable: "On the host's machine, “sovereign doctor” says what to do.",
    failed: "On the host's machine, “sovereign doctor” says what to do.",
    late: "On the host's machine, “sovereign doctor” says what to do.",
    expiring: "On the host's machine, “sovereign doctor” says what to do.",
    expired: "On the host's machine, “sovereign doctor” says what to do.",
    gone: "It is back. If it goes on, look at the power and the memory of the host's machine.",
  } satisfies Record<Trouble, string>,
  indexTitle: "Search on this device",
  indexName: "Your chats",
  indexStarting: "Being looked at",
  indexWhole: (messages: number) =>
    messages === 1 ? "1 message, nothing left to read" : `${messages} messages, nothing left to read`,
  indexBehind: (messages: number, chats: number) =>
    `${messages === 1 ? "1 message" : `${messages} messages`}, ${chats === 1 ? "1 chat" : `${chats} chats`} still to be read`,
  indexTrouble: "Is being begun anew",
  indexError: (says: string, when: string) => `${when}: ${says}`,
  indexErrors: {
    broke: "The search stopped and was begun anew. Nothing of your chats is lost by that.",
    hung: "The search did not answer for a minute and was begun anew. Nothing of your chats is lost by that.",
    unread: "A chat could not be opened to be read. It is tried again with the next search.",
    unsaved:
      "What was read could not be kept for the next time: this device may be out of room. Search works all the same.",
  } satisfies Record<"broke" | "hung" | "unread" | "unsaved", string>,
  filesIndexName: "Files",
  filesIndexed: (files: number) => (files === 1 ? "1 file, read for a question" : `${files} files, read for questions`),
  backupFirst: "The first one is still to come",
  serviceSince: (says: string, when: string) => `${says} since ${when}`,
  serviceRestarts: (times: number) => (times === 1 ? "started again once" : `started again ${times} times`),
  incidentsTitle: "What went wrong there lately",
  incidentSpan: (from: string, to: string) => `${from} to ${to}`,
  incidentLasts: (from: string) => `since ${from}`,
  incidentTimes: (says: string, times: number) => (times === 1 ? `${says}` : `${says}, ${times} times`),
  syncTitle: "Not yet on your host",
  syncNone: "All that was written on this device is on your host.",
  syncUnsaved: "Being saved on this device",
  syncPending: (many: number) => (many === 1 ? "1 change to send" : `${many} changes to send`),
  syncFiles: (many: number) => (many === 1 ? "1 file to send" : `${many} files to send`),
  devicesTitle: "Devices",
  seenNow: "Here now",
  seenNever: "Not seen yet",
  seenAt: (when: string) => `Last seen ${when}`,
  lacksNothing: "Has everything from here",
  lacksSome: (many: number) => (many === 1 ? "Lacks something of 1 chat" : `Lacks something of ${many} chats`),

  leftTitle: "What left this device readable",
  leftNote:
    "To answer, your host reads that one chat, in memory, while it answers. These are the answers on this device, the newest first, and what computed each.",
  leftNone: "Nothing yet. No question was answered.",
  leftMore: "Show more",
  leftReading: "Reading…",
  leftUnknown: "Nobody named",
  linksTitle: "Links you followed since this page was opened",
  linksNone: "None. A site you open from an answer sees your device like any visitor.",
  linksNote: "Kept only while this page is open.",
  relayTitle: "What your host stores, and can see of it",
  relaySees: [
    "That a device of yours wrote, when, and how much.",
    "Which envelopes belong together, by names that are random.",
    "The public keys of your devices, and when one came or was removed.",
    "When tasks of yours are due, as long as a device is to be told even when closed: the minute, and nothing of what.",
  ],
  relaySeesNot: [
    "Words, titles, drafts and files: all of it arrives sealed.",
    "The names of your devices.",
    "Which question an envelope holds, or that it holds one.",
  ],
  relaySeesHead: "It can see",
  relaySeesNotHead: "It cannot see",
  storageTitle: "Storage on this device",
  storageUsed: (used: string, room: string) => `${used} used of ${room} that the browser gives this page.`,
  storageUnknown: "This browser does not say how much is used.",
  storageKept: "The browser keeps it until you remove it.",
  storageMayGo: "The browser may clear it when space runs short. Your host has everything that was sent to it.",
  storageAsk: "Ask the browser to keep it",
  storageRefused:
    "The browser said no for now. Installing Sovereign, or using it for some days, usually changes its mind.",

  keysNote: "Press one to bind other keys to it. They hold on this device.",
  keyActions: {
    search: "Search and commands",
    newChat: "New chat",
    temporary: "Temporary chat",
    focusMessage: "To the message",
    nextChat: "Next chat",
    previousChat: "Previous chat",
    sidebar: "Show or hide the chats",
    model: "Choose a model",
    stop: "Stop the answer",
    regenerate: "Try the last answer again",
    copyLast: "Copy the last answer",
    copyLastCode: "Copy the last code",
    lock: "Lock now",
    settings: "Settings",
    status: "Status and privacy",
    keys: "Keyboard shortcuts",
  } satisfies Record<KeyAction, string>,
  keyNone: "None",
  keyChange: (does: string, keys: string) => `${does}: ${keys}. Change`,
  keyPress: "Press the keys…",
  keyTaken: (keys: string, by: string) => `${keys} is taken by “${by}”.`,
  keyInstead: "Use it here instead",
  keyReserved: (keys: string) => `${keys} belongs to the browser, or to every text. Press others.`,
  keyPlain: (keys: string) => `${keys} alone would be typed. Hold Ctrl, Cmd or Alt with it.`,
  keyReset: "Reset all keys",

  look: "Look",
  textSize: "Text size",
  textSizes: { normal: "Normal", small: "Small", large: "Large", larger: "Larger" },
  density: "Density",
  densities: { roomy: "Roomy", compact: "Compact" },
  languageOfPage: "Language",
  languages: { system: "System", en: "English", de: "Deutsch" },
  templatesNote:
    "Type a slash and a name in an empty message to use one. Words in double braces, such as {{name}}, are places to fill in; Tab goes from one to the next.",
  newTemplate: "New template",
  templateName: "Name",
  templateText: "Text",
  editTemplate: (name: string) => `Edit ${name}`,
  removeTemplate: (name: string) => `Delete ${name}`,
  templateFrom: (from: string) => `From “${from}”. Its words count as others’ in a chat, until you write them anew.`,
  templateRemoved: "Template deleted",
  lock: "Lock",
  lockNote: "Without a lock, whoever can use this browser can read your chats.",
  keyNewLine: "Start a line",
  keyEditLast: "Edit the last question",
  keyNextPlace: "Next place of a template",
  keyVersions: "Previous and next version",
  keyWhoAnswers: "Choose a model by its name",
  keyGoesAlong: "Add an artifact, a file or a chat by its name",
};

export type SettingsStrings = typeof settingsEnglish;
