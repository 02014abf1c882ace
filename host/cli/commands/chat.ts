import { parseDocId, type DocId, type RunId } from "#crypto/ids.ts";
import type { Chat } from "#sync/docs/chat.ts";
import { isRunEnd, type RunView } from "#sync/docs/run.ts";
import type { OpenDoc } from "#sync/vault.ts";
import { textOption, type Call, type Command } from "../command.ts";
import { openDevice, requireLive, until, type Device } from "../device.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { catchUpMs, settleMs, stdinBytesMax, stopWaitMs } from "../limits.ts";
import { shownLength } from "../plainly.ts";
import type { Terminal } from "../terminal.ts";

export const chat: Command = {
  name: "chat",
  usage: '"QUESTION" [--chat ID | --last | --new] [--model NAME]',
  summary: "asks a question and prints the answer as it comes",
  help: 'What is piped in follows the question: git diff | sovereign chat "review this". Each call begins a new chat, unless --chat\nnames one (ID may be its beginning) or --last goes on with the newest. Ctrl-C stops the answer; what came so far stays in\nthe chat. With --json the answer comes at its end, with its figures. Exit code 5: no answer, or not all of it.',
  options: {
    chat: { type: "string" },
    last: { type: "boolean" },
    new: { type: "boolean" },
    model: { type: "string" },
  },
  wordsMax: Infinity,
  run: async (call) => {
    const text = await readQuestion(call);
    const device = await openDevice(call.home, call.terminal);
    try {
      requireLive(device);
      const model = checkModel(device, textOption(call, "model"));
      const id = chooseChat(device, call) ?? (await device.vault.createChat());
      const opened = await openChat(device, id);
      const parent = opened.value.thread().at(-1)?.id ?? null;
      const { run } = await device.vault.ask(id, { text, parent, ...(model === null ? {} : { model }) });
      const exitCode = await follow(call.terminal, device, opened, id, run);
      opened.close();
      return exitCode;
    } finally {
      await device.close();
    }
  },
};

async function readQuestion({ words, terminal }: Call): Promise<string> {
  const asked = words.join(" ").trim();
  // A terminal that nobody pipes into would wait for ever.
  const piped = terminal.isPiped ? (await terminal.readAll(stdinBytesMax)).trimEnd() : "";
  const text = [asked, piped].filter((part) => part.trim() !== "").join("\n\n");
  if (text === "") throw new CliError(EXIT.usage, 'Ask something: sovereign chat "What is a CRDT?"');
  return text;
}

function checkModel({ vault }: Device, model: string | null): string | null {
  const models = vault.status().host?.info?.models ?? [];
  if (model === null || models.length === 0 || models.includes(model)) return model;
  throw new CliError(EXIT.usage, `The host has no model "${model}". It has: ${models.join(", ")}`);
}

/** `null`: a new one. */
function chooseChat({ vault }: Device, call: Call): DocId | null {
  const all = vault.catalog.value.chats();
  if (call.options["last"] === true) return all[0]?.id ?? null;
  const wanted = textOption(call, "chat");
  if (wanted === null) return null;
  const found = all.filter(({ id }) => id.startsWith(wanted.toLowerCase()));
  if (found.length === 1) return parseDocId(found[0]?.id ?? "");
  const says =
    found.length === 0 ? "No chat has an id that begins with" : "More than one chat has an id that begins with";
  throw new CliError(EXIT.usage, `${says} "${wanted}". See: sovereign chats`);
}

/** Read to its end first: a question must follow what is really there. */
async function openChat({ vault }: Device, id: DocId): Promise<OpenDoc<Chat>> {
  const opened = await vault.openChat(id);
  await until(vault, () => vault.docStatus(id).phase === "live", catchUpMs);
  return opened;
}

async function follow(
  terminal: Terminal,
  { vault }: Device,
  { value }: OpenDoc<Chat>,
  id: DocId,
  run: RunId,
): Promise<ExitCode> {
  const ended = Promise.withResolvers<RunView>();
  let printed = 0;
  let isStopping = false;

  function look(): void {
    const view = value.run(run);
    const isOver = isRunEnd(view.status) || view.status === "withdrawn";
    const length = isOver ? view.text.length : shownLength(view.text);
    if (!terminal.isJson && length > printed) {
      terminal.write(view.text.slice(printed, length));
      printed = length;
    } else if (printed === 0) terminal.progress(sayWhere(view, vault.status().host?.live === true));
    if (isOver) ended.resolve(view);
  }

  async function stop(): Promise<void> {
    if (isStopping) return;
    isStopping = true;
    // A question that no host has taken is taken back; an answer under way is stopped where it is.
    const isWaiting = value.run(run).status === "requested";
    await (isWaiting ? vault.withdraw(id, run) : vault.stop(id, run));
    setTimeout(() => ended.resolve(value.run(run)), stopWaitMs).unref();
  }

  const onSignal = (): void => void stop().catch(ended.reject);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  const leave = value.observe(look);
  const leaveStatus = vault.subscribeStatus(look);
  look();
  try {
    const view = await ended.promise;
    terminal.progress(null);
    if (printed > 0 && !view.text.endsWith("\n")) terminal.line();
    // The grant's end and the last acknowledgement: the host holds no key of ours for longer than it must.
    await until(vault, () => vault.status().pending === 0, settleMs);
    if (terminal.isJson) terminal.json(toJson(id, view));
    if (isStopping) return EXIT.interrupted;
    if (view.status === "done") return EXIT.ok;
    if (!terminal.isJson) terminal.note(view.error?.says ?? `The answer was ${view.status} before its end.`);
    return EXIT.noAnswer;
  } finally {
    leave();
    leaveStatus();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
  }
}

function sayWhere({ status, thinking, label }: RunView, isHostThere: boolean): string {
  if (status === "requested")
    return isHostThere ? "Waiting for the host …" : "The host cannot answer now; the question waits for it …";
  return thinking === "" ? `${label ?? "The model"} begins …` : `${label ?? "The model"} is thinking …`;
}

function toJson(chatId: DocId, { run, status, text, thinking, label, model, error, usage, timings }: RunView): object {
  return { chat: chatId, run, status, text, thinking, label, model, error, usage, timings };
}
