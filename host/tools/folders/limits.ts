/** Every limit of the folders that an owner lends to tools, with its reason. */

/** Folders lent at once: each is named to the model. */
export const foldersMax = 16;
/** Of a folder's name: it stands before each path. */
export const folderNameCharsMax = 24;
/** The list of them, as it lies in the home. */
export const settingsBytesMax = 65_536;
/** A path that a person would still type. */
export const pathCharsMax = 1_024;
/** How deep a path leads: sources of large programs go half as deep. */
export const pathPartsMax = 32;
/** A text that is read: what is longer than this no model at home takes in. */
export const readBytesMax = 4_194_304;
/** What one write puts there; what is approved has to be shown whole, which bounds it further (`askedArgumentsCharsMax`). */
export const writeBytesMax = 1_048_576;
/** Names of one folder that are told. */
export const listedMax = 1_000;
/** One search: files looked into, all that is read for it, lines that are told, and what of each. */
export const searchFilesMax = 5_000;
export const searchBytesMax = 67_108_864;
export const searchHitsMax = 100;
export const searchLineCharsMax = 300;
/** What is looked for: a line. */
export const searchTextCharsMax = 500;
