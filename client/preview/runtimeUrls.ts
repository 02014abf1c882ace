/** Where the build puts the runtimes of small apps: it takes the place of this (client/build/previewRuntimes.ts). */
import type { RuntimeName } from "./runtimes.ts";

export const runtimeUrls: Readonly<Record<RuntimeName, string>> = { ui: "", chart: "" };
