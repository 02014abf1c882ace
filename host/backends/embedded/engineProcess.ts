/**
 * The engine as a backend: a process of its own with a few model files, started when there are some, started again when it ends. Where it
 * listens and its key stand in `engine/serving.json`, so that the gateway uses the same process and no model is loaded twice.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "#sync/ports.ts";
import { toOwnerSentence } from "../../errors.ts";
import { writeFileWhole } from "../../home.ts";
import { BackendError } from "../backend.ts";
import { field, readText } from "../fields.ts";
import { probeEveryMs } from "../limits.ts";
import type { BackendAddress } from "../member.ts";
import type { EngineSource } from "../pool.ts";
import type { ModelFile } from "../settings.ts";
import { engineFolder, installEngine, isEngineInstalled } from "./engine.ts";
import type { FileVerdict } from "./integrity.ts";
import { readGgufHead } from "./gguf.ts";
import { engineConcurrent, engineContextTokens, engineHealthyMs, engineRestartMs, engineStartMs } from "./limits.ts";
import type { EngineFile } from "./llama.ts";

export type ToEngine =
  | { readonly type: "start"; readonly folder: string; readonly files: readonly EngineFile[]; readonly key: string }
  | { readonly type: "files"; readonly files: readonly EngineFile[] };
export type FromEngine =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "failed"; readonly says: string };

export interface EngineOptions {
  readonly clock: Clock;
  readonly home: string;
  /** Looked at again and again: models are pulled while the host runs. */
  readonly listFiles: () => readonly ModelFile[];
  /** The owner asked for these files, so the engine is installed when it is missing. */
  readonly installs: () => boolean;
  /** Is it the file that was pinned? */
  readonly checkFile: (path: string) => Promise<FileVerdict>;
  readonly notify: (sentence: string) => void;
}

