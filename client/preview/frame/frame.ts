/**
 * The script of the preview frame, which the build puts whole into `preview.html`. It runs on an origin of its own, beside whatever it is
 * told to show, and has no network: the headers of that page (host/relay/headers.ts) see to both. Everything it needs is handed to it.
 */
import type { DiagramLook, FromFrame, ToFrame } from "../messages.ts";
import { isSealed } from "./isSealed.ts";
import { giveStorage, showPage, showPicture, showStill } from "./pages.ts";

interface Mermaid {
  initialize(config: object): void;
  render(id: string, source: string): Promise<{ readonly svg: string }>;
}

const sealed = isSealed();
// No policy names them, so they go before anything else can reach for them.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"])
  Reflect.deleteProperty(globalThis, name);

addEventListener("message", function begin(event) {
  const [port] = event.ports;
  if (event.source !== parent || port === undefined) return;
  removeEventListener("message", begin);
  void sealed.then((isSealedOff) => serve(port, isSealedOff));
});

function serve(port: MessagePort, isSealedOff: boolean): void {
  const tell = (message: FromFrame): void => port.postMessage(message);

  port.addEventListener("message", ({ data }: MessageEvent<ToFrame>) => {
    if (data.kind === "ping") tell({ kind: "pong" });
    else if (data.kind === "runtime") run(data.text);
    else if (data.kind === "diagram") void draw(data.source, data.look, data.id).then(tell);
    else if (data.kind === "still") showStill(data.html);
    else if (data.kind === "picture") showPicture(data.svg);
    else {
      listen(tell);
      giveStorage();
      showPage(data.html);
    }
  });
  port.start();
  tell({ kind: "ready", isSealed: isSealedOff });
}

/** What goes wrong in the page, while it is shown and later. */
function listen(tell: (message: FromFrame) => void): void {
  const complain = (cause: unknown): void => tell({ kind: "error", says: sayOf(cause) });
  addEventListener("error", (event) => complain(event.error ?? event.message));
  addEventListener("unhandledrejection", (event) => complain(event.reason));
  document.addEventListener("securitypolicyviolation", ({ blockedURI }) =>
    tell({ kind: "blocked", address: blockedURI }),
  );
  const { error } = console;
  const say = (...said: readonly unknown[]): void => {
    complain(said.map(sayOf).join(" "));
    error(...said);
  };
  Object.assign(console, { error: say });
}

function run(text: string): void {
  const script = document.createElement("script");
  script.textContent = text;
  document.head.append(script);
  script.remove();
}

async function draw(source: string, look: DiagramLook, id: number): Promise<FromFrame> {
  try {
    const { mermaid } = globalThis as unknown as { mermaid: Mermaid };
    mermaid.initialize(configOf(look));
    const { svg } = await mermaid.render("diagram", source);
    return { kind: "drawn", id, ...measure(svg) };
  } catch (cause) {
    return { kind: "failed", id, says: sayOf(cause) };
  } finally {
    document.body.replaceChildren();
  }
}

function configOf(look: DiagramLook): object {
  return {
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    deterministicIds: true,
    // Words as SVG's own text: a picture with HTML inside cannot be saved as one.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    theme: "base",
    darkMode: look.isDark,
    // As the picture is drawn elsewhere, only the system's own faces measure the same there.
    fontFamily: "system-ui, sans-serif",
    themeVariables: {
      darkMode: look.isDark,
      fontFamily: "system-ui, sans-serif",
      fontSize: "15px",
      background: look.paper,
      primaryColor: look.leaf,
      primaryTextColor: look.ink,
      primaryBorderColor: look.inkSoft,
      secondaryColor: look.accentWash,
      tertiaryColor: look.attentionWash,
      lineColor: look.inkSoft,
      textColor: look.ink,
      edgeLabelBackground: look.paper,
      clusterBkg: look.paper,
      clusterBorder: look.line,
      noteBkgColor: look.attentionWash,
      noteTextColor: look.ink,
      noteBorderColor: look.line,
      activationBkgColor: look.accentWash,
      activationBorderColor: look.accent,
    },
  };
}

/** With its size in it, as a picture that stands alone must have. */
function measure(text: string): { readonly svg: string; readonly width: number; readonly height: number } {
  const holder = document.createElement("div");
  holder.innerHTML = text;
  const svg = holder.querySelector("svg");
  if (svg === null) throw new Error("Nothing was drawn.");
  const { width, height } = svg.viewBox.baseVal;
  svg.setAttribute("width", String(Math.ceil(width)));
  svg.setAttribute("height", String(Math.ceil(height)));
  svg.style.removeProperty("max-width");
  return { svg: new XMLSerializer().serializeToString(svg), width: Math.ceil(width), height: Math.ceil(height) };
}

function sayOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
