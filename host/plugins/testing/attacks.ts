/** What somebody might do to a plugin's folder on its way: each named, and done to the folder `at`. */
import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "#crypto/bytes.ts";
import { sign } from "#crypto/device.ts";
import { makePlugin, publisherKey } from "./makePlugin.ts";

const [ann, mallory] = [publisherKey(1), publisherKey(2)];
const hex = (key: typeof ann): string => bytesToHex(key.publicKey);

export const attacks: readonly (readonly [string, (at: string) => void])[] = [
  ["a file more", (at) => writeFileSync(join(at, "more.mjs"), "1")],
  ["a file less", (at) => rmSync(join(at, "lib", "words.txt"))],
  ["a hidden file", (at) => writeFileSync(join(at, ".env"), "1")],
  ["a folder of modules", (at) => cpSync(join(at, "lib"), join(at, "node_modules", "x"), { recursive: true })],
  ["a file by another name", (at) => renameSync(join(at, "server.mjs"), join(at, "Server.mjs"))],
  [
    "two files swapped",
    (at) => [
      renameSync(join(at, "tools.json"), join(at, "x")),
      renameSync(join(at, "lib/words.txt"), join(at, "tools.json")),
      renameSync(join(at, "x"), join(at, "lib/words.txt")),
    ],
  ],
  [
    "a link in a file's place",
    (at) => [rmSync(join(at, "tools.json")), symlinkSync("/etc/hostname", join(at, "tools.json"))],
  ],
  ["a link to a folder", (at) => symlinkSync("/etc", join(at, "etc"))],
  ["no signature", (at) => rmSync(join(at, "plugin.sig"))],
  ["an empty signature", (at) => writeFileSync(join(at, "plugin.sig"), "")],
  ["a signature of zeros", (at) => writeFileSync(join(at, "plugin.sig"), "0".repeat(128))],
  ["no manifest", (at) => rmSync(join(at, "plugin.json"))],
  ["an empty manifest", (at) => writeFileSync(join(at, "plugin.json"), "")],
  ["a manifest that is a list", (at) => writeFileSync(join(at, "plugin.json"), "[]")],
  ["a manifest nested without end", (at) => writeFileSync(join(at, "plugin.json"), "[".repeat(400_000))],
  ["a manifest of a megabyte", (at) => writeFileSync(join(at, "plugin.json"), " ".repeat(1_048_577))],
  [
    "another's signature over it",
    (at) =>
      writeFileSync(
        join(at, "plugin.sig"),
        bytesToHex(sign("sovereign/plugin/v1", readFileSync(join(at, "plugin.json")), mallory)),
      ),
  ],
  [
    "its own publisher's signature for something else",
    (at) =>
      writeFileSync(
        join(at, "plugin.sig"),
        bytesToHex(sign("sovereign/approval/v1", readFileSync(join(at, "plugin.json")), ann)),
      ),
  ],
  ["signed by itself", (at) => void makePlugin(at, mallory)],
  [
    "another's key written into it",
    (at) =>
      writeFileSync(
        join(at, "plugin.json"),
        readFileSync(join(at, "plugin.json"), "utf8").replace(hex(ann), hex(mallory)),
      ),
  ],
  [
    "two publishers in one manifest",
    (at) =>
      writeFileSync(
        join(at, "plugin.json"),
        readFileSync(join(at, "plugin.json"), "utf8").replace(
          '"publisher"',
          `"publisher": "${hex(mallory)}", "publisher"`,
        ),
      ),
  ],
  [
    "the manifest of another version of it",
    (at) => [
      makePlugin(`${at}-2`, ann, { version: "2.0.0", says: "Another." }),
      cpSync(`${at}-2/plugin.json`, join(at, "plugin.json")),
    ],
  ],
  [
    "manifest and signature of one with other files",
    (at) => [
      makePlugin(`${at}-2`, ann, { served: [] }),
      cpSync(`${at}-2/plugin.json`, join(at, "plugin.json")),
      cpSync(`${at}-2/plugin.sig`, join(at, "plugin.sig")),
    ],
  ],
];
