/**
 * A page that tries every way out that a browser has, each to a host name of its own below one domain, so that whoever listens knows which
 * ways were open. It runs as the frame's own page and, to prove that it leaks where nothing holds it, as an ordinary one.
 */

/** The names of the ways, in the order in which they are tried; those that lead the page itself away come last. */
export const egressChannels = [
  ...["fetch", "fetch-keepalive", "fetch-later", "xhr", "websocket", "eventsource", "beacon", "image", "srcset"],
  ...["picture", "css-background", "css-import", "css-cursor", "font-face", "font-api", "stylesheet", "preload"],
  ...["prefetch", "preconnect", "dns-prefetch", "icon", "modulepreload", "manifest", "script", "import", "module"],
  ...["iframe", "iframe-srcdoc", "iframe-blob", "object", "embed", "video", "poster", "audio", "track", "svg-image"],
  ...["svg-use", "input-image", "body-background", "speculation", "worker", "worker-import", "shared-worker"],
  ...["webrtc", "webrtc-nested", "webtransport", "form", "form-blank", "open", "anchor-ping", "anchor-blank"],
  ...["download", "top", "meta-refresh", "self-navigation"],
] as const;

/** `at("image")` is the address of one way; `udpPort` answers nothing and counts. */
export function egressPage(domain: string, port: number): string {
  return `<!doctype html><html><head><title>Ways out</title></head><body><p>Trying.</p><script>
"use strict";
const at = (way) => "http://" + way + ".${domain}:${port}/" + way;
const add = (html) => { const box = document.createElement("div"); box.innerHTML = html; document.body.append(box); return box; };
const link = (rel, way, more) => { const tag = Object.assign(document.createElement("link"), { rel, href: at(way), ...more }); document.head.append(tag); };
const style = (text) => { const tag = document.createElement("style"); tag.textContent = text; document.head.append(tag); };
const blob = (text, type) => URL.createObjectURL(new Blob([text], { type }));
const stun = (rtc, way) => { const peer = new rtc({ iceServers: [{ urls: "stun:" + way + ".${domain}:${port}" }] }); peer.createDataChannel("x"); peer.createOffer().then((offer) => peer.setLocalDescription(offer)); };
const ways = {
  "fetch": () => fetch(at("fetch"), { mode: "no-cors" }),
  "fetch-keepalive": () => fetch(at("fetch-keepalive"), { method: "POST", mode: "no-cors", keepalive: true, body: "secret" }),
  "fetch-later": () => fetchLater(at("fetch-later"), { activateAfter: 0 }),
  "xhr": () => { const asked = new XMLHttpRequest(); asked.open("GET", at("xhr")); asked.send(); },
  "websocket": () => new WebSocket(at("websocket").replace("http", "ws")),
  "eventsource": () => new EventSource(at("eventsource")),
  "beacon": () => navigator.sendBeacon(at("beacon"), "secret"),
  "image": () => { new Image().src = at("image"); },
  "srcset": () => add('<img srcset="' + at("srcset") + ' 1x">'),
  "picture": () => add('<picture><source srcset="' + at("picture") + '"><img></picture>'),
  "css-background": () => add('<div style="width:9px;height:9px;background:url(' + at("css-background") + ')">x</div>'),
  "css-import": () => style('@import url("' + at("css-import") + '");'),
  "css-cursor": () => add('<div style="height:9px;list-style:url(' + at("css-cursor") + ');display:list-item">x</div>'),
  "font-face": () => { style('@font-face{font-family:out;src:url("' + at("font-face") + '")}'); add('<p style="font-family:out">words</p>'); },
  "font-api": () => new FontFace("out2", 'url("' + at("font-api") + '")').load(),
  "stylesheet": () => link("stylesheet", "stylesheet"),
  "preload": () => link("preload", "preload", { as: "image" }),
  "prefetch": () => link("prefetch", "prefetch"),
  "preconnect": () => link("preconnect", "preconnect"),
  "dns-prefetch": () => link("dns-prefetch", "dns-prefetch"),
  "icon": () => link("icon", "icon"),
  "modulepreload": () => link("modulepreload", "modulepreload"),
  "manifest": () => link("manifest", "manifest"),
  "script": () => { const tag = document.createElement("script"); tag.src = at("script"); document.head.append(tag); },
  "import": () => import(at("import")),
  "module": () => { const tag = document.createElement("script"); tag.type = "module"; tag.textContent = 'import "' + at("module") + '";'; document.head.append(tag); },
  "iframe": () => add('<iframe src="' + at("iframe") + '"></iframe>'),
  "iframe-srcdoc": () => add('<iframe srcdoc="<img src=' + at("iframe-srcdoc") + '>"></iframe>'),
  "iframe-blob": () => add('<iframe src="' + blob('<img src="' + at("iframe-blob") + '">', "text/html") + '"></iframe>'),
  "object": () => add('<object data="' + at("object") + '"></object>'),
  "embed": () => add('<embed src="' + at("embed") + '">'),
  "video": () => add('<video src="' + at("video") + '" autoplay muted></video>'),
  "poster": () => add('<video poster="' + at("poster") + '"></video>'),
  "audio": () => { new Audio(at("audio")).play(); },
  "track": () => { const film = add('<video><track default src="' + at("track") + '"></video>').firstChild; film.textTracks[0].mode = "showing"; },
  "svg-image": () => add('<svg><image href="' + at("svg-image") + '" width="9" height="9"/></svg>'),
  "svg-use": () => add('<svg><use href="' + at("svg-use") + '#x"/></svg>'),
  "input-image": () => add('<input type="image" src="' + at("input-image") + '">'),
  "body-background": () => document.body.setAttribute("background", at("body-background")),
  "speculation": () => { const tag = document.createElement("script"); tag.type = "speculationrules"; tag.textContent = JSON.stringify({ prefetch: [{ urls: [at("speculation")], eagerness: "immediate" }] }); document.head.append(tag); },
  "worker": () => new Worker(at("worker")),
  "worker-import": () => new Worker(blob('importScripts("' + at("worker-import") + '")', "text/javascript")),
  "shared-worker": () => new SharedWorker(blob('fetch("' + at("shared-worker") + '", { mode: "no-cors" })', "text/javascript")),
  "webrtc": () => stun(RTCPeerConnection, "webrtc"),
  "webrtc-nested": () => { const inner = add("<iframe></iframe>").firstChild.contentWindow; stun(inner.RTCPeerConnection, "webrtc-nested"); },
  "webtransport": () => new WebTransport(at("webtransport").replace("http", "https")),
  "form": () => { const form = add('<form action="' + at("form") + '" target="inner"><input name="a" value="secret"></form><iframe name="inner"></iframe>').firstChild; form.submit(); },
  "form-blank": () => { const form = add('<form action="' + at("form-blank") + '" target="_blank"></form>').firstChild; form.submit(); },
  "open": () => open(at("open")),
  "anchor-ping": () => add('<a href="#here" ping="' + at("anchor-ping") + '">x</a>').firstChild.click(),
  "anchor-blank": () => add('<a href="' + at("anchor-blank") + '" target="_blank">x</a>').firstChild.click(),
  "download": () => add('<a href="' + at("download") + '" download>x</a>').firstChild.click(),
  "top": () => { if (top !== self) top.location.href = at("top"); },
  "meta-refresh": () => { const tag = document.createElement("meta"); tag.httpEquiv = "refresh"; tag.content = "0;url=" + at("meta-refresh"); document.head.append(tag); },
  "self-navigation": () => { setTimeout(() => { location.href = at("self-navigation"); }, 300); },
};
const reach = {};
const look = async (name, act) => { try { reach[name] = String(await act()); } catch (error) { reach[name] = "refused: " + error.name; } };
(async () => {
  await look("origin", () => self.origin);
  await look("parent", () => parent === self ? "none" : typeof parent.document.body);
  await look("cookie", () => document.cookie + "read");
  await look("localStorage", () => typeof localStorage.getItem("x"));
  await look("indexedDB", () => new Promise((done, failed) => { const asked = indexedDB.open("x"); asked.onsuccess = () => done("open"); asked.onerror = () => failed(asked.error); }));
  await look("caches", async () => (await caches.keys()).length);
  await look("serviceWorker", () => navigator.serviceWorker.register("/sw.js"));
  await look("clipboard", () => navigator.clipboard.readText());
  await look("camera", () => navigator.mediaDevices.getUserMedia({ video: true }));
  const tried = [];
  for (const [name, act] of Object.entries(ways)) { tried.push(name); try { Promise.resolve(act()).catch(() => {}); } catch {} }
  (parent === self ? self : parent).postMessage({ kind: "egress", tried, reach }, "*");
})();
</script></body></html>`;
}

