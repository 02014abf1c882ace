/** Homes on disks that will not have it, for real: mounted read-only, and without any room. Each is one sentence, and nothing is lost. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canMakeNamespaces, openNamespace, type NetworkNamespace } from "./testing/networkNamespace.ts";
import { writeTestApp } from "./testing/testRelay.ts";

const timeout = 120_000;
const canMount = canMakeNamespaces();
if (!canMount) console.log("badHome.test.ts was not run: it needs namespaces.");

describe.runIf(canMount)("a home", { timeout }, () => {
  let folder: string;
  let place: NetworkNamespace;
  let home: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sovereign-home-"));
    writeTestApp(join(folder, "app"));
    home = join(folder, "disk");
    mkdirSync(home);
    place = await openNamespace();
  });
  afterEach(() => {
    place.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const main = join(import.meta.dirname, "main.ts");
  const start = (): Promise<string> =>
    place.run(
      `SOVEREIGN_HOME='${home}' SOVEREIGN_PORT=0 SOVEREIGN_GATEWAY_PORT=off SOVEREIGN_NO_OPEN=1 SOVEREIGN_APP_DIR='${join(folder, "app")}' timeout 40 '${process.execPath}' '${main}'; echo "ended with $?"`,
    );

  it("BH1 that is mounted read-only", async () => {
    await place.run(
      `mount -t tmpfs -o size=4m tmpfs '${home}' && chmod 700 '${home}' && mount -o remount,ro '${home}'`,
    );
    expect(await start()).toMatch(
      /^[^\n]*is on a disk that is mounted read-only\. Make it writable, or choose another place with SOVEREIGN_HOME\.\nended with 1$/,
    );
  });

  it("BH2 on a disk without room", async () => {
    await place.run(
      `mount -t tmpfs -o size=64k tmpfs '${home}' && chmod 700 '${home}'; dd if=/dev/zero of='${home}/full' bs=1k count=64 2>/dev/null || true`,
    );
    const said = await start();
    expect(said).toMatch(/ is full\. Make room/);
    expect(said).toMatch(/\nended with 1$/);
    expect(said).not.toMatch(/node:internal|Error:|Open:/);
  });
});
