/** What the tests of a real tailnet need besides a browser: Debian's packages, where root may install them. Without them those tests say loudly that they were not run. */
import { spawnSync } from "node:child_process";
import { isRootOnDebian } from "./findChromium.mjs";
import { run } from "./tools.mjs";

const PACKAGES = { "wireguard-go": "wireguard-go", wg: "wireguard-tools", ip: "iproute2", certutil: "libnss3-tools" };

export async function ensureTailnetTools(say) {
  const missing = Object.entries(PACKAGES).filter(([tool]) => spawnSync("which", [tool]).status !== 0);
  if (missing.length === 0 || !isRootOnDebian()) return;
  const names = missing.map(([, name]) => name);
  say(`Installing ${names.join(", ")} for the tests of a tailnet …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-qq"], { env });
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], { env });
}
