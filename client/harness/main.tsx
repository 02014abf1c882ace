/**
 * The real Markdown component under the real policy, and nothing else: hostile texts are streamed into it at every split, thousands of
 * them a second. `e2e/hostileMarkup.spec.ts` drives it.
 */
import { createSignal, type JSX, Show } from "solid-js";
import { render } from "solid-js/web";
import { Markdown } from "../chat/markdown/Markdown.tsx";
import { installTrustedTypes } from "../platform/trustedTypes.ts";
import { judge } from "./judge.ts";

installTrustedTypes();

const ran: string[] = [];
Object.defineProperty(globalThis, "pwned", {
  set: () => {
    ran.push("window.pwned was set");
  },
  get: () => undefined,
});
for (const name of ["alert", "confirm", "prompt", "print", "open"])
  Object.defineProperty(globalThis, name, { value: () => ran.push(`${name}() was called`) });
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) =>
  ran.push(`the policy had to refuse ${effectiveDirective} ${blockedURI} ${sample}`),
);

const [text, setText] = createSignal("");
const [isArriving, setIsArriving] = createSignal(true);
const [mounted, setMounted] = createSignal(1, { equals: false });

function Page(): JSX.Element {
  return (
    <Show when={mounted()} keyed>
      <Markdown text={text()} isArriving={isArriving()} />
    </Show>
  );
}

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has lost its #app");
render(Page, root);

const begin = (): void => {
  setText("");
  setIsArriving(true);
  setMounted((count) => count + 1);
};
const finish = (whole: string): void => {
  setText(whole);
  setIsArriving(false);
};
const turn = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** What a text could do, letter by letter and in two parts, split at every place; empty is good. */
async function test(hostile: string): Promise<readonly string[]> {
  /** What, and when it was first seen. */
  const found = new Map<string, string>();
  const look = (when: string): void => {
    for (const bad of judge(root as HTMLElement)) if (!found.has(bad)) found.set(bad, when);
  };
  begin();
  for (let end = 1; end <= hostile.length; end++) {
    setText(hostile.slice(0, end));
    look(`after ${end} letters`);
  }
  finish(hostile);
  look("at its end");
  for (let at = 1; at < hostile.length; at++) {
    begin();
    setText(hostile.slice(0, at));
    finish(hostile);
    look(`split at ${at}`);
  }
  // What is drawn later: formulas, colours of code. Everything that can be pressed is.
  await turn();
  look("a frame later");
  for (const pressed of root?.querySelectorAll<HTMLElement>("*") ?? []) {
    // A link leads out when a person follows it, and is no attack; what stands around it could be.
    if (pressed.closest("a, button") !== null) continue;
    pressed.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    pressed.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  }
  for (const what of ran.splice(0)) found.set(what, "while it was shown");
  return [...found].map(([bad, when]) => `${bad}, ${when}`);
}

/** The test of the test: each of these is HTML that a page must not hold, put there by hand. */
function testJudge(): readonly (readonly string[])[] {
  const place = document.createElement("div");
  const make = (tag: string, attributes: Record<string, string> = {}): void => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    place.replaceChildren(element);
  };
  const wrong: readonly (readonly [string, Record<string, string>])[] = [
    ["iframe", {}],
    ["img", { src: "/x" }],
    ["a", { href: "javascript:1" }],
    ["a", { href: "https://a@b.example/" }],
    ["a", { href: "https://b.example/", ping: "https://c.example/" }],
    ["span", { onclick: "1" }],
    ["span", { id: "app" }],
    ["link", { rel: "dns-prefetch" }],
  ];
  return wrong.map(([tag, attributes]) => {
    // The policy would refuse some of these even here; what counts is that they are seen.
    try {
      make(tag, attributes);
    } catch {
      return ["refused by the browser"];
    }
    return judge(place);
  });
}

Object.assign(globalThis, { harness: { test, testJudge } });
