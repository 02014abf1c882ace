/**
 * Draws the PNG icons from `public/icon.svg` with the Chromium at CHROMIUM (default /usr/bin/chromium). Run it by hand when
 * the seal changes, and commit what it makes: `node client/build/icons.mjs`.
 */
import { chromium } from "playwright";

const publicDir = new URL("../public/", import.meta.url);

/** `edge`: whether the paper reaches every edge, because the system cuts its own corners. `viewBox`: room around the seal. */
const icons = [
  { name: "favicon-32.png", size: 32, edge: false, viewBox: "0 0 100 100" },
  { name: "icon-192.png", size: 192, edge: false, viewBox: "0 0 100 100" },
  { name: "icon-512.png", size: 512, edge: false, viewBox: "0 0 100 100" },
  // A maskable icon may lose everything outside the middle 80 %.
  { name: "icon-maskable-512.png", size: 512, edge: true, viewBox: "-9 -9 118 118" },
  { name: "apple-touch-icon.png", size: 180, edge: true, viewBox: "0 0 100 100" },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage();
for (const { name, size, edge, viewBox } of icons) {
  await page.setViewportSize({ width: size, height: size });
  await page.goto(new URL("icon.svg", publicDir).href);
  await page.evaluate(
    ([isEdge, box]) => {
      const svg = document.documentElement;
      svg.setAttribute("viewBox", box);
      if (!isEdge) return;
      const paper = svg.querySelector("rect");
      for (const [attribute, value] of Object.entries({ rx: 0, x: -10, y: -10, width: 120, height: 120 })) {
        paper.setAttribute(attribute, String(value));
      }
    },
    [edge, viewBox],
  );
  await page.screenshot({ path: decodeURIComponent(new URL(name, publicDir).pathname), omitBackground: true });
}
await browser.close();
