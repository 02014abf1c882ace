/**
 * Keeps the composer above the on-screen keyboard. Chromium resizes the page by itself (`interactive-widget`); elsewhere the
 * visual viewport tells, and the page's height follows it.
 */
export function followVisualViewport(): void {
  const viewport = window.visualViewport;
  if (viewport === null) return;
  const fit = (): void => {
    // Pinch zoom also shrinks the visual viewport, and is no keyboard.
    if (viewport.scale > 1.01) return;
    const isCovered = window.innerHeight - viewport.height > 80;
    const root = document.documentElement;
    if (isCovered) root.style.setProperty("--viewport", `${Math.round(viewport.height)}px`);
    else root.style.removeProperty("--viewport");
    if (isCovered && viewport.offsetTop > 0) window.scrollTo(0, 0);
  };
  viewport.addEventListener("resize", fit);
  viewport.addEventListener("scroll", fit);
}
