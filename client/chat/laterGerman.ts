import type { LaterStrings } from "./laterEnglish.ts";

export const laterGerman: LaterStrings = {
  diagram: "Diagramm",
  diagramAlt: (name) =>
    name === "" ? "Diagramm. Sein Text sagt dasselbe." : `Diagramm: ${name}. Sein Text sagt dasselbe.`,
  diagramDrawing: "Wird gezeichnet …",
  diagramFailed: (says) => `Nicht gezeichnet: ${says}`,
  diagramGivenUp: "Nicht gezeichnet: Es dauerte zu lange",
  asPicture: "Als Bild",
  asText: "Als Text",
};
