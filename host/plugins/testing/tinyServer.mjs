/** A tool server in one file, as a plugin has it: it says what it was set to, and keeps a note where it may. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const settings = JSON.parse(process.env.SOVEREIGN_SETTINGS ?? "{}");
const tools = JSON.parse(readFileSync(join(import.meta.dirname, "tools.json"), "utf8"));

function call(name) {
  if (name === "keep") {
    const note = join(process.env.SOVEREIGN_STORAGE, "note");
    writeFileSync(note, "kept");
    return readFileSync(note, "utf8");
  }
  return `unit ${settings.unit ?? "none"}, ${process.argv.length - 2} words`;
}

function answer({ method, params }) {
  if (method === "initialize")
    return { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "tiny", version: "1" } };
  if (method === "tools/list") return { tools };
  if (method === "tools/call") return { content: [{ type: "text", text: call(params.name) }] };
  return {};
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.id === undefined) return;
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, result: answer(message) })}\n`);
});
