/**
 * Messages to be searched: words of a made-up language whose lengths and frequencies are those of prose (Zipf), so that a few are in every
 * message and most in a handful. The same for the same numbers, in every process.
 */
const WORDS = 40_000;
const CHATS_OF = 40;
export const DAY_MS = 86_400_000;
export const NEWEST_MS = Date.UTC(2026, 0, 1);

/** Mulberry32: small, and the same everywhere. */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SYLLABLES =
  "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu".split(
    " ",
  );

function wordAt(at) {
  let [word, rest] = ["", at + SYLLABLES.length];
  for (; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) word += SYLLABLES[rest % SYLLABLES.length];
  return word;
}

/** An index of a word: small ones often. */
const pick = (random) => Math.floor(WORDS ** random()) - 1;

/** @returns {{ id: string, chat: string, role: "user" | "assistant", at: number, text: string }[]} 390 characters each, as PERFORMANCE.md's were. */
export function makeMessages(count, seed) {
  const random = createRandom(seed);
  const words = Array.from({ length: WORDS }, (_, at) => wordAt(at));
  return Array.from({ length: count }, (_, at) => {
    let text = words[pick(random)];
    while (text.length < 390) text += ` ${words[pick(random)]}`;
    return {
      id: `m${at}`,
      chat: `c${Math.floor(at / CHATS_OF)}`,
      role: at % 2 === 0 ? "user" : "assistant",
      at: NEWEST_MS - (count - at) * 60_000,
      text,
    };
  });
}

/** What a person types: one word or two that stand in one message, and in every third the last is not finished. */
export function makeQueries(messages, count, seed) {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, at) => {
    const words = messages[Math.floor(random() * messages.length)].text.split(" ");
    const chosen = Array.from({ length: 1 + (at % 2) }, () => words[Math.floor(random() * words.length)]);
    const last = chosen.pop();
    return [...chosen, at % 3 === 0 && last.length > 5 ? last.slice(0, -2) : last].join(" ");
  });
}
