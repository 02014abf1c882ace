/** The page's own policy holds in a real browser, and a breach of it would be heard: every other test relies on that. */
import { join } from "node:path";
import { createVault, openDevice } from "./device.ts";
import { expect, test } from "./fixtures.ts";

test("S-03 inline script, markup from text and other machines are refused, and each is reported", async ({
  runHost,
  folder,
}) => {
  const host = await runHost();
  const complaints: string[] = [];
  const { page, close } = await openDevice({ profile: join(folder, "policy") }, complaints);
  await createVault(page, host.link);
  expect(complaints).toEqual([]);

  const outcome = await page.evaluate(async () => {
    const script = document.createElement("script");
    const refused: Record<string, boolean> = {};
    const attempt = async (name: string, act: () => unknown): Promise<void> => {
      try {
        await act();
        refused[name] = false;
      } catch {
        refused[name] = true;
      }
    };
    await attempt("script from text", () => script.append(document.createTextNode("window.wasRun = true")));
    document.body.append(script);
    await attempt("markup from text", () => (document.body.innerHTML = "<b>bold</b>"));
    await attempt("another machine", () => fetch("http://127.0.0.2:9/"));
    await attempt(
      "a picture from elsewhere",
      () =>
        new Promise((_done, failed) => {
          const picture = new Image();
          picture.onerror = failed;
          picture.src = "http://127.0.0.2:9/pixel.png";
        }),
    );
    return { ...refused, wasRun: "wasRun" in window };
  });
  expect(outcome).toMatchObject({
    "markup from text": true,
    "another machine": true,
    "a picture from elsewhere": true,
    wasRun: false,
  });
  for (const breach of [/TrustedScript/, /connect-src/, /img-src/, /another machine/]) {
    await expect.poll(() => complaints).toContainEqual(expect.stringMatching(breach));
  }
  await close();
});
