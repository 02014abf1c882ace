/**
 * Reading aloud, by voices of this machine only: a browser may offer others, which send the words to their maker to be spoken.
 */
import { type Accessor, createSignal } from "solid-js";
import { toUtterances } from "./utterances.ts";

const synthesis: SpeechSynthesis | undefined = globalThis.speechSynthesis;
const [voice, setVoice] = createSignal<SpeechSynthesisVoice | null>(findVoice());
const [speaking, setSpeaking] = createSignal<string | null>(null);

// Voices are listed a while after the page has opened.
synthesis?.addEventListener("voiceschanged", () => setVoice(findVoice()));
addEventListener("pagehide", () => stopSpeaking());

/** There is a voice that keeps the words here. */
export const canSpeak: Accessor<boolean> = () => voice() !== null;

/** What is being read, by the id it was given. */
export const spokenNow: Accessor<string | null> = speaking;

export function speak(id: string, text: string): void {
  const chosen = voice();
  if (synthesis === undefined || chosen === null) return;
  stopSpeaking();
  const pieces = toUtterances(text);
  if (pieces.length === 0) return;
  setSpeaking(id);
  for (const [index, piece] of pieces.entries()) {
    const utterance = new SpeechSynthesisUtterance(piece);
    utterance.voice = chosen;
    utterance.lang = chosen.lang;
    const end = (): void => void (speaking() === id && setSpeaking(null));
    if (index === pieces.length - 1) utterance.addEventListener("end", end);
    utterance.addEventListener("error", end);
    synthesis.speak(utterance);
  }
}

export function stopSpeaking(): void {
  if (speaking() === null) return;
  setSpeaking(null);
  synthesis?.cancel();
}

function findVoice(): SpeechSynthesisVoice | null {
  const local = synthesis?.getVoices().filter((found) => found.localService) ?? [];
  const wanted = navigator.language.slice(0, 2).toLowerCase();
  const alike = local.filter((found) => found.lang.toLowerCase().startsWith(wanted));
  return alike.find((found) => found.default) ?? alike[0] ?? local.find((found) => found.default) ?? local[0] ?? null;
}
