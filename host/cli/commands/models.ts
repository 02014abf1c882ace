import { askHost } from "../../control.ts";
import type { Command } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";

export const models: Command = {
  name: "models",
  usage: "[list]",
  summary: "lists the models that the host can use",
  help: "Asks the host on this machine, or else, as a device, the host of your vault. The one marked * answers when you name none.",
  wordsMax: 1,
  run: async ({ terminal, home, words }) => {
    if (words[0] !== undefined && words[0] !== "list")
      throw new CliError(EXIT.usage, `Try: sovereign models ${models.usage}`);
    const here = (await askHost(home, "status"))?.backend ?? null;
    const info = here ?? (await askAsDevice());
    if (info === null)
      throw new CliError(EXIT.noHost, "The host has not said yet what it can use. Try again in a moment.");
    const { kind, label, defaultModel } = info;
    if (terminal.isJson) terminal.json({ kind, label, models: info.models, defaultModel });
    else {
      for (const name of info.models) terminal.line(`${name === defaultModel ? "*" : " "} ${name}`);
      if (kind === "guide")
        terminal.note("No model server was found: the built-in guide answers, which is not a model.");
    }
    return EXIT.ok;

    async function askAsDevice() {
      const { openDevice, requireLive } = await import("../device.ts");
      const device = await openDevice(home, terminal);
      try {
        requireLive(device);
        return device.vault.status().host?.info ?? null;
      } finally {
        await device.close();
      }
    }
  },
};
