/** The frame of every page before the vault is open: the seal, a title, and what to do. */
import type { JSX } from "solid-js";
import { t } from "../app/strings.ts";
import { Seal, type SealState } from "../ui/Seal.tsx";

const sealWords = (): Record<SealState, string> => ({
  device: t.sealOpen,
  host: t.sealHalf,
  everywhere: t.sealFull,
  travelling: t.sealTravelling,
  broken: t.sealBroken,
});

export function Threshold(props: { title: string; seal: SealState; children: JSX.Element }): JSX.Element {
  return (
    <main class="threshold">
      <div class="threshold-page">
        <Seal state={props.seal} words={sealWords()[props.seal]} hideWords isLarge />
        <h1>{props.title}</h1>
        {props.children}
      </div>
    </main>
  );
}
