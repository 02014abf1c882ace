/**
 * What the page and its preview frame say to each other, over one MessagePort. What comes out of the frame is untrusted, whoever
 * wrote the frame's own script: what it shows runs beside that script. So it is read by its form, piece by piece, and bounded.
 */
import { heightPxMax, pictureCharsMax, saysCharsMax } from "./limits.ts";

/** Colours as `#rrggbb`, since the runtimes know no newer ones. */
export interface DiagramLook {
  readonly isDark: boolean;
  readonly paper: string;
  readonly leaf: string;
  readonly ink: string;
  readonly inkSoft: string;
  readonly line: string;
  readonly accent: string;
  readonly accentWash: string;
  readonly attentionWash: string;
}

export type ToFrame =
  | { readonly kind: "ping" }
  /** Text of a library, run once and kept. */
  | { readonly kind: "runtime"; readonly text: string }
  | { readonly kind: "diagram"; readonly id: number; readonly source: string; readonly look: DiagramLook }
  /** A whole page, shown in place of everything, and run. */
  | { readonly kind: "page"; readonly html: string }
  /** The same, and nothing of it runs. */
  | { readonly kind: "still"; readonly html: string }
  | { readonly kind: "picture"; readonly svg: string };

export type FromFrame =
  /** `isSealed`: this browser lets nothing out of the frame, also not by what policies do not name. */
  | { readonly kind: "ready"; readonly isSealed: boolean }
  | { readonly kind: "pong" }
  | {
      readonly kind: "drawn";
      readonly id: number;
      readonly svg: string;
      readonly width: number;
      readonly height: number;
    }
  | { readonly kind: "failed"; readonly id: number; readonly says: string }
  /** Something in the page shown went wrong. */
  | { readonly kind: "error"; readonly says: string }
  /** It asked for something that is not in it, and was given nothing. */
  | { readonly kind: "blocked"; readonly address: string };

/** `null`: not one of these. */
export function parseFromFrame(value: unknown): FromFrame | null {
  if (typeof value !== "object" || value === null) return null;
  const { kind, id, svg, width, height, says, address, isSealed } = value as Record<string, unknown>;
  switch (kind) {
    case "ready":
      return { kind, isSealed: isSealed === true };
    case "pong":
      return { kind };
    case "drawn":
      if (!isId(id) || typeof svg !== "string" || svg.length > pictureCharsMax || !svg.startsWith("<svg")) return null;
      return isLength(width) && isLength(height) ? { kind, id, svg, width, height } : null;
    case "failed":
      return isId(id) && typeof says === "string" ? { kind, id, says: tidy(says) } : null;
    case "error":
      return typeof says === "string" ? { kind, says: tidy(says) } : null;
    case "blocked":
      return typeof address === "string" ? { kind, address: tidy(address) } : null;
    default:
      return null;
  }
}

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isLength = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value > 0 && value <= heightPxMax;

function tidy(says: string): string {
  return says
    .slice(0, saysCharsMax)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .toWellFormed();
}
