/** A project as a person names it on the command line: by its name, whole and in any case, or by the beginning of its id. */
import type { ProjectEntry } from "#sync/docs/projectList.ts";
import { CliError, EXIT } from "./exit.ts";

export function findProject(all: readonly ProjectEntry[], wanted: string): ProjectEntry {
  const byName = all.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
  const found = byName.length > 0 ? byName : all.filter(({ id }) => id.startsWith(wanted.toLowerCase()));
  const [project] = found;
  if (project !== undefined && found.length === 1) return project;
  const says =
    project === undefined
      ? `There is no project "${wanted}". There are: ${all.map(({ name }) => name).join(", ") || "none yet"}`
      : `More than one project is called "${wanted}". Give the beginning of its id: ${found.map(({ id }) => id.slice(0, 8)).join(", ")}`;
  throw new CliError(EXIT.usage, says);
}
