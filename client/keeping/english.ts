/** How long a project's chats are kept, and how it is destroyed. */
export const keepingEnglish = {
  keepTitle: "How long chats are kept",
  forEver: "For ever",
  days: (count: number) => (count === 1 ? "1 day after the last message" : `${count} days after the last message`),
  otherDays: "Another number of days…",
  daysField: "Days",
  keepNote:
    "A chat that is older is marked first, and destroyed a week later: on every device and at your host, with its files, for good. Pinned chats stay, and so does one that waits for an answer.",
  goNext: (count: number) => (count === 1 ? "One chat goes next" : `${count} chats go next`),
  goesOn: (day: string) => `goes on ${day}`,
  keep: "Keep",
  keepHint: "Pins it: pinned chats are kept.",
  destroyTitle: "Destroy this project",
  destroyNote: "Deleting can be taken back. Destroying cannot: afterwards nobody can read what it held, you neither.",
  destroyBegin: "Destroy this project…",
  goes: (chats: number, artifacts: number) =>
    `What goes: ${chats === 1 ? "1 chat" : `${chats} chats`}, ${artifacts === 0 ? "" : artifacts === 1 ? "1 artifact, " : `${artifacts} artifacts, `}all files, instructions, tasks and memory; what is archived or deleted counts, too. What is being answered there is stopped.`,
  goesWhere: (others: string) =>
    others === ""
      ? "From where: this device and your host, at once."
      : `From where: this device and your host at once, and ${others} as soon as each reaches your host. A device that is away keeps it until then; one that you removed keeps what it had.`,
  goesBackups:
    "Backups in your host's own folder give up the keys to it when the next one is made. Copies that you took elsewhere hold them still: who has one, with your 24 words or one of your devices, could read it. Delete those copies, or run “sovereign backup --forget” on them.",
  goesNot:
    "What stays: files that you exported or downloaded, what a model's server wrote down, the record of what tools did, and, sealed, its name and titles in the history of your lists until that is shortened.",
  needsHost: "Your host has to be reachable for this: what it holds must go, too.",
  typeName: (name: string) => `Type its name, “${name}”, to go on`,
  destroyDo: "Destroy for good",
  destroying: "Destroying…",
  destroyed: "This project was destroyed",
  destroyedAt: (day: string) => `Destroyed on ${day}.`,
  destroyedTitle: "Destroyed projects",
  goneFrom: (devices: string) => `Gone from ${devices}.`,
  goneStill: (devices: string) => `Still to come: ${devices}. Open the app there once, with your host in reach.`,
  goneAll: "It is gone from all your devices.",
  thisDevice: "this device",
  untitled: "Untitled project",
  unkeptTitle: (messages: number) =>
    messages === 1
      ? "One message that you wrote here could not be kept: its chat was destroyed while this device was away."
      : `${messages} messages that you wrote here could not be kept: their chat was destroyed while this device was away.`,
  unkeptText: "Only this device has what you wrote.",
  unkeptTake: (messages: number): string => (messages === 1 ? "Keep it in a new chat" : "Keep them in a new chat"),
  unkeptDiscard: (messages: number): string => (messages === 1 ? "Let it go" : "Let them go"),
  unkeptTaken: (chats: number) => (chats === 1 ? "Kept in a new chat" : `Kept in ${chats} new chats`),
  unkeptDiscarded: "Let go",
};

export type KeepingStrings = typeof keepingEnglish;
