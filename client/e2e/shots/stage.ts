/** What a picture is taken of: a host with a scripted model, a device of one size in one theme, and where the pictures go. */
import { join } from "node:path";
import { expect as expectSoon, type Locator, type Page } from "@playwright/test";
import { type ScriptedBackend, startScriptedBackend } from "../../../host/testing/scriptedBackend.ts";
import { type Device, openDevice } from "../device.ts";
import { type RunningHost, startHost } from "../hostProcess.ts";

// No test: a busy machine only makes it take longer.
export const expect = expectSoon.configure({ timeout: 60_000 });

export interface Variant {
  readonly name: string;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly isTouch: boolean;
  readonly colorScheme: "light" | "dark";
}

const desk = { viewport: { width: 1280, height: 800 }, isTouch: false } as const;
const phone = { viewport: { width: 390, height: 844 }, isTouch: true } as const;
export const variants: readonly Variant[] = [
  { name: "desk-light", ...desk, colorScheme: "light" },
  { name: "desk-dark", ...desk, colorScheme: "dark" },
  { name: "phone-light", ...phone, colorScheme: "light" },
  { name: "phone-dark", ...phone, colorScheme: "dark" },
];

/** Motion is off in these pages; what is waited for is drawing that nothing announces. */
const settleMs = 350;

export interface Stage {
  readonly variant: Variant;
  readonly folder: string;
  /** The host's own folder. */
  readonly home: string;
  readonly backend: ScriptedBackend;
  readonly device: Device;
  readonly page: Page;
  /** Null before `runHost`. */
  readonly host: () => RunningHost;
  runHost(backend?: string | null, appDir?: string): Promise<RunningHost>;
  /** Another device of the same kind, or of the size that is given. */
  another(over?: Partial<Variant>): Promise<Device>;
  /** The first device in a fresh browser: what its browser remembered of the machine is forgotten. */
  reopen(): Promise<Device>;
  shoot(step: string, page?: Page): Promise<void>;
  /** On a phone the list is behind a button. */
  openList(): Promise<void>;
  closeList(): Promise<void>;
  end(): Promise<void>;
}

export async function openStage(variant: Variant, folder: string, out: string): Promise<Stage> {
  const backend = await startScriptedBackend({
    models: ["qwen3-30b", "gemma4-31b"],
    ownedBy: "llamacpp",
    documents: { "GET /props": { chat_template_caps: { supports_tools: true } } },
  });
  const home = join(folder, "home");
  const devices: Device[] = [];
  const hosts: RunningHost[] = [];
  const another = async (over: Partial<Variant> = {}): Promise<Device> => {
    const profile = join(folder, `profile-${devices.length}`);
    const device = await openDevice({ profile, ...variant, ...over }, []);
    devices.push(device);
    return device;
  };
  const device = await another();
  const { page } = device;
  const list = (name: string): Locator => page.getByRole("button", { name });
  return {
    ...{ variant, folder, home, backend, device, page, another },
    reopen: async () => {
      await device.close();
      const fresh = await openDevice({ profile: device.profile, ...variant }, []);
      devices.splice(devices.indexOf(device), 1, fresh);
      return fresh;
    },
    host: () => {
      const host = hosts.at(-1);
      if (host === undefined) throw new Error("No host runs yet.");
      return host;
    },
    runHost: async (url = backend.url, appDir) => {
      const port = hosts.at(-1)?.port ?? 0;
      const given = appDir === undefined ? {} : { appDir };
      const host = await startHost({ home, port, backend: url, ...given });
      hosts.push(host);
      return host;
    },
    shoot: async (step, shown = page) => {
      await shown.waitForTimeout(settleMs);
      await shown.screenshot({ path: join(out, `${variant.name}-${step}.png`) });
    },
    openList: async () => {
      if (variant.isTouch) await list("Open chats").click();
    },
    closeList: async () => {
      if (variant.isTouch) await list("Close chats").click();
    },
    end: async () => {
      for (const each of devices) await each.close();
      for (const each of hosts) await each.stop();
      await backend.close();
    },
  };
}

/** From its heading on, whatever is above it in the sheet. */
export async function scrollTo(page: Page, within: string, heading: string): Promise<void> {
  await page
    .locator(within)
    .getByRole("heading", { name: heading })
    .first()
    .evaluate((element) => element.scrollIntoView({ block: "start" }));
}