/** The ways out that need no script, for a page that lies still. */
export function egressMarkup(domain: string, port: number): string {
  const at = (way: string): string => `http://${way}.${domain}:${port}/${way}`;
  const links = [
    "dns-prefetch",
    "preconnect",
    "prefetch",
    "preload",
    "modulepreload",
    "stylesheet",
    "icon",
    "manifest",
  ];
  return `<!doctype html><html manifest="${at("appcache")}" xmlns:xlink="http://www.w3.org/1999/xlink"><head><title>Still</title>
<base href="${at("base")}"><meta http-equiv="refresh" content="2;url=${at("meta-refresh")}"><meta http-equiv="x-dns-prefetch-control" content="on">
${links.map((rel) => `<link rel="${rel}" as="image" href="${at(rel)}">`).join("\n")}
<style>@import url("${at("css-import")}"); @font-face{font-family:out;src:url("${at("font-face")}")} body{background:url("${at("css-background")}");font-family:out}</style>
<script src="${at("script")}"></script><script type="speculationrules">{"prefetch":[{"urls":["${at("speculation")}"],"eagerness":"immediate"}]}</script></head>
<body background="${at("body-background")}" onload="new Image().src='${at("handler")}'"><h1>Still</h1>
<img src="${at("image")}" srcset="${at("srcset")} 1x" onerror="fetch('${at("on-error")}')"><picture><source srcset="${at("picture")}"><img></picture>
<input type="image" src="${at("input-image")}"><video src="${at("video")}" poster="${at("poster")}" autoplay muted></video><audio src="${at("audio")}" autoplay></audio>
<iframe src="${at("iframe")}"></iframe><iframe srcdoc="<img src='${at("iframe-srcdoc")}'>"></iframe><object data="${at("object")}"></object><embed src="${at("embed")}">
<svg><image href="${at("svg-image")}" width="9" height="9"/><use href="${at("svg-use")}#x"/><a xlink:href="${at("svg-link")}"><set attributeName="xlink:href" to="${at("svg-set")}"/></a><style>@import "${at("svg-import")}"</style></svg>
<div style="width:9px;height:9px;background:image-set(url(${at("style-attribute")}) 1x)"></div><a href="${at("anchor")}" ping="${at("anchor-ping")}">a link</a>
<form action="${at("form")}"><button autofocus formaction="${at("formaction")}">x</button></form></body></html>`;
}

/** The same of a drawing. */
export function egressDrawing(domain: string, port: number): string {
  const at = (way: string): string => `http://${way}.${domain}:${port}/${way}`;
  return `<?xml-stylesheet href="${at("xml-stylesheet")}" type="text/css"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 90" onload="fetch('${at("svg-load")}')">
<script>fetch("${at("svg-script")}")</script><script href="${at("svg-script-href")}"/><style>@import url("${at("svg-css")}"); rect{fill:url("${at("svg-fill")}#x")}</style>
<image href="${at("svg-picture")}" width="9" height="9"/><use href="${at("svg-used")}#x"/><rect width="90" height="90" fill="teal"/>
<foreignObject width="90" height="90"><img xmlns="http://www.w3.org/1999/xhtml" src="${at("svg-html")}"/><link xmlns="http://www.w3.org/1999/xhtml" rel="dns-prefetch" href="${at("svg-dns")}"/></foreignObject></svg>`;
}
