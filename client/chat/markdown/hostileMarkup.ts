/**
 * What a hostile model could write: each would run, fetch or mislead in a page that made HTML of it. For tests, here and end to
 * end, where each is streamed into the real page letter by letter (`e2e/hostileMarkup.spec.ts`).
 */
import { markdownAttacks } from "./hostile/markdown.ts";
import { tags } from "./hostile/tags.ts";

export const hostileMarkup: readonly string[] = [...tags, ...markdownAttacks];
