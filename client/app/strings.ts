/**
 * Every word that a person reads, in one table for each language (`german.ts`), all of the same shape.
 * Short, plain, from the owner's side; an error says what happened, what is safe and what to do.
 */
import { useVaultSentences } from "./sayVault.ts";

export const english = {
  language: "en",
  direction: "ltr" as "ltr" | "rtl",
  appName: "Sovereign",
  skipToMessage: "Skip to the message",
  opening: "Opening your vault",

  chats: "Chats",
  newChat: "New chat",
  untitledChat: "New chat",
  openChats: "Open chats",
  closeChats: "Close chats",
  noChats: "What you ask is kept here, sealed.",
  artifacts: "Artifacts",
  tasks: "Tasks",
  tasksDue: (many: number) => `${many} due`,
  temporary: "Temporary chat",
  temporaryOpen: "Back to the temporary chat",
  temporaryNoFiles: "Files are kept on a disk, and nothing of a temporary chat is. Keep the chat first.",
  sealNone: "On no disk",
  today: "Today",
  yesterday: "Yesterday",
  lastWeek: "Last 7 days",
  lastMonth: "Last 30 days",
  thisChat: "This chat",
  chatMenu: (title: string) => `Actions for ${title}`,
  rename: "Rename",
  remove: "Delete",
  pin: "Pin",
  unpin: "Unpin",
  pinned: "Pinned",
  archive: "Archive",
  unarchive: "Bring back from the archive",
  archived: (many: number) => `Archive (${many})`,
  chatsArchived: (many: number) => (many === 1 ? "Chat archived" : `${many} chats archived`),
  chatsRemoved: (many: number) => `${many} chats deleted`,
  move: "Move",
  alsoHere: (names: string) => `Also here: ${names}`,
  moveToProject: "Move to a project…",
  localOnlyTag: "Stays on your own machines",
  unread: "Unread",
  recordedFrom: (tool: string) => `Said by the tool ${tool}, through your host`,
  selectSeveral: "Select several",
  selectedCount: (many: number) => (many === 0 ? "None selected" : `${many} selected`),
  chatTitle: "Chat title",
  chatRemoved: (title: string) => `“${title}” deleted`,
  undo: "Undo",
  dismiss: "Dismiss",
  answering: "Answering",
  waiting: "Waiting",

  search: "Search",
  palette: "Search and commands",
  searchHint: "Search, or type a command",
  messages: "Messages",
  closePalette: "Close search",
  copyLastAnswer: "Copy the last answer",
  noCode: "No answer here has code in it.",
  searchMissing: "Search could not be loaded. Reload the page when your host is there.",
  searchIsLocal: "Searched on this device",

  conversation: "Conversation",
  you: "You",
  assistant: "Assistant",
  jumpToLatest: "Jump to latest",
  copy: "Copy",
  copied: "Copied",
  copyLink: "Copy link",
  linkCopied: "Link copied. It opens on devices of this vault, and says nothing to anybody else.",
  linkCopiedHere: "Link copied. It opens on this machine only: on others once your host is in a tailnet (see Devices).",
  temporaryNoLink: "A temporary chat has no link: it is on no other device.",
  messageNotHere: "This message is not on this device yet, or it was deleted. It is shown once it arrives.",
  tryAgain: "Try again",

  forked: "A new chat, with everything up to there",
  messagesRemoved: (many: number) =>
    many === 1 ? "Message deleted" : `Message deleted, with the ${many - 1} after it`,
  versions: (at: number, of: number) => `Version ${at} of ${of}`,
  edit: "Edit",
  save: "Save",
  cancel: "Cancel",

  seconds: (seconds: string) => `${seconds} s`,

  message: "Message",
  messageHint: "Write a message",
  send: "Send",
  stop: "Stop",
  slashCommands: "Commands and templates",
  goesAlong: "Goes with the question",
  artifact: "Artifact",
  projectFile: "File of this project",
  chat: "Chat",
  slashNew: "new",
  slashTemporary: "temporary",
  slashSearch: "search",
  slashSettings: "settings",
  slashCopy: "copy",
  slashArtifact: "artifact",
  slashArtifactSays: "Let models make artifacts in this chat, or stop it",
  pasted: (lines: string) => `Pasted text, ${lines} lines`,
  removePaste: "Remove the pasted text",
  attach: "Attach files",
  dropHere: "Let go to attach",
  removeFile: (name: string) => `Take out ${name}`,
  fileUnreadable: (name: string) => `“${name}” could not be read. Choose it again; your message is still in the box.`,
  noFolders: "A folder cannot be attached. Choose the files in it.",
  files: "Files",
  model: "Model",
  shareLost: "What was shared did not arrive. Share it once more.",
  hostAwayHint: "Will be answered when your host is reachable",
  queueHint: "Answered after this one",
  keysHint: "Enter sends, Shift+Enter starts a line",
  keysHintLine: (keys: string) => `${keys} sends, Enter starts a line`,
  answersFrom: (label: string) => `Answers: ${label}`,

  sync: "Sync",
  syncOnDevice: "On this device, waiting for your host",
  syncOnHost: "On your host",
  syncOnOther: "On another device too",
  syncSending: "Sending…",
  syncReceiving: "Receiving…",
  syncSaving: "Saving on this device…",
  syncConnecting: "On this device, looking for your host",
  syncAway: "Waiting for your host",
  syncDirect: "Direct to your other device",
  syncAlsoDirect: "On your host, and direct to your other device",
  syncNeedsYou: "Needs you",
  sealOpen: "On this device",
  sealHalf: "On your host",
  sealFull: "On another device too",
  sealTravelling: "On its way",
  sealBroken: "Needs you",

  startTitle: "What is on your mind?",
  startText: "What you write is sealed on this device before it goes anywhere. Your own host answers.",
  startGuideText: "No model is connected yet, so the guide answers: it knows this product's manual, and nothing else.",
  startAwayText: "Your host is away. Write now, and it is answered once, when your host is back.",
  tryOne: "To begin",
  guideExamples: ["What is Sovereign, in plain words?", "Who can read what I write here?", "How do I connect a model?"],
  modelExamples: [
    "Help me begin a letter I keep putting off.",
    "Explain how my mortgage works, without jargon.",
    "Make a plan for my week out of a few notes.",
  ],
  chatUnavailableTitle: "This chat is not here",
  chatUnavailableText:
    "It may have been deleted, or not have reached this device yet, or it belongs to another vault, which no link opens. Your other chats are in the list.",

  settings: "Settings",
  closeSettings: "Close settings",
  noticeTitle: "An answer is ready",
  taskDueTitle: "A task is due",
  slashPrompts: "prompts",
  slashPromptsSays: "Prompts of your tool servers",
  templates: "Templates",
  exportChat: "Export…",
  shortcuts: "Keyboard shortcuts",
  theme: "Theme",
  themes: { system: "System", light: "Light", dark: "Dark" },
  status: "Status and privacy",
  hostAway: "Your host is away",
  hostRefused: "Your host does not serve this vault. What you write is kept on this device.",
  hostNone: "No host yet",
  hostGuide: "Guide, not a model",
  modelsAway: "No model server answers",

  welcomeTitle: "A private assistant, on hardware you own",
  welcomeText:
    "Everything you write is sealed on this device before it leaves it. Your host stores only sealed envelopes, and unseals one chat at a time to answer you.",
  welcomeLimit:
    "The honest limit: while your host answers a chat, it holds that chat readable in its memory. Nothing readable is written to its disk.",
  deviceName: "Name of this device",
  deviceNameHint: "Only your own devices can read it.",
  createVault: "Create vault",
  creatingKeys: "Making your keys on this device",
  creatingClaim: "Asking your host to hold the vault",
  creatingSlow: "Your host has not answered yet. Your keys are safe on this device; nothing is lost.",
  linkUsedAlready: "That link was already used to create this vault, which is open now.",

  elsewhereTitle: "Sovereign is open in another tab",
  elsewhereText: "One tab at a time holds your keys. What you wrote there is kept; it continues here.",
  elsewhereUnstored:
    "The other tab has words of yours that are in its memory alone, since this device stores nothing more, as when its disk is full. Leave that tab open and free some room, then try again: they are stored first.",
  useHereAnyway: "Use it here and lose those words",
  useItHere: "Use it here",

  failedTitle: "Your vault could not be opened",
  failedSafe: "Nothing was changed and nothing was deleted.",
  createFailedTitle: "The vault was not created",
  somethingFailed:
    "Something went wrong that Sovereign did not expect. Reload the page; what you wrote is kept on this device.",
  actionFailed: "That did not work. Nothing was lost; try again.",

  eraseUnfinished: "Not everything is deleted yet. Close other tabs of Sovereign, then reload this one.",

  passkeyNotUsed: "The passkey was not used. Try again, or unlock in another way.",
  lockWithPassphrase: "Lock with a passphrase…",
  lockNow: "Lock now",

  unsupportedTitle: "This browser cannot keep a vault",
  unsupportedSecure:
    "The page was opened over a connection that browsers do not trust with keys. Open it as http://localhost:4242 on the host itself, or over HTTPS.",
  unsupportedStorage:
    "It does not let this page keep data. Leave private browsing, or allow storage for this page, and reload.",
  unsupportedOld: "It lacks something the seal needs. Use a current Chrome, Edge, Firefox or Safari.",

  pageFailedTitle: "This page lost its way",
  pageFailedText:
    "Something in it broke that Sovereign did not expect. Your chats are safe on this device, and so is what you were writing.",
  reload: "Reload the page",

  partAway: "This part of the app is not on this device yet. It opens as soon as your host is back.",
  updateReady: "A new version is ready",
  updateNow: "Reload now",

  devices: "Devices",
  addDevice: "Add a device",
  wordsWhy: "If every device is lost, 24 words on paper are the only way back. Nobody else has them.",
  wordsReminder: "Write down your 24 words",
  wordsSection: "24 words",
  joinHasVault: "This device has a vault already. To join another one, use another browser profile.",
};

export type Strings = typeof english;

/** Chosen once, when the page opens: by the person, else by the browser. Who changes it reads the page anew. */
export let t: Strings = english;

export const tables = {
  en: () => Promise.resolve(english),
  de: () => import("./german.ts").then(({ german }) => german),
} as const satisfies Record<string, () => Promise<Strings>>;

/** No language: English from right to left and between brackets, by which tests see what is not mirrored, and what no table says. */
export const mirrored = "mirrored";

type Language = keyof typeof tables;
const isLanguage = (name: string): name is Language => Object.hasOwn(tables, name);

/** The first language that there is a table for; without it, or when it cannot be fetched, English. */
export async function loadLanguage(wanted: readonly string[]): Promise<void> {
  if (wanted[0] === mirrored) return void (t = (await import("./mirrored.ts")).mirror(english));
  const names = wanted.map((language) => language.split("-")[0]?.toLowerCase() ?? "");
  const name = names.find(isLanguage) ?? "en";
  t = await tables[name]().catch(() => english);
  // What the vault says itself is English.
  const sentences = t.language === "de" ? await import("./vaultGerman.ts").catch(() => null) : null;
  useVaultSentences(sentences?.vaultGerman ?? null);
}
