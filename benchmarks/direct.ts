/**
 * direct: from an edit in one browser to the same words in another's composer, on a tailnet of real WireGuard tunnels: with a direct link beside
 * the host's, and by the host alone. By turns, in one run: the tunnel between the two devices is taken away and put back, their tunnels to
 * the host stay. Both ways include what every edit waits for: the batch of keystrokes, the seal, the strict commit.
 */
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect } from "@playwright/test";
import { answers, ask, createVault, messageBox, syncStatus } from "../client/e2e/device.ts";
import { openTailnetWorld, pairUp, type TailnetWorld } from "../client/e2e/tailnetWorld.ts";
import { whyNoLab } from "../host/testing/tailnetLab.ts";
import { percentile } from "./collect.ts";
import type { Bench, Question } from "./question.ts";

const DIRECT = "direct link";
const HOST = "by the host";
/** A new try follows a failed one after seconds, doubled; a tunnel that came back is used within this. */
const meetMsMax = 90_000;

export const question: Question = {
  asks: "an edit from one device's screen to another's: direct, and by the host",
  run: async (bench) => {
    const why = whyNoLab();
    if (why !== null) return bench.say(`Not measured: there is no tailnet on this machine (${why}).`);
    const world = await openTailnetWorld(join(bench.folder, "world"));
    try {
      const [laptop, phone] = await openPair(world);
      for (let round = 0; round < (bench.isQuick ? 1 : 3); round++) {
        await expect(syncStatus(laptop)).toHaveText(/and direct/i, { timeout: meetMsMax });
        await measure(bench, DIRECT, phone, laptop);
        await world.phone.part(world.laptop);
        await world.laptop.part(world.phone);
        await expect(syncStatus(laptop)).toHaveText(/^on your host$/i, { timeout: meetMsMax });
        await expect(syncStatus(phone)).toHaveText(/^on your host$/i, { timeout: meetMsMax });
        await measure(bench, HOST, phone, laptop);
        await world.phone.meet(world.laptop);
        await world.laptop.meet(world.phone);
        // Loaded anew, both say that they are there.
        await laptop.reload();
        await phone.reload();
        await expect(messageBox(laptop)).toBeVisible();
      }
      bench.compare({ metric: "edit to edit, median", ours: DIRECT, theirs: HOST, atMost: 1 });
    } finally {
      await world.close();
    }
  },
};

async function openPair(world: TailnetWorld): Promise<readonly [Page, Page]> {
  const host = await world.startHost();
  const { page: laptop } = await world.openDevice(world.laptop, host);
  const { page: phone } = await world.openDevice(world.phone, host);
  await createVault(laptop, `${host.origin}/${new URL(host.link).hash}`);
  await ask(laptop, "What is a vault?");
  await expect(answers(laptop)).toContainText(["vault"]);
  await pairUp(laptop, phone);
  await laptop.keyboard.press("Escape");
  await phone.getByRole("navigation", { name: "Chats" }).getByText("What is a vault?").click();
  await expect(answers(phone)).toContainText(["vault"]);
  return [laptop, phone];
}

/** One machine, one clock: both pages' own. */
async function measure(bench: Bench, way: string, from: Page, to: Page): Promise<void> {
  const delays: number[] = [];
  await from.evaluate(() => {
    document.addEventListener("input", () => Object.assign(window, { lastInputAt: Date.now() }), { capture: true });
  });
  for (let edit = 0; edit < (bench.isQuick ? 5 : 40); edit++) {
    const words = `Edit ${edit} ${way} ${Date.now()}`;
    const seen = messageBox(to).evaluate(
      (box, wanted) =>
        new Promise<number>((resolve) => {
          const timer = setInterval(() => {
            if ((box as HTMLTextAreaElement).value !== wanted) return;
            clearInterval(timer);
            resolve(Date.now());
          }, 1);
        }),
      words,
    );
    await messageBox(from).fill(words);
    const writtenAt = await from.evaluate(() => (window as unknown as { lastInputAt: number }).lastInputAt);
    delays.push((await seen) - writtenAt);
  }
  bench.note(way, "edit to edit, median", percentile(delays, 0.5), "ms");
  bench.note(way, "edit to edit, 95 %", percentile(delays, 0.95), "ms");
}
