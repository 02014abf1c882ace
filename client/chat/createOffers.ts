/** What the list over the composer offers for what is being typed: commands and templates after a slash, who answers after an @, what goes along after a #. The keys stay the field's. */
import { type Accessor, createEffect, createMemo, createSignal, on } from "solid-js";
import { mentionAt, namedSo, withoutMention } from "./mention.ts";
import { fillTemplate, fittingItems, nextPlace, type SlashItem, slashQuery } from "./slash.ts";
import { today } from "./words.ts";

/** More are found by another letter. */
const mentionsMax = 8;

export interface Offers {
  readonly sign: Accessor<"/" | "@" | "#">;
  readonly list: Accessor<readonly SlashItem[]>;
  readonly at: Accessor<number>;
  point(index: number): void;
  run(item: SlashItem): void;
  /** `true`: the key was theirs. */
  takeKey(event: KeyboardEvent): boolean;
  /** Goes to the next place of a template; `false`: there is none. */
  select(from: number): boolean;
}

export function createOffers(options: {
  readonly words: Accessor<string>;
  readonly caret: Accessor<number>;
  readonly field: Accessor<HTMLTextAreaElement | undefined>;
  readonly slash: Accessor<readonly SlashItem[]>;
  mentions(sign: "@" | "#"): readonly SlashItem[];
  write(words: string): void;
}): Offers {
  const { words, caret, field, write } = options;
  const [active, setActive] = createSignal(0);
  const [isPutOff, setIsPutOff] = createSignal(false);
  const mention = createMemo(() => mentionAt(words(), caret()));
  const list = createMemo((): readonly SlashItem[] => {
    if (isPutOff()) return [];
    const [query, said] = [slashQuery(words(), caret()), mention()];
    if (query !== null) return fittingItems(options.slash(), query);
    return said === null ? [] : namedSo(options.mentions(said.sign), said.query).slice(0, mentionsMax);
  });
  const at = (): number => Math.min(active(), Math.max(0, list().length - 1));
  createEffect(on(words, () => setActive(0)));
  // Esc puts off what is being typed now, and nothing that comes later.
  createEffect(
    on([() => words() === "", () => mention()?.start], () => setIsPutOff(false), {
      defer: true,
    }),
  );

  const select = (from: number): boolean => {
    const place = nextPlace(words(), from);
    if (place !== null) field()?.setSelectionRange(place.start, place.end);
    return place !== null;
  };

  const run = (item: SlashItem): void => {
    const [said, area] = [mention(), field()];
    const isSlash = slashQuery(words(), caret()) !== null;
    const next =
      !isSlash && said !== null
        ? withoutMention(words(), said, caret())
        : item.template === undefined
          ? ""
          : fillTemplate(item.template, today());
    write(next);
    area?.focus();
    if (!isSlash && said !== null) area?.setSelectionRange(said.start, said.start);
    else if (!select(0)) area?.setSelectionRange(next.length, next.length);
    item.act?.();
  };

  return {
    sign: () => (slashQuery(words(), caret()) === null ? (mention()?.sign ?? "/") : "/"),
    list,
    at,
    point: setActive,
    run,
    select,
    takeKey: (event) => {
      const item = list()[at()];
      if (item === undefined) return false;
      if (event.key === "ArrowDown") setActive((at() + 1) % list().length);
      else if (event.key === "ArrowUp") setActive((at() - 1 + list().length) % list().length);
      else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") run(item);
      else if (event.key === "Escape") {
        setIsPutOff(true);
        event.stopPropagation();
      } else return false;
      return true;
    },
  };
}
