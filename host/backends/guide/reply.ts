/** What the guide says to a message: pure words, from the manual and nothing else. */
import type { Manual, Section } from "./manual.ts";

const GREETING =
  /^\W*(hi|hello|hey|hallo|hola|salut|bonjour|ciao|moin|good (morning|afternoon|evening|day)|guten tag)\b/i;
const THANKS = /^\W*(thanks?|thank you|thx|great|perfect|danke|merci)\b/i;
const IDENTITY =
  /\b(who|what) (are|r) (you|u)\W*$|\bare you (an? )?(ai|model|llm|bot|human|real)\b|\bwhat('s| is) (this|the guide)\W*$/i;

const HELP =
  /^\W*((hi|hello|hey)\W+)?((can|could) you |please |i need )?(help|topics|test)( me)?( please)?\W*$|^\W*what (can|do) (you|i) (do|know|ask)( (about|here))*\W*$/i;

/** A message of so few words beside its greeting is only a greeting. */
const GREETING_WORDS_MAX = 4;

export function reply(manual: Manual, message: string): string {
  const text = message.slice(0, 2_000);
  const wordCount = text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  if (wordCount === 0) return `I could not make out a word in that. ${offerTopics(manual)}`;
  if (IDENTITY.test(text) || HELP.test(text)) return introduce(manual);
  if (GREETING.test(text) && wordCount <= GREETING_WORDS_MAX) return greet(manual);
  if (THANKS.test(text) && wordCount <= GREETING_WORDS_MAX) return "You are welcome. Ask on whenever you like.";
  const sections = manual.find(text);
  return sections.length === 0 ? admit(manual) : quote(sections);
}

function greet(manual: Manual): string {
  return [
    "Hello! I am the guide that comes with Sovereign. I am **not a model**: I look things up in the manual and quote it.",
    "Nothing is missing for trying everything out: your messages are sealed, kept and synced just as they will be with a real model.",
    offerTopics(manual),
  ].join("\n\n");
}

function introduce(manual: Manual): string {
  return [
    "I am the guide, **not a model**. I answer from Sovereign's own manual by looking for your words in it, so I know nothing else: no arithmetic, no stories, no opinions.",
    "As soon as a model server runs on this machine, Sovereign finds it by itself within seconds, and a real model answers in my place.",
    offerTopics(manual),
  ].join("\n\n");
}

function admit(manual: Manual): string {
  return [
    "I do not know. I am the guide, **not a model**: all I have is Sovereign's manual, and I found nothing in it for that.",
    "To have a real model answer, start Ollama, LM Studio, vLLM or llama.cpp on this machine; ask me “how do I connect Ollama?” for the steps.",
    offerTopics(manual),
  ].join("\n\n");
}

function quote(sections: readonly Section[]): string {
  const [first, ...others] = sections;
  if (first === undefined) return "";
  const title = first.heading === first.chapter ? `“${first.chapter}”` : `“${first.heading}” (${first.chapter})`;
  const lead = `Here is what the manual says under ${title}:`;
  const also = others.map((section) => `The manual also has this, under “${section.heading}”:\n\n${section.body}`);
  return [lead, first.body, ...also].join("\n\n");
}

function offerTopics(manual: Manual): string {
  return `You can ask me about:\n\n${manual.chapters.map((chapter) => `- ${chapter}`).join("\n")}`;
}
