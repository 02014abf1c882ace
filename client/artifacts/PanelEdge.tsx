/** The edge between chat and artifact: dragged, or moved by the arrow keys. */
import { createSignal, type JSX } from "solid-js";
import { keepNumber, readNumber } from "../platform/keptNumber.ts";
import { a } from "./words.ts";

/** Less is no room for a text, and more leaves none for the chat. */
const [narrowestPx, chatPx, stepPx] = [340, 360, 32];
/** What the list of chats takes, whose width is in rem. */
const sidebarPx = (): number => document.querySelector<HTMLElement>(".sidebar")?.offsetWidth ?? 0;
const widestPx = (): number => Math.max(narrowestPx, innerWidth - sidebarPx() - chatPx);
const fit = (px: number): number => Math.round(Math.min(widestPx(), Math.max(narrowestPx, px)));

const kept = "sovereign.artifact-width";
const [width, show] = createSignal<number | null>(readNumber(kept));
const setWidth = (next: number | null): void => {
  show(next);
  keepNumber(kept, next);
};
/** A little more than half of what the list leaves, until somebody sets it; then that, on this device. */
export const panelWidth = (): number => fit(width() ?? (innerWidth - sidebarPx()) * 0.54);

export function PanelEdge(): JSX.Element {
  const isMirrored = (): boolean => document.documentElement.dir === "rtl";
  const onPointerDown = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    const edge = event.currentTarget;
    const [from, was] = [event.clientX, panelWidth()];
    edge.setPointerCapture(event.pointerId);
    const onMove = (move: PointerEvent): void => {
      const by = (from - move.clientX) * (isMirrored() ? -1 : 1);
      setWidth(fit(was + by));
    };
    const onUp = (): void => {
      edge.removeEventListener("pointermove", onMove);
      edge.removeEventListener("lostpointercapture", onUp);
    };
    edge.addEventListener("pointermove", onMove);
    edge.addEventListener("lostpointercapture", onUp);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const outward = isMirrored() ? "ArrowRight" : "ArrowLeft";
    const inward = isMirrored() ? "ArrowLeft" : "ArrowRight";
    if (event.key === outward) setWidth(fit(panelWidth() + stepPx));
    else if (event.key === inward) setWidth(fit(panelWidth() - stepPx));
    else if (event.key === "Home") setWidth(widestPx());
    else if (event.key === "End") setWidth(narrowestPx);
    else return;
    event.preventDefault();
  };
  return (
    <div
      class="panel-edge"
      role="separator"
      aria-orientation="vertical"
      aria-label={a.resize}
      aria-valuemin={narrowestPx}
      aria-valuemax={widestPx()}
      aria-valuenow={panelWidth()}
      tabindex="0"
      onPointerDown={onPointerDown}
      onDblClick={() => setWidth(null)}
      on:keydown={onKeyDown}
    />
  );
}
