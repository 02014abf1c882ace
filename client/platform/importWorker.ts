/** Where the build puts the worker that reads exports: the page's Trusted Types policy admits it before anything asks for it. */
export { default as importWorkerUrl } from "../data/importWorker.ts?worker&url";
