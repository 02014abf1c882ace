/** A plugin as its publisher would bring it: a folder, signed. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signingKeyFromSeed, type SigningKey } from "#crypto/device.ts";
import { signPlugin } from "../manifest.ts";

export const publisherKey = (byte: number): SigningKey => signingKeyFromSeed(new Uint8Array(32).fill(byte));

export const tinyTools = [
  { name: "say", description: "Says what it was set to.", inputSchema: { type: "object", properties: {} } },
];

export function makePlugin(folder: string, key: SigningKey, more: Record<string, unknown> = {}): string {
  const { served = more["tools"] ?? tinyTools, ...manifest } = more;
  mkdirSync(join(folder, "lib"), { recursive: true });
  copyFileSync(join(import.meta.dirname, "tinyServer.mjs"), join(folder, "server.mjs"));
  writeFileSync(join(folder, "tools.json"), JSON.stringify(served));
  writeFileSync(join(folder, "lib", "words.txt"), "words\n");
  const whole = {
    ...{ plugin: 1, name: "tiny", version: "1.0.0", says: "A small one.", run: "server.mjs", tools: tinyTools },
    settings: [{ name: "unit", says: "Which unit." }],
    ...manifest,
  };
  writeFileSync(join(folder, "plugin.json"), JSON.stringify(whole));
  const signed = signPlugin(folder, key);
  writeFileSync(join(folder, "plugin.json"), signed.manifest);
  writeFileSync(join(folder, "plugin.sig"), signed.signature);
  return folder;
}
