/** A heading that shows and hides what stands under it. */
import type { JSX } from "solid-js";
import { Icon } from "./Icon.tsx";

export function FoldHeading(props: { says: string | undefined; isOpen: boolean; toggle(): void }): JSX.Element {
  return (
    <h2>
      <button type="button" class="quiet archive-button" aria-expanded={props.isOpen} onClick={() => props.toggle()}>
        <Icon name="chevron" />
        {props.says}
      </button>
    </h2>
  );
}
