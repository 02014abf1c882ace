/** An answer of a model with tools: it is asked again with what each call came to, until it calls no more. What a tool writes stands in the answer where it was called. */
import type { AnswerPart, Backend, Question, ToolCall, Turn } from "../backends/backend.ts";
import type { ArtifactTools } from "./artifactTools.ts";
import { toolRoundsMax } from "./limits.ts";

export async function* answerWithTools(
  backend: Pick<Backend, "answer">,
  asked: Question,
  tools: ArtifactTools,
  signal: AbortSignal,
  /** What stands of the answer already. */
  before: string,
): AsyncGenerator<AnswerPart> {
  let answer = before;
  let turns: readonly Turn[] = asked.turns;
  let completionTokens = 0;
  for (let round = 1; ; round++) {
    const calls: ToolCall[] = [];
    let said = "";
    // The last time it has to say something instead.
    const offered =
      round < toolRoundsMax ? { tools: tools.offers, onToolCall: (call: ToolCall) => void calls.push(call) } : {};
    for await (const part of backend.answer({ ...asked, turns, ...offered }, signal)) {
      if (part.kind === "text") said += part.text;
      if (part.kind === "usage") yield { ...part, completionTokens: completionTokens + part.completionTokens };
      else yield part;
      if (part.kind === "usage") completionTokens += part.completionTokens;
    }
    answer += said;
    if (calls.length === 0 || signal.aborted) return;
    const results: Turn[] = [];
    for (const call of calls) {
      const { writes, says } = tools.call(call, answer);
      answer += writes;
      if (writes !== "") yield { kind: "text", text: writes };
      results.push({ role: "tool", text: says, callId: call.id });
    }
    turns = [...turns, { role: "assistant", text: said, calls }, ...results];
  }
}
