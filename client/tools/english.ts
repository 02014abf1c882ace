/** The words of tools: what they did, what they ask, and what they may do. German: german.ts. */
export const toolEnglish = {
  /** By the tool's name; others are called as they are. */
  names: {
    time: "Looked at the time",
    calculate: "Calculated",
    artifact_create: "Made an artifact",
    artifact_edit: "Proposed an edit",
    artifact_read: "Read an artifact",
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
    tainted: "The model has read words that others wrote. They may have talked it into this.",
    private:
      "It may hold something of yours that the model elsewhere was not shown (an address, a number, a key), and it could send that out.",
    "may-have-run": "It may have been done already, when your host stopped.",
  },
  exactly: "This is exactly what is run. What could hide is marked.",
  hidden: (many: number) =>
    many === 1
      ? "One hidden sign is marked: it may make this look like something else."
      : `${many} hidden signs are marked: they may make this look like something else.`,
  secondsLeft: (seconds: number) => `No answer within ${seconds} s is a no.`,
  allow: "Allow once",
  always: "Always allow this tool",
  alwaysNote: "In this project; in chats without a project, in all of those.",
  refuse: "Don’t allow",
  answered: "Told your host.",

  formTitle: "A tool asks you something",
  formNote: "Your answer goes to this tool’s server. Never put a password or a key in here.",
  formSend: "Send",
  formRefuse: "Don’t answer",
  formSecondsLeft: (seconds: number) => `No answer within ${seconds} s is none.`,
  formOptional: "(if you like)",
  formMissing: "Please fill this in.",
  formChoose: "Choose…",

  rules: "Tools",
  rulesNote: "What tools may do when a model wants them. Only your devices can change this, never a model or a tool.",
  rulesOfProject: "What tools may do in this project. Only your devices can change this, never a model or a tool.",
  ruleFor: (what: string) => `Rule: ${what}`,
  ruleNames: { deny: "Never", ask: "Ask each time", allow: "Always" },
  ownRules: "Tools with a rule of their own",
  forget: (name: string) => `Forget the rule for ${name}`,
};

export type ToolStrings = typeof toolEnglish;
