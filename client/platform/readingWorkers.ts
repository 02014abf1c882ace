/** Where the build puts the workers that read files, draw them and look through them: the page's Trusted Types policy admits them beforehand. */
export { default as drawingWorkerUrl } from "../reading/drawingWorker.ts?worker&url";
export { default as passageWorkerUrl } from "../reading/passageWorker.ts?worker&url";
export { default as readingWorkerUrl } from "../reading/readingWorker.ts?worker&url";
