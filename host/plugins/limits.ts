/** Every limit of plugins, with its reason. */

/** `plugin.json` with its tools' definitions and a line for each file. */
export const manifestBytesMax = 524_288;
/** Files of one plugin, and their bytes together: a bundled program and what it reads; whoever brings a model brings it elsewhere. */
export const pluginFilesMax = 2_000;
export const pluginBytesMax = 67_108_864;
/** A path within a plugin. */
export const pathCharsMax = 200;
/** What a person reads of a plugin, and of each of its settings, before they say yes. */
export const saysCharsMax = 500;
export const pluginSettingsMax = 24;
export const settingCharsMax = 2_000;
/** All of them together, as they stand in its environment: Linux takes 131,072 bytes in one variable. */
export const settingsBytesMax = 65_536;
/** Publishers that one owner trusts: a list that they can read through. */
export const trustedMax = 64;
export const stateFileBytesMax = 1_048_576;
