/**
 * `x-sovereign-chat`: what a tool and a model say to each other becomes a chat in the owner's vault. The gateway has no key of a vault and
 * no doc; it reads along, seals what it read to the owner's devices (crypto/record.ts) and leaves it for one of them, which files it.
 * From then on nothing on this machine opens it. A refusal comes before any backend is asked; what breaks off is kept as far as it came.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Recipient, RecordedTurn } from "#crypto/record.ts";
import type { RecordSpool } from "../recordSpool.ts";
import { createAnswerReader, type AnswerReader } from "./answerReader.ts";
import { conversationFormOf, requestTurns, withAnswer, type ConversationForm } from "./conversation.ts";
import type { ToolKey } from "./keys.ts";
import { recordedTurnsMax, recordsWaitingMax, recordTextBytesMax } from "./limits.ts";
import type { ErrorReply } from "./replies.ts";
import type { RequestBody } from "./requestBody.ts";

export interface RecorderOptions {
  readonly spool: RecordSpool;
  /** The devices of the vault now; none before there is a vault. */
  readonly recipients: () => readonly Recipient[];
  readonly wallNowMs: () => number;
  /** One more lies in the spool. */
  readonly onRecorded: () => void;
  readonly notify: (says: string) => void;
}

/** One exchange that is being recorded. */
export interface Recording {
  /** `null`: go on. */
  begin(body: RequestBody): ErrorReply | null;
  /** A backend answers: takes each chunk as it passes. `null`: nothing of this answer is kept. */
  readAlong(answer: IncomingMessage): ((chunk: Buffer) => void) | null;
  noteWhole(): void;
  /** The exchange is over, in whatever way. */
  end(): void;
}

export interface Recorder {
  /** `asked`: the header's value. */
  start(key: ToolKey, path: string, asked: string): Recording | ErrorReply;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { spool } = options;
  return {
    start: (key, path, asked) => {
      const form = conversationFormOf(path);
      if (!key.isRecorded)
        return refuse(
          403,
          `The key "${key.name}" may not record. Make one that may with: sovereign keys create NAME --record, or leave out x-sovereign-chat.`,
        );
      if (form === null)
        return refuse(400, "Only a conversation can be recorded as a chat. Leave out x-sovereign-chat.");
      if (!CONVERSATION.test(asked))
        return refuse(400, 'x-sovereign-chat is "record", or a name of up to 100 letters, digits, dots and dashes.');
      if (options.recipients().length === 0)
        return refuse(503, "No device of yours is known here yet, so nothing can be recorded. Open Sovereign once.");
      if (spool.count >= recordsWaitingMax)
        return refuse(503, "As many conversations wait for your devices as may. Open Sovereign on one of them.");
      return record(options, { key, form, conversation: asked === "record" ? "" : asked });
    },
  };
}

/** "record" is a name like any other, and means none. */
const CONVERSATION = /^[A-Za-z0-9._-]{1,100}$/;

function record(
  { spool, recipients, wallNowMs, onRecorded, notify }: RecorderOptions,
  { key, form, conversation }: { key: ToolKey; form: ConversationForm; conversation: string },
): Recording {
  const atMs = wallNowMs();
  let turns: readonly RecordedTurn[] = [];
  let model = "";
  let reader: AnswerReader | null = null;
  let isWhole = false;
  let isOver = false;

  async function keep(): Promise<void> {
    const { text, isCut } = reader?.end() ?? { text: "", isCut: false };
    const said = withAnswer(turns, text);
    // Nobody answered, or said nothing: there is nothing to keep that the tool does not send again.
    if (text.trim() === "") return;
    // Loaded with the first record: most hosts never make one.
    const [{ sealRecord }, { sodiumReady }] = await Promise.all([
      import("#crypto/record.ts"),
      import("#crypto/sodium.ts"),
    ]);
    await sodiumReady;
    const id = randomBytes(16);
    const content = {
      tool: key.name,
      key: key.id,
      conversation,
      model,
      at: atMs,
      isWhole: isWhole && !isCut,
      turns: said,
    };
    spool.add({ id, atMs, sealed: sealRecord({ id, content, to: recipients(), random: randomBytes }) });
    onRecorded();
  }

  return {
    begin: (body) => {
      if (!body.isWhole) return refuse(413, tooLong);
      turns = requestTurns(form, JSON.parse(Buffer.concat(body.held).toString("utf8")));
      model = body.model ?? "";
      const bytes = turns.reduce((sum, turn) => sum + Buffer.byteLength(turn.text), 0);
      return bytes > recordTextBytesMax || turns.length > recordedTurnsMax ? refuse(413, tooLong) : null;
    },
    readAlong: (answer) => {
      if ((answer.statusCode ?? 0) !== 200) return null;
      const isStream = answer.headers["content-type"]?.startsWith("text/event-stream") === true;
      reader = createAnswerReader(form, isStream);
      return reader.push;
    },
    noteWhole: () => {
      isWhole = true;
    },
    end: () => {
      if (isOver || reader === null) return;
      isOver = true;
      keep().catch((error: unknown) => {
        notify(
          `What "${key.name}" said could not be recorded (${error instanceof Error ? error.name : "unknown"}). Check that the disk has room.`,
        );
      });
    },
  };
}

const tooLong = "This conversation is too long to be recorded. Begin a new one, or leave out x-sovereign-chat.";

function refuse(status: number, says: string): ErrorReply {
  return { status, says };
}
