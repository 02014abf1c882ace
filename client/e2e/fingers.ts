/** What is touched on a phone is large enough for a finger, on whatever view is shown. */
import type { Page } from "@playwright/test";

/** A finger's width in CSS pixels, less the rounding of a layout. */
const fingerPx = 43.5;

/** What can be pressed and is smaller than a finger; words in a running text are as large as the text. */
export async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const found: string[] = [];
    const dialog = document.querySelector("dialog[open]");
    const all = (dialog ?? document).querySelectorAll<HTMLElement>(
      "button, a[href], select, summary, textarea, input, [role=tab], [role=menuitem]",
    );
    for (const element of all) {
      if (element.closest(".prose p, .prose li, [inert], .skip") !== null || !element.checkVisibility()) continue;
      const target = element.closest("label") ?? element;
      const { width, height, right, left } = target.getBoundingClientRect();
      if (width === 0 || height === 0 || right <= 0 || left >= innerWidth) continue;
      if (Math.min(width, height) < least)
        found.push(`${element.outerHTML.slice(0, 90)}: ${Math.round(width)} × ${Math.round(height)}`);
    }
    return found;
  }, fingerPx);
}
