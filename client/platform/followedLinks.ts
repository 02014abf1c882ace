/** Which links out of answers were followed since the page was opened: in memory, for the page that tells what left this device. */
import { type Accessor, createSignal } from "solid-js";

export interface FollowedLink {
  readonly site: string;
  readonly at: number;
}

/** More than anybody follows in one sitting; the oldest go first. */
const linksMax = 100;

const [links, setLinks] = createSignal<readonly FollowedLink[]>([]);

export const followedLinks: Accessor<readonly FollowedLink[]> = links;

export function noteFollowedLinks(): void {
  const note = (event: Event): void => {
    const link = event.target instanceof Element ? event.target.closest("a[target=_blank]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.origin === location.origin) return;
    const site = link.protocol === "mailto:" ? link.href : link.host;
    setLinks([{ site, at: Date.now() }, ...links()].slice(0, linksMax));
  };
  addEventListener("click", note, { capture: true });
  // With the middle button, or with a key held.
  addEventListener("auxclick", note, { capture: true });
}
