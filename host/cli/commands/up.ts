import type { Command } from "../command.ts";

export const up: Command = {
  name: "up",
  usage: "",
  summary: "starts the host and prints its link",
  help: "As npm start, but an app that is built already is served as it is. Ctrl-C stops the host. What it reads from the\nenvironment (SOVEREIGN_HOME, SOVEREIGN_PORT, …) stands in the README.",
  wordsMax: 0,
  run: async () => {
    // It is the whole program from here on, with its own signals and its own end.
    await import("../../main.ts");
    return new Promise(() => {});
  },
};
