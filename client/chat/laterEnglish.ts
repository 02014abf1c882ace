/** Words of what is fetched when it is first used: diagrams, projects, presence, comparing. German: laterGerman.ts. */
export const laterEnglish = {
  diagram: "Diagram",
  diagramAlt: (name: string) =>
    name === "" ? "Diagram. Its text says the same." : `Diagram: ${name}. Its text says the same.`,
  diagramDrawing: "Drawing…",
  diagramFailed: (says: string) => `Not drawn: ${says}`,
  diagramGivenUp: "Not drawn: it took too long",
  asPicture: "As a picture",
  asText: "As text",
};

export type LaterStrings = typeof laterEnglish;
