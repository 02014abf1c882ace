/** The words of tools: what they did, what they ask, and what they may do. German: german.ts. */
export const toolEnglish = {
  /** By the tool's name; others are called as they are. */
  names: {
    time: "Looked at the time",
    calculate: "Calculated",
    artifact_create: "Made an artifact",
    artifact_edit: "Proposed an edit",
    artifact_read: "Read an artifact",
    run_code: "Ran a program",
    search_knowledge: "Looked in the project’s files",
    search_chats: "Looked in your chats",
    task_list: "Looked at the tasks",
    task_add: "Added a task",
    task_done: "Marked a task as done",
    remember: "Proposed to remember something",
    folder_list: "Looked into a folder",
    folder_read: "Read a file",
    folder_search: "Searched a folder",
    folder_write: "Wrote a file",
    fetch_page: "Read a page",
  },
  /** The same as long as it has not been done. */
  plans: {
    time: "Look at the time",
    calculate: "Calculate",
    artifact_create: "Make an artifact",
    artifact_edit: "Propose an edit",
    artifact_read: "Read an artifact",
    run_code: "Run a program",
    search_knowledge: "Look in the project’s files",
    search_chats: "Look in your chats",
    task_list: "Look at the tasks",
    task_add: "Add a task",
    task_done: "Mark a task as done",
    remember: "Propose to remember something",
    folder_list: "Look into a folder",
    folder_read: "Read a file",
    folder_search: "Search a folder",
    folder_write: "Write a file",
    fetch_page: "Read a page",
  },
  used: "What tools did",
  statuses: {
    called: "Beginning",
    asks: "Waiting for you",
    running: "Under way",
    done: "Done",
    failed: "Failed",
    denied: "Not allowed",
    refused: "You said no",
    expired: "Nobody answered in time",
    stopped: "Stopped",
    "may-have-run": "May have been done",
  },
  mayHaveRunNote:
    "Your host stopped in the middle of this. It may have been done or not. It is not done again by itself.",
  given: "Asked with",
  gave: "Gave",
  showWhole: (chars: string) => `Show all of it (${chars} characters)`,
  leftOut: (chars: string) => `${chars} characters more are left out here.`,
  nothing: "Nothing",
  tool: "Tool",
  target: "Where",

  asksFor: (name: string) => `Your host asks before it does this: ${name}`,
  askTitle: "May your host do this?",
  classes: {
    "reads-here": "Reads what is here",
    "reads-outside": "Asks elsewhere, and so tells what it asks",
    "writes-here": "Changes something here",
    "sends-out": "Sends something out",
    "costs-money": "Costs money",
  },
  reasons: {
    rule: "You want to be asked about this.",
    another:
      "You said “always” of a tool of this name that was another: a different server’s, or this one before it was changed. So it asks.",
    unpinned:
      "You said “always” before it was written down which tool was meant, so it asks once more. Say it again, and it holds for exactly this one.",
    label: "This project stays on your own machines, and this would tell something outside. It asks each time.",
    tainted: "The model has read words that others wrote. They may have talked it into this.",
    private:
      "It may hold something of yours that the model elsewhere was not shown (an address, a number, a key), and it could send that out.",
    "may-have-run": "It may have been done already, when your host stopped.",
  },
  /** What saying yes means, where the name does not tell. */
  means: {
    search_chats: "One of your devices looks in your other chats, and your host is shown the lines that it finds.",
    folder_write: "What stood in that file before is gone then.",
  },
  exactly: "This is exactly what is run. What could hide is marked.",
  takenOut: (many: number) =>
    many === 1
      ? "One private thing was taken out of this before it goes to the tool."
      : `${many} private things were taken out of this before it goes to the tool.`,
  foundInside: (many: number) =>
    many === 1
      ? "There is one private thing in this (an address, a number, a key), and it goes with it."
      : `There are ${many} private things in this (addresses, numbers, keys), and they go with it.`,
  hidden: (many: number) =>
    many === 1
      ? "One sign is marked that hides or looks like another: it may make this look like something else."
      : `${many} signs are marked that hide or look like others: they may make this look like something else.`,
  secondsLeft: (seconds: number) => `No answer within ${seconds} s is a no.`,
  allow: "Allow once",
  always: "Always allow this tool",
  alwaysNote: "In this project; in chats without a project, in all of those.",
  refuse: "Don’t allow",
  answered: "Told your host.",
  notTold:
    "That could not be kept on this device, so your host was told nothing. Nothing is done without your word; try again.",
  tooLate: "The time is up. Your host took that as a no, and nothing was done.",

  formTitle: "A tool asks you something",
  formNote: "Your answer goes to this tool’s server. Never put a password or a key in here.",
  formSend: "Send",
  formRefuse: "Don’t answer",
  formSecondsLeft: (seconds: number) => `No answer within ${seconds} s is none.`,
  formOptional: "(if you like)",
  formMissing: "Please fill this in.",
  formChoose: "Choose…",

  prompts: {
    title: "Prompts of your tools",
    close: "Close the prompts",
    note: "Texts to begin with, which your tool servers bring. Their words are others’: what you choose is put beside your message, and you decide what becomes of it.",
    asking: "Asking your host…",
    failed: "Your host does not answer this now. It may be busy, or need the newer version.",
    again: "Ask again",
    none: "Your tool servers bring no prompts. One that does is added on the host: sovereign tools add",
    away: (servers: string) => `Not asked, since they do not start now: ${servers}.`,
    goes: "What you fill in goes to this tool’s server. Never put a password or a key in here.",
    put: "Put it beside my message",
    back: "All prompts",
    /** What is written into the composer beside it. */
    words: (name: string) => `Please do what “${name}” asks; it goes along as a file.`,
  },

  rules: "Tools",
  rulesNote:
    "What tools may do when a model wants them, in chats without a project: each project has rules of its own, on its page. Only your devices can change this, never a model or a tool.",
  rulesOfProject:
    "What tools may do in this project. The rules in Settings do not hold here. Only your devices can change this, never a model or a tool.",
  ruleFor: (what: string) => `Rule: ${what}`,
  ruleNames: { deny: "Never", ask: "Ask each time", allow: "Always" },
  ownRules: "Tools with a rule of their own",
  unpinned: "Asks once more: when you said this, it was not written down which tool was meant.",
  forget: (name: string) => `Forget the rule for ${name}`,

  redaction: {
    title: "What models and tools elsewhere are not shown",
    note: "Before a question of this project goes to a model server that is not on your own machines, or what a model asks of a tool elsewhere goes to that tool, what is private is looked for: addresses, numbers, keys. On your own machines nothing is changed.",
    asHost: "As on your host (usually placeholders)",
    modes: {
      placeholders: "Placeholders, which turn back in the answer",
      mask: "Blacked out, for good",
      warn: "Nothing is taken out, and the answer’s details say what went out",
      off: "Not looked for",
    },
    words: "Words of your own",
    wordsHint: "One a line: a project’s name, a client, a street",
    names: "Names and addresses, too",
    namesNote: "As far as they can be told: about three in four.",
  },

  audit: {
    title: "What tools did",
    open: "What tools did…",
    close: "Close",
    note: "Your host writes down what a tool is about to do before it does it, and what it came to. Only your devices can read that, and nobody can change it without it showing here.",
    asking: "Asking your host…",
    read: (now: number, total: number) => `Checked ${now} of ${total} entries.`,
    unread: "This could not be read. Try again.",
    again: "Try again",
    empty: "No tool has done anything yet.",
    whole: (entries: number, until: string) =>
      entries === 1
        ? `Whole: one entry, as it was written. ${until}.`
        : `Whole up to ${until}: ${entries} entries, each as it was written.`,
    broken: (at: number, why: string) => `Not whole from entry ${at} on: ${why}`,
    brokenNote:
      "Somebody changed the file on your host, or put an older copy back. What is shown below came before that. Look at the host, and at who can reach it.",
    faults: {
      "no-entry": "what stands there is no entry.",
      "other-vault": "it is of another vault.",
      "out-of-place": "it does not follow the one before.",
      unsigned: "your host did not write it.",
      cut: "it is only half there.",
      gone: "your devices have seen later entries, which are gone.",
      replaced: "your devices have seen another entry in its place.",
    },
    sealed: (many: number) =>
      many === 1
        ? "One entry is older than this device and can be read on your other ones."
        : `${many} entries are older than this device and can be read on your other ones.`,
    filters: "Show only",
    allTools: "All tools",
    place: "Where",
    allPlaces: "Everywhere",
    outcome: "Outcome",
    allOutcomes: "Any outcome",
    day: "Day",
    many: (rows: number) => (rows === 1 ? "One call" : `${rows} calls`),
    more: "Show more",
    save: "Save as a file",
    saveNote: "All entries, a line of JSON for each. They are not sealed in the file.",
    askedBy: "Asked by",
    someModel: "A model",
    allowedBy: "Allowed by",
    byRule: "Your rules",
    byDevice: (name: string) => `You, on ${name}`,
    someDevice: "a device that is gone",
    byNobody: "Nobody: nothing was done",
    when: "When",
    entries: (first: number, last: number) => (first === last ? `Entry ${first}` : `Entries ${first} to ${last}`),
    entryNumbers: "In the ledger",
    openChat: "Open the chat",
    goneChat: "A chat that is not here",
  },
};

export type ToolStrings = typeof toolEnglish;
