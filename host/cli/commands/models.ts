import { askHost } from "../../control.ts";
import type { Command } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";

export const models: Command = {
  name: "models",
  usage: "[list] | pull NAME [--sha256 HEX] [--without-engine]",
  summary: "lists the models that the host can use; fetches one to run in the host itself",
  help: "Asks the host on this machine, or else, as a device, the host of your vault. The one marked * answers when you name none.\npull fetches a GGUF file into the home and, unless --without-engine is given, the engine that runs it: owner/repo:Q4_K_M of\nHugging Face, or an address with its --sha256. Ctrl-C keeps what came; the same command goes on from there.",
  options: { sha256: { type: "string" }, "without-engine": { type: "boolean" } },
  wordsMax: 2,
  run: async (call) => {
    const { terminal, home, words } = call;
    const [verb, name] = words;
    if (verb === "pull" && name !== undefined) return (await import("../pullModel.ts")).runPull(call, name);
    if (name !== undefined) throw new CliError(EXIT.usage, `Try: sovereign models ${models.usage}`);
    if (words[0] !== undefined && words[0] !== "list")
      throw new CliError(EXIT.usage, `Try: sovereign models ${models.usage}`);
    const here = (await askHost(home, "status"))?.backend ?? null;
    const info = here ?? (await askAsDevice());
    if (info === null)
      throw new CliError(EXIT.noHost, "The host has not said yet what it can use. Try again in a moment.");
    const { kind, label, defaultModel, remark = "" } = info;
    if (terminal.isJson) terminal.json({ kind, label, models: info.models, defaultModel, remark });
    else {
      for (const name of info.models) terminal.line(`${name === defaultModel ? "*" : " "} ${name}`);
      if (remark !== "") terminal.note(remark);
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
