/** Asks a hostile backend again and again and prints how its memory grew: `askHostile.ts URL COUNT`. */
import { BackendError } from "../backends/backend.ts";
import { backendLimits } from "../backends/limits.ts";
import { createOpenAiBackend } from "../backends/openAi.ts";

const [url = "", count = "0"] = process.argv.slice(2);
const backend = createOpenAiBackend({
  baseUrl: url,
  product: "Hostile",
  models: ["m"],
  limits: { ...backendLimits, busyRetryMs: [] },
});
let answers = 0;

async function round(): Promise<void> {
  for (let at = 0; at < Number(count); at++) {
    answers += 1;
    try {
      const question = { model: null, turns: [{ role: "user" as const, text: "Hi" }] };
      for await (const _part of backend.answer(question, new AbortController().signal));
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
    }
  }
}

const { gc } = globalThis as { gc?: () => void };
// What is loaded and compiled at the first use of each is no growth.
await round();
gc?.();
const beforeBytes = process.memoryUsage.rss();
let peakBytes = beforeBytes;
const watch = setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 5);
await round();
await round();
clearInterval(watch);
peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
process.stdout.write(JSON.stringify({ beforeBytes, peakBytes, answers }));