export function createEngine(options: EngineOptions): EngineSource {
  const { clock, home, notify } = options;
  const key = randomBytes(32).toString("base64url");
  let child: ChildProcess | null = null;
  let address: BackendAddress | null = null;
  let failure = engineError("The engine for model files is starting. Wait a moment, then choose Try again.");
  let remark = "";
  const changed = new Set<string>();
  let sent = "";
  let restarts = 0;
  let isClosed = false;
  let tell = (): void => {};
  let cancelLook = (): void => {};
  let cancelRestart = (): void => {};

  /** Which files there are now, and whether each is the one that it was. */
  async function look(): Promise<void> {
    try {
      const files = options.listFiles();
      if (files.length > 0) await offer(files);
    } catch (error) {
      failure = engineError(toOwnerSentence(error));
    }
    if (!isClosed) cancelLook = clock.after(probeEveryMs, () => void look());
  }

  async function offer(files: readonly ModelFile[]): Promise<void> {
    if (!isEngineInstalled(home)) {
      if (!options.installs()) return void (failure = engineError(notInstalled));
      failure = engineError("The engine for model files is being installed. That takes some minutes, once.");
      notify("Installing the engine for model files …");
      await installEngine({ home });
    }
    const usable: EngineFile[] = [];
    const remarks: string[] = [];
    for (const file of files) {
      const verdict = await options.checkFile(file.path);
      const head = verdict.kind === "refused" ? null : readGgufHead(file.path);
      if (verdict.kind === "changed") changed.add(file.name);
      else changed.delete(file.name);
      const remarkOn = verdict.kind !== "good" ? verdict.says : head === null ? notGguf(file.path) : null;
      if (remarkOn !== null) remarks.push(remarkOn);
      if (head !== null) {
        usable.push({
          ...file,
          contextTokens: Math.min(head.contextTokens ?? engineContextTokens, engineContextTokens),
        });
      } else if (remarkOn !== null) {
        failure = new BackendError(verdict.kind === "refused" ? verdict.code : "backend-engine", remarkOn);
      }
    }
    const isNews = remarks.join(" ") !== remark;
    remark = remarks.join(" ");
    if (isNews) {
      for (const says of remarks) notify(says);
      tell();
    }
    if (isClosed || usable.length === 0) return;
    const list = JSON.stringify(usable);
    if (child === null && restarts === 0) start(usable);
    else if (list !== sent) child?.send({ type: "files", files: usable } satisfies ToEngine);
    sent = list;
  }

  function start(files: readonly EngineFile[]): void {
    const startedMs = clock.now();
    const started = spawn(process.execPath, [join(import.meta.dirname, "engineMain.ts")], {
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: pick(process.env, [
        "PATH",
        "SystemRoot",
        "HOME",
        "LD_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES",
        "GGML_VK_VISIBLE_DEVICES",
      ]),
      windowsHide: true,
    });
    child = started;
    const cancelStart = clock.after(engineStartMs, () => started.kill("SIGKILL"));
    started.on("message", (message: FromEngine) => {
      cancelStart();
      if (message.type === "failed")
        return void (failure = engineError(`The engine does not start: ${message.says.slice(0, 300)}`));
      address = { baseUrl: `http://127.0.0.1:${message.port}/v1`, key };
      writeFileWhole(servingFile(home), Buffer.from(JSON.stringify(address)));
      tell();
    });
    // A program that could not be started at all never exits.
    started.on("error", () => void (started.pid === undefined && onExit("it cannot be started")));
    started.once("exit", (code, signal) => onExit(signal ?? `exit code ${code}`));
    started.send({ type: "start", folder: engineFolder(home), files, key } satisfies ToEngine);

    function onExit(how: string): void {
      cancelStart();
      if (child !== started) return;
      child = null;
      address = null;
      rmSync(servingFile(home), { force: true });
      if (isClosed) return;
      tell();
      failure = engineError(
        `The engine for model files ended (${how}) and is started again. Choose Try again in a moment.`,
      );
      notify(`The engine for model files ended (${how}) and is started again.`);
      if (clock.now() - startedMs > engineHealthyMs) restarts = 0;
      const pauseMs = engineRestartMs[Math.min(restarts, engineRestartMs.length - 1)] ?? 0;
      restarts += 1;
      cancelRestart = clock.after(pauseMs, () => start(JSON.parse(sent) as EngineFile[]));
    }
  }

  void look();
  return {
    maxConcurrent: engineConcurrent,
    get remark() {
      return remark;
    },
    warningFor: (model) => (changed.has(model) ? ", from a model file that has changed" : ""),
    address: () => {
      if (address === null) throw failure;
      return address;
    },
    onChange: (listener) => {
      tell = listener;
    },
    close: async () => {
      isClosed = true;
      cancelLook();
      cancelRestart();
      rmSync(servingFile(home), { force: true });
      const ending = child;
      if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => ending.once("exit", () => resolve()));
      ending.kill("SIGKILL");
      await gone;
    },
  };
}

/** For the gateway: the agent's engine, wherever it is now. */
export function followEngine(home: string): EngineSource {
  return {
    maxConcurrent: engineConcurrent,
    remark: "",
    warningFor: () => "",
    address: () => {
      try {
        const serving: unknown = JSON.parse(readFileSync(servingFile(home), "utf8"));
        const baseUrl = readText(field(serving, "baseUrl"), 200);
        const key = readText(field(serving, "key"), 200);
        if (/^http:\/\/127\.0\.0\.1:\d{1,5}\/v1$/.test(baseUrl) && key !== "") return { baseUrl, key };
      } catch {
        // Not there, or just being written: the same to whoever asks.
      }
      throw engineError("The engine for model files does not run.");
    },
    onChange: () => {},
    close: async () => {},
  };
}

const notInstalled =
  "The engine for model files is not installed. Run `sovereign models pull` with the name of a model, which installs it.";

function notGguf(path: string): string {
  return `The file ${path} is no model in the form GGUF. Name another one.`;
}

function servingFile(home: string): string {
  return join(engineFolder(home), "serving.json");
}

function engineError(says: string): BackendError {
  return new BackendError("backend-engine", says);
}

function pick(
  values: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
