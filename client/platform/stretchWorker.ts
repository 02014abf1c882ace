/** Where the build puts the passphrase's worker: the page's Trusted Types policy admits it before anything asks for it. */
export { default as stretchWorkerUrl } from "../unlock/stretchWorker.ts?worker&url";
