/** A picture from elsewhere would tell that elsewhere what is being read. It is named, and opened only by hand. */
import type { Tokens } from "marked";
import { createContext, type JSX, Show, useContext } from "solid-js";
import { l } from "../laterWords.ts";
import { Icon } from "../../ui/Icon.tsx";
import { decodeEntities } from "./entities.ts";
import type { MarkdownToken } from "./readBlocks.ts";
import { safeUrl } from "./safeUrl.ts";

/** A picture inside a link is part of that link, not a second one within it. */
export const InLink = createContext(false);

export function Picture(props: { token: MarkdownToken }): JSX.Element {
  const image = (): Tokens.Image => props.token as Tokens.Image;
  const words = (): string => l.image(decodeEntities(image().text));
  const isInLink = useContext(InLink);
  return (
    <span class="picture">
      <Icon name="picture" />
      <Show when={isInLink ? null : safeUrl(image().href)} fallback={words()}>
        {(href) => (
          <a href={href()} title={href()} target="_blank" rel="noopener noreferrer nofollow">
            {words()}
          </a>
        )}
      </Show>
    </span>
  );
}
