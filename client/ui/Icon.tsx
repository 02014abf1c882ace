/** The few signs the interface needs, drawn on one 20 px grid with one stroke. */
import type { JSX } from "solid-js";

const paths = {
  menu: "M3 6h14M3 10h14M3 14h9",
  plus: "M10 4v12M4 10h12",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  close: "m5 5 10 10M15 5 5 15",
  send: "M10 16V4M5 9l5-5 5 5",
  stop: "M6 6h8v8H6z",
  down: "M10 4v12M5 11l5 5 5-5",
  chevron: "m8 5 5 5-5 5",
  back: "m12 5-5 5 5 5",
  clip: "m15.5 9.2-5.6 5.6a3.4 3.4 0 0 1-4.8-4.8l6-6a2.3 2.3 0 0 1 3.2 3.2l-6 6a1.1 1.1 0 0 1-1.6-1.6L12 6.4",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13.2 13.2 17 17",
  pin: "M7 3h6M8 3v5l-2.5 3h9L12 8V3M10 11v6",
  settings: "M4 6h7M15 6h1M4 14h1M9 14h7M13 4v4M7 12v4",
  devices: "M2.5 4.5h10v7h-10zM1.5 14.5h8M12 8.5h6v8h-6zM14.7 14.5h.6",
  temporary:
    "M4 10a6 6 0 0 1 1.4-3.9M8 4.3a6 6 0 0 1 4 0M14.6 6.1A6 6 0 0 1 16 10M14.6 13.9A6 6 0 0 1 12 15.7M8 15.7l-3.5.8.9-2.6",
  host: "M3.5 4.5h13v4.5h-13zM3.5 11h13v4.5h-13zM6.5 6.75h.01M6.5 13.25h.01",
  status: "M3 11h3l2.5-6 3.5 10 2.5-6.5 1 2.5H17",
  expand: "M11.5 4H16v4.5M8.5 16H4v-4.5M16 4l-5 5M4 16l5-5",
  sheet: "M5 3h7l3 3v11H5zM12 3v3h3M8 10h4M8 13h4",
  star: "m10 3 2.1 4.5 4.9.6-3.6 3.3 1 4.8-4.4-2.4-4.4 2.4 1-4.8L3 8.1l4.9-.6z",
  later: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5V10l2.5 2",
  tick: "m4.5 10.5 3.5 3.5L15.5 6",
  picture: "M3 4h14v12H3zM3 13l4-4 3 3 2.5-2.5L17 14M13 7.5h.01",
} as const;

export type IconName = keyof typeof paths;

export function Icon(props: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" data-icon={props.name}>
      <path d={paths[props.name]} />
    </svg>
  );
}
