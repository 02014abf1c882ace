/**
 * lighthouse: what a judge from outside says about the app. It is too large to be installed with it: `npm ci --ignore-scripts --prefix
 * benchmarks/tools` brings it. Its newer versions have no audits of installing any more; the app's own tests hold those.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "@playwright/test";
import { createVault } from "../client/e2e/device.ts";
import { startHost } from "../client/e2e/hostProcess.ts";
import { chromiumLaunch } from "../host/testing/chromiumLaunch.ts";
import type { Question } from "./question.ts";

const place = join(import.meta.dirname, "tools/node_modules/lighthouse/core/index.js");

interface Report {
  readonly lhr: {
    readonly categories: Readonly<Record<string, { readonly title: string; readonly score: number | null }>>;
    readonly audits: Readonly<
      Record<string, { readonly title: string; readonly score: number | null; readonly scoreDisplayMode: string }>
    >;
  };
}

type Lighthouse = (
  url: string,
  flags: {
    readonly port: number;
    readonly output: "json";
    readonly logLevel: "error";
    readonly disableStorageReset: true;
    readonly onlyCategories: readonly string[];
  },
) => Promise<Report | undefined>;

export const question: Question = {
  asks: "what does Lighthouse say about accessibility and good practice?",
  run: async (bench) => {
    if (!existsSync(place)) {
      bench.say("Not asked: `npm ci --ignore-scripts --prefix benchmarks/tools` brings Lighthouse.");
      return;
    }
    // oxlint-disable-next-line sovereign/layers -- reason: it is not installed with the rest, so no plain name leads to it.
    const { default: lighthouse } = (await import(pathToFileURL(place).href)) as { readonly default: Lighthouse };
    const host = await startHost({ home: join(bench.folder, "home"), backend: null });
    const launch = chromiumLaunch();
    const port = 20_000 + (process.pid % 20_000);
    const context = await chromium.launchPersistentContext(join(bench.folder, "profile"), {
      ...launch,
      args: [...launch.args, `--remote-debugging-port=${port}`],
      headless: true,
    });
    try {
      const ask = async (subject: string): Promise<void> => {
        const categories = ["accessibility", "best-practices", "seo"];
        const flags = {
          port,
          output: "json",
          logLevel: "error",
          disableStorageReset: true,
          onlyCategories: categories,
        } as const;
        const report = await lighthouse(`${host.origin}/`, flags);
        if (report === undefined) throw new Error("Lighthouse had nothing to say");
        const { categories: judged, audits } = report.lhr;
        for (const { title, score } of Object.values(judged)) bench.note(subject, title, (score ?? 0) * 100, "of 100");
        for (const { title, score, scoreDisplayMode } of Object.values(audits))
          if (scoreDisplayMode === "binary" && score === 0) bench.say(`${subject}: ${title}`);
      };
      await ask("before there is a vault");
      const page = context.pages()[0] ?? (await context.newPage());
      await createVault(page, host.link);
      await page.close();
      await ask("in the vault");
    } finally {
      await context.close();
      await host.stop();
    }
  },
};
