/** What every end-to-end test has: a home folder, a host, a scripted model server, devices, and a clean end for all of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "@playwright/test";
import { startScriptedBackend, type ScriptedBackend } from "../../host/testing/scriptedBackend.ts";
import { openDevice, type Device, type DeviceSettings } from "./device.ts";
import { startHost, type RunningHost } from "./hostProcess.ts";

export interface Fixtures {
  /** One empty folder for the test; everything it makes on disk is in it. */
  readonly folder: string;
  readonly home: string;
  readonly backend: ScriptedBackend;
  /** Starts the host on `home`; after the first time, on the port it had. */
  readonly runHost: (backend?: string | null) => Promise<RunningHost>;
  readonly openDevice: (settings?: Partial<DeviceSettings>) => Promise<Device>;
}

export const test = base.extend<Fixtures>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "sovereign-e2e-"));
    await use(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  },
  home: async ({ folder }, use) => use(join(folder, "home")),
  backend: async ({}, use) => {
    const backend = await startScriptedBackend();
    await use(backend);
    await backend.close();
  },
  runHost: async ({ home, backend }, use) => {
    const hosts: RunningHost[] = [];
    await use(async (url = backend.url) => {
      const host = await startHost({ home, port: hosts.at(-1)?.port ?? 0, backend: url });
      hosts.push(host);
      return host;
    });
    const codes = await Promise.all(hosts.map((host) => host.stop()));
    expect(codes, "every host ended cleanly").toEqual(codes.map(() => 0));
  },
  openDevice: async ({ folder }, use) => {
    const devices: Device[] = [];
    const complaints: string[] = [];
    await use(async (settings = {}) => {
      const device = await openDevice({ profile: join(folder, `profile-${devices.length}`), ...settings }, complaints);
      devices.push(device);
      return device;
    });
    for (const device of devices) await device.close();
    expect(complaints, "no policy violation, no uncaught error, no request to another machine").toEqual([]);
  },
});

export { expect } from "@playwright/test";
