/** The colours that projects are told apart by. */
import { type ProjectColour, projectColours, type ProjectEntry } from "#sync/docs/projectList.ts";

export { projectColours };

/** The one that is used least, so that a new project looks like no other for as long as there are colours left. */
export function nextColour(projects: readonly ProjectEntry[]): ProjectColour {
  const uses = (colour: ProjectColour): number => projects.filter((project) => project.colour === colour).length;
  return projectColours.reduce((least, colour) => (uses(colour) < uses(least) ? colour : least));
}
