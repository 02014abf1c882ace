/** A worker's whole script, as an app has one: for the test that a browser's own worker runs Argon2id. */
import { stretchHere } from "../argon.ts";
import { answerStretch } from "../lockWorker.ts";

addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  void answerStretch(data, stretchHere).then((answer) => postMessage(answer));
});
