/** A scripted model that calls tools, as vLLM, LM Studio and llama.cpp send calls. */
import { raw, type Script } from "./scriptedBackend.ts";

export interface ScriptedCall {
  readonly name: string;
  readonly arguments: object;
  readonly id?: string;
}

/** `words` first. Each call comes in three pieces, and without its index where `withIndex` is false. */
export function callTools(calls: readonly ScriptedCall[], words = "", withIndex = true): Script {
  const deltas = calls.flatMap(({ name, arguments: given, id = `call_${name}` }, index) => {
    const text = JSON.stringify(given);
    const half = Math.ceil(text.length / 2);
    const place = withIndex ? { index } : {};
    return [
      { ...place, id, type: "function", function: { name, arguments: "" } },
      { ...place, function: { arguments: text.slice(0, half) } },
      { ...place, function: { arguments: text.slice(half) } },
    ];
  });
  const chunks = [
    ...(words === "" ? [] : [{ role: "assistant", content: words }]),
    ...deltas.map((delta) => ({ tool_calls: [delta] })),
  ].map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] }));
  const end = { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] };
  return raw([...[...chunks, end].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), "data: [DONE]\n\n"]);
}
