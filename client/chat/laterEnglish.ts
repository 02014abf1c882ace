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

  compareWith: (model: string) => `Compare with ${model}`,
  compareVersions: "Compare versions",
  comparison: "Two answers side by side",
  keepThis: "Keep this one",
  keepNamed: (name: string) => `Keep this one: ${name}`,
  stopComparing: "Stop comparing",
  kept: (name: string) => `Going on with ${name}. The other one is a version beside it.`,

  openAsArtifact: "Open as artifact",
  openCodeAsArtifact: (name: string) => `Open as artifact: ${name}`,

  projects: "Projects",
  newProject: "New project",
  untitledProject: "Project",
  openProject: "Open",
  openProjectNamed: (name: string) => `Project: ${name}`,
  projectChats: (name: string) => `Chats in ${name}`,
  noProjectChats: "No chats yet",
  projectRemoved: (name: string) => `“${name}” deleted. Its chats are kept.`,
  projectArchived: (name: string) => `“${name}” archived`,
  projectArchive: (many: number) => `Archived projects (${many})`,
  projectName: "Name of the project",
  projectColour: "Colour",
  colours: { wax: "Wax red", amber: "Amber", moss: "Moss", teal: "Teal", ink: "Ink blue", plum: "Plum" },
  instructions: "Instructions",
  instructionsHint: "What should be known in every chat here? What matters, how to answer, what to leave out.",
  instructionsNote: "Goes with every question asked in this project, and is the same on all your devices.",
  projectModel: "Model",
  hostsChoice: "Your host's choice",
  projectReach: "Who may answer",
  localOnly: "Only your own machines",
  localOnlyNote: "Questions never go to a model server outside, even when none of yours can answer.",
  anywhere: "Any model server that your host uses",
  anywhereNote: "Each answer says where it was computed.",
  beginHere: "Write below to begin the first chat here.",
  moveTo: "Move to",
  noProject: "No project",
  chatsMoved: (many: number, name: string) => (many === 1 ? `Moved to “${name}”` : `${many} chats moved to “${name}”`),
  chatsMovedOut: (many: number) =>
    many === 1 ? "Moved out of its project" : `${many} chats moved out of their projects`,
};

export type LaterStrings = typeof laterEnglish;
