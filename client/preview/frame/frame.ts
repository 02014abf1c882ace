/**
 * The script of the preview frame, which the build puts whole into `preview.html`. It runs on an origin of its own, beside whatever it is
 * told to show, and has no network: the headers of that page (host/relay/headers.ts) see to both. Everything it needs is handed to it.
 */
import type { DiagramLook, FromFrame, ToFrame } from "../messages.ts";

interface Mermaid {
  initialize(config: object): void;
  render(id: string, source: string): Promise<{ readonly svg: string }>;
}

// No policy names them, so they go before anything else can reach for them.
for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"])
  Reflect.deleteProperty(globalThis, name);

addEventListener("message", function begin(event) {
  const [port] = event.ports;
  if (event.source !== parent || port === undefined) return;
  removeEventListener("message", begin);
  serve(port);
});

function serve(port: MessagePort): void {
  const tell = (message: FromFrame): void => port.postMessage(message);
  const complain = (cause: unknown): void => tell({ kind: "error", says: sayOf(cause) });

  port.addEventListener("message", ({ data }: MessageEvent<ToFrame>) => {
    if (data.kind === "ping") tell({ kind: "pong" });
    else if (data.kind === "runtime") run(data.text);
    else if (data.kind === "diagram") void draw(data.source, data.look, data.id).then(tell);
    else {
      addEventListener("error", (event) => complain(event.error ?? event.message));
      addEventListener("unhandledrejection", (event) => complain(event.reason));
      showPage(data.html);
      new ResizeObserver(() => tell({ kind: "size", height: document.documentElement.offsetHeight })).observe(
        document.documentElement,
      );
    }
  });
  port.start();
  tell({ kind: "ready" });
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

/** Scripts that came as text do not run: each is made anew, in its place and in order. */
function showPage(html: string): void {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.head.replaceChildren(...page.head.childNodes);
  document.body.replaceChildren(...page.body.childNodes);
  for (const old of document.querySelectorAll("script")) {
    const script = document.createElement("script");
    for (const { name, value } of old.attributes) script.setAttribute(name, value);
    script.textContent = old.textContent;
    old.replaceWith(script);
  }
}

function sayOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
