/** A device without a vault: it comes in by another device, comes back by 24 words, or begins a new one. */
import { createEffect, createSignal, For, type JSX, Match, Switch } from "solid-js";
import type { Session } from "../app/session.ts";
import { d } from "../devices/words.ts";
import type { OpeningLink } from "../platform/openingLink.ts";
import { Sentence } from "../ui/Sentence.tsx";
import { Join } from "./Join.tsx";
import { Restore } from "./Restore.tsx";
import { Threshold } from "./Threshold.tsx";
import "../devices/devices.css";

type Way = "choose" | "join" | "restore";

export function NoVault(props: { session: Session; hasHost: boolean; link: OpeningLink | null }): JSX.Element {
  const [way, setWay] = createSignal<Way>("choose");
  createEffect(() => {
    const kind = props.link?.kind;
    if (kind === "pairing") setWay("join");
    if (kind === "recovery") setWay("restore");
  });
  const fragmentOf = (kind: OpeningLink["kind"]): string =>
    props.link?.kind === kind ? `#${props.link.fragment}` : "";

  return (
    <Switch>
      <Match when={way() === "choose"}>
        <Threshold title={d.noLinkTitle} seal="device">
          <div class="ways">
            <button type="button" class="primary" onClick={() => setWay("join")}>
              {d.noLinkJoin}
            </button>
            <button type="button" class="plain" onClick={() => setWay("restore")}>
              {d.noLinkWords}
            </button>
          </div>
          <section class="new-vault">
            <h2>{d.noLinkNew}</h2>
            <p>{d.noLinkText}</p>
            <ol class="steps">
              <For each={d.noLinkSteps}>
                {(step) => (
                  <li>
                    <Sentence says={step} />
                  </li>
                )}
              </For>
            </ol>
          </section>
          <p class="limit" classList={{ marked: props.hasHost }}>
            {d.noLinkClaimed}
          </p>
        </Threshold>
      </Match>
      <Match when={way() === "join"}>
        <Join session={props.session} link={fragmentOf("pairing")} leave={() => setWay("choose")} />
      </Match>
      <Match when={way() === "restore"}>
        <Restore
          session={props.session}
          link={fragmentOf("recovery") || fragmentOf("host")}
          leave={() => setWay("choose")}
        />
      </Match>
    </Switch>
  );
}
