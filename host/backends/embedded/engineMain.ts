/**
 * The engine's process: it loads the owner's copy of node-llama-cpp and serves model files on a loopback port, in the same words as every
 * other backend. A crash in native code ends this process and nothing else. It has a key that only its parent knows, holds one model at a
 * time, and ends when its parent does.
 */
import "../../steadyCompiler.ts";
import "../../egress/closed.ts";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { FromEngine, ToEngine } from "./engineProcess.ts";
import { serveEngine } from "./engineServer.ts";
import { createLlama, type Llama, type LlamaModule } from "./llama.ts";

let llama: Llama | null = null;

function send(message: FromEngine): void {
  if (process.connected) process.send?.(message);
}

async function take(message: ToEngine): Promise<void> {
  if (message.type === "files") return llama?.setFiles(message.files);
  const { folder, files, key } = message;
  const entry = createRequire(join(folder, "package.json")).resolve("node-llama-cpp");
  // oxlint-disable-next-line sovereign/layers -- reason: it lies in the owner's home and not among this program's packages.
  const module = (await import(pathToFileURL(entry).href)) as LlamaModule;
  llama = await createLlama(module);
  llama.setFiles(files);
  send({ type: "ready", port: await serveEngine({ llama, key }) });
}

process.on("message", (message: ToEngine) => {
  take(message).catch((error: unknown) => {
    send({ type: "failed", says: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    process.disconnect();
  });
});
process.once("disconnect", () => process.exit());
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
