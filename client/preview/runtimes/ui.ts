/** Small apps without a build: Preact, its hooks, and tags in template strings. In the frame it is `ui`. */
import htm from "htm";
import * as preact from "preact";
import * as hooks from "preact/hooks";

Object.assign(globalThis, { ui: { ...preact, ...hooks, html: htm.bind(preact.h) } });
