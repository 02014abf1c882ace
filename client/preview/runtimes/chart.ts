/** Charts of series: uPlot, with its own style sheet. In the frame it is `uPlot`. */
import uPlot from "uplot";
import look from "uplot/dist/uPlot.min.css?inline";

const style = document.createElement("style");
style.textContent = look;
// The page that is shown brings a head of its own, and takes the place of what stands in this one.
const give = (): void => {
  if (!style.isConnected) document.head.prepend(style);
};
give();
new MutationObserver(give).observe(document.head, { childList: true });
Object.assign(globalThis, { uPlot });
