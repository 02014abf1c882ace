/**
 * Every word that a person reads, in one table. A second language is a second table of the same shape.
 * Short, plain, from the owner's side; an error says what happened, what is safe and what to do.
 */
export const english = {
  language: "en",
  appName: "Sovereign",
  skipToMessage: "Skip to the message",
  opening: "Opening your vault",

  chats: "Chats",
  newChat: "New chat",
  untitledChat: "New chat",
  openChats: "Open chats",
  closeChats: "Close chats",
  noChats: "What you ask is kept here, sealed.",
  today: "Today",
  yesterday: "Yesterday",
  lastWeek: "Last 7 days",
  lastMonth: "Last 30 days",
  chatMenu: (title: string) => `Actions for ${title}`,
  rename: "Rename",
  remove: "Delete",
  chatTitle: "Chat title",
  chatRemoved: (title: string) => `“${title}” deleted`,
  undo: "Undo",
  dismiss: "Dismiss",
  answering: "Answering",
  waiting: "Waiting",

  conversation: "Conversation",
  you: "You",
  assistant: "Assistant",
  showAll: "Show all",
  jumpToLatest: "Jump to latest",
  copy: "Copy",
  copied: "Copied",
  copyAnswer: "Copy answer",
  tryAgain: "Try again",
  withdraw: "Take back",
  details: "Details",
  answerActions: "Answer",
  thinking: "Thinking",
  thoughtFor: (seconds: number) => (seconds < 1 ? "Thought for a moment" : `Thought for ${seconds} s`),
  thought: "Thoughts",
  code: "Code",
  table: "Table",
  image: (alt: string) => (alt === "" ? "Image, not loaded" : `Image, not loaded: ${alt}`),
  done: "Done",
  notDone: "Not done",

  runWaiting: "Waiting for your host",
  runSending: "On its way to your host",
  runAccepted: "Accepted by your host",
  runStopped: "Stopped",
  runInterrupted: "Interrupted. What had arrived is kept.",
  runFailed: (says: string) => `Failed: ${says}`,
  runFailedPlain: "Failed. Nothing was lost.",
  runWithdrawn: "Taken back before it was answered",
  answerReady: "The answer is complete.",

  detailModel: "Answered by",
  detailWhere: "Where",
  detailTokens: "Tokens",
  detailFirstToken: "First token",
  detailTotal: "Total",
  detailAt: "Asked",
  tokens: (prompt: string, completion: string) => `${prompt} read, ${completion} written`,
  seconds: (seconds: string) => `${seconds} s`,

  message: "Message",
  messageHint: "Write a message",
  send: "Send",
  stop: "Stop",
  hostAwayHint: "Will be answered when your host is reachable",
  queueHint: "Answered after this one",
  keysHint: "Enter sends, Shift+Enter starts a line",
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
  chatUnavailableText: "It may have been deleted, or it belongs to another vault. Your other chats are in the list.",

  theme: "Theme",
  themes: { system: "System", light: "Light", dark: "Dark" },
  hostAway: "Your host is away",
  hostRefused: "Your host does not serve this vault. What you write is kept on this device.",
  hostNone: "No host yet",
  hostGuide: "Guide, not a model",

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
  noLinkTitle: "This device has no vault yet",
  noLinkText:
    "A vault is created with the link that your host prints when it starts. On the machine that runs your host:",
  noLinkSteps: [
    "Open a terminal in Sovereign's folder.",
    "Type `npm start`.",
    "Open the link that follows “Open:”, on this machine.",
  ],
  noLinkClaimed:
    "If your host prints a link without a claim, its vault was created already, in another browser. Open the app there.",
  linkUsedAlready: "That link was already used to create this vault, which is open now.",

  elsewhereTitle: "Sovereign is open in another tab",
  elsewhereText: "One tab at a time holds your keys. What you wrote there is kept; it continues here.",
  useItHere: "Use it here",

  failedTitle: "Your vault could not be opened",
  failedSafe: "Nothing was changed and nothing was deleted.",
  createFailedTitle: "The vault was not created",
  somethingFailed:
    "Something went wrong that Sovereign did not expect. Reload the page; what you wrote is kept on this device.",
  actionFailed: "That did not work. Nothing was lost; try again.",

  unsupportedTitle: "This browser cannot keep a vault",
  unsupportedSecure:
    "The page was opened over a connection that browsers do not trust with keys. Open it as http://localhost:4242 on the host itself, or over HTTPS.",
  unsupportedStorage:
    "It does not let this page keep data. Leave private browsing, or allow storage for this page, and reload.",
  unsupportedOld: "It lacks something the seal needs. Use a current Chrome, Edge, Firefox or Safari.",

  updateReady: "A new version is ready",
  updateNow: "Reload now",
};

export type Strings = typeof english;

/** The language is chosen once, when the page opens. */
export const t: Strings = english;
