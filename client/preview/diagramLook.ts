/** The page's colours as they are now, in the form that a runtime of diagrams knows. */
import type { DiagramLook } from "./messages.ts";

export function readDiagramLook(): DiagramLook {
  const style = getComputedStyle(document.documentElement);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const hex = (token: string): string => {
    if (brush === null) return "#808080";
    brush.fillStyle = style.getPropertyValue(token);
    brush.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = brush.getImageData(0, 0, 1, 1).data;
    return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  };
  return {
    isDark: document.documentElement.dataset["theme"] === "dark",
    paper: hex("--paper"),
    leaf: hex("--leaf"),
    ink: hex("--ink"),
    inkSoft: hex("--ink-soft"),
    line: hex("--line"),
    accent: hex("--wax"),
    accentWash: hex("--wax-wash"),
    attentionWash: hex("--attention-wash"),
  };
}
