import { existsSync } from "node:fs";
import { chromiumCandidates } from "../launch/findChromium.mjs";

/** How tests start Chromium: the one `npm test` found (CHROMIUM_PATH), else an installed one, else Playwright's own. */
export function chromiumLaunch(): { executablePath?: string; args: string[] } {
  const found = chromiumCandidates(process.env, existsSync)[0];
  // Chromium's own sandbox cannot be built by root, as in most containers; the pages under test are ours.
  const args = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [];
  return found === undefined ? { args } : { executablePath: found, args };
}
