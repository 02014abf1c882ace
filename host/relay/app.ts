/**
 * The HTTP side as a value: `app.request("/healthz")` answers without a socket. It runs behind the gate, which has
 * judged every request already.
 */
import { H3, type H3Event } from "h3";
import type { AppFile, AppFiles } from "./appFiles.ts";
import { cacheControlOf, PREVIEW_HEADERS, previewPath, SECURITY_HEADERS } from "./headers.ts";

/** `addresses`: where other devices find this host, as JSON: what its printed link and its certificate's page say to anybody. */
export function createApp(files: AppFiles, addresses: () => string = () => "{}"): H3 {
  const app = new H3();
  // Nothing more without a key: a health check must not become an oracle.
  app.get("/healthz", () =>
    answer('{"status":"ok"}', { "content-type": "application/json", "cache-control": "no-store" }),
  );
  app.get("/addresses.json", () =>
    answer(addresses(), { "content-type": "application/json", "cache-control": "no-store" }),
  );
  app.get("/**", (event) => serveApp(event, files));
  return app;
}

function serveApp(event: H3Event, files: AppFiles): Response {
  const path = event.url.pathname;
  const exact = files.get(path === "/" ? "/index.html" : path);
  if (exact !== undefined) return sendFile(event, path === "/" ? "/index.html" : path, exact);
  const index = files.get("/index.html");
  // The app routes its own addresses; only a person's navigation to one gets the page, so that a missing asset is an
  // honest 404.
  if (index !== undefined && isNavigation(event, path)) return sendFile(event, "/index.html", index);
  return answer("Not found.", { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" }, 404);
}

function sendFile(event: H3Event, path: string, file: AppFile): Response {
  const isPreview = path === previewPath;
  const headers = {
    ...(isPreview ? PREVIEW_HEADERS : {}),
    "content-type": file.contentType,
    "cache-control": cacheControlOf(path),
    etag: file.etag,
  };
  if (event.req.headers.get("if-none-match") === file.etag) return answer(null, headers, 304);
  const body = event.req.method === "HEAD" ? null : file.content;
  return answer(body, { ...headers, "content-length": String(file.content.length) });
}

function isNavigation(event: H3Event, path: string): boolean {
  const mode = event.req.headers.get("sec-fetch-mode");
  const wantsPage = mode === null ? (event.req.headers.get("accept") ?? "").includes("text/html") : mode === "navigate";
  return wantsPage && !path.slice(path.lastIndexOf("/")).includes(".");
}

function answer(body: string | Uint8Array | null, headers: Readonly<Record<string, string>>, status = 200): Response {
  return new Response(body as ConstructorParameters<typeof Response>[0], {
    status,
    headers: { ...SECURITY_HEADERS, ...headers },
  });
}
