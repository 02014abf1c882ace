/**
 * What every answer carries. The page is the owner's app and nothing else: it loads from here, talks to here, and no
 * other page may frame it, read it or share its process. Trusted Types allow only the policies named here (Solid's
 * build-time templates, the service worker's address).
 */

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  // libsodium is WebAssembly; 'wasm-unsafe-eval' allows that and no other eval.
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  // The page of the sandboxed preview, and no other: everything else refuses to be framed.
  "frame-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types default sovereign workbox",
].join("; ");

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy":
    "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), browsing-topics=()",
  "origin-agent-cluster": "?1",
};

/**
 * The preview's page, in which what a model wrote may run (client/preview/, SECURITY T-23). `sandbox` gives it an origin that nobody
 * else has: no storage, no way to the app's page. It may run what it is handed and load nothing: no policy line names an
 * address. WebRTC and name look-ups are in no such policy; `Connection-Allowlist: ()` closes both where the browser has it.
 */
export const PREVIEW_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  "content-security-policy": [
    "sandbox allow-scripts",
    "default-src 'none'",
    "script-src 'unsafe-inline' 'unsafe-eval'",
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "font-src data:",
    "media-src data: blob:",
    "worker-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "webrtc 'block'",
  ].join("; "),
  "connection-allowlist": "()",
  "x-dns-prefetch-control": "off",
  "x-frame-options": "SAMEORIGIN",
  "permissions-policy":
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), bluetooth=(), midi=(), display-capture=(), clipboard-read=(), clipboard-write=(), browsing-topics=()",
};

/** client/preview/openPreview.ts asks for it. */
export const previewPath = "/preview.html";

/** Built assets carry a hash in their name, so they never change; all else is asked for again each time. */
export function cacheControlOf(path: string): string {
  return path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
}
