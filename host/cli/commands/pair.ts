import { renderUnicodeCompact } from "uqr";
import { askHost } from "../../control.ts";
import { trustNotice } from "../../link/appLink.ts";
import { comparePairing, requireDone } from "../compare.ts";
import type { Command } from "../command.ts";
import { openDevice, requireLive } from "../device.ts";
import { EXIT } from "../exit.ts";

export const pair: Command = {
  name: "pair",
  usage: "",
  summary: "shows a code that lets a new device into your vault",
  help: "Prints a QR code and a link, good for two minutes and one device. Open it on the new device (or run there: sovereign\njoin LINK), compare the six digits on both, and say y on both. With --json, one line for each step: offer, compare, done.",
  wordsMax: 0,
  run: async ({ terminal, home }) => {
    const device = await openDevice(home, terminal);
    try {
      requireLive(device);
      // On the host's own machine it is reached by a name that means nothing elsewhere.
      const https = (await askHost(home, "status"))?.https ?? null;
      const isHere = isLoopbackName(new URL(device.origin).hostname);
      const offer = await device.vault.pair(isHere ? (https?.origins[0] ?? device.origin) : device.origin);
      if (terminal.isJson) terminal.json({ event: "offer", link: offer.link, expiresAt: offer.expiresAt });
      else {
        terminal.line(`\n${renderUnicodeCompact(offer.link, { border: 2 })}\n`);
        terminal.line(`Open this on the new device, or run there:\n\n  sovereign join '${offer.link}'\n`);
        const trust = trustNotice(https);
        if (isHere && trust !== null) terminal.line(`${trust}\n`);
        terminal.line("It is good for two minutes and for one device. Show it to nobody else. Ctrl-C takes it back.");
      }
      terminal.progress("Waiting for the new device …");
      const { deviceName } = requireDone(
        await comparePairing(offer, terminal, "Waiting for a yes on the new device …"),
      );
      if (terminal.isJson) terminal.json({ event: "done", device: deviceName });
      else terminal.line(`"${deviceName}" is a device of your vault now.`);
      return EXIT.ok;
    } finally {
      await device.close();
    }
  },
};

const isLoopbackName = (name: string): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(name);
