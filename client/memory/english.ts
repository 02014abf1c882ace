/** Words of what is remembered. German: german.ts. */
export const memoryEnglish = {
  memory: "Memory",
  memoryNote: "What is known in every chat, and goes with each question. Temporary chats never see it.",
  projectMemory: "Remembered here",
  projectMemoryNote: "Goes with each question in this project, and with no other.",
  proposes: "Let models propose what to remember",
  proposesNote: "Nothing is kept until you say so.",
  keepsUnasked: "Keep what models propose here without asking",
  keepsUnaskedNote:
    "You see it in this list, and can take it out again. After a model has read what others wrote, you are still asked.",
  none: "Nothing yet.",
  full: (many: number) =>
    many === 1
      ? "One of these is not told to models: there is no more room in a question. Pinned ones go first, then the newest. Take something out that matters less, or say it more briefly."
      : `${many} of these are not told to models: there is no more room in a question. Pinned ones go first, then the newest. Take something out that matters less, or say it more briefly.`,
  untold: "Not told",
  add: "Add something to remember",
  addHint: "One sentence, such as: I am vegetarian.",
  addButton: "Add",
  factText: "What is remembered",
  pin: (text: string) => `Keep at the front: ${text}`,
  expires: (text: string) => `Until when: ${text}`,
  expiryChoices: {
    never: "For good",
    month: "For 30 days",
    year: "For a year",
    until: (date: string) => `Until ${date}`,
  },
  forget: (text: string) => `Forget: ${text}`,
  forgotten: "Forgotten.",
  fromChat: (title: string) => `From “${title}”`,
  byYou: "Written by you",
  asks: "Remember this?",
  keep: "Remember",
  keepHere: (project: string) => `Only in ${project}`,
  decline: "No",
};

export type MemoryStrings = typeof memoryEnglish;
