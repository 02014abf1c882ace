/** The worker in which a passphrase is stretched: its whole script. Loaded, with the larger cipher library, when somebody types one. */
import { stretchHere } from "#crypto/argon.ts";
import { answerStretch } from "#crypto/lockWorker.ts";

addEventListener("message", ({ data }: MessageEvent<unknown>) => {
  void answerStretch(data, stretchHere).then((answer) => postMessage(answer));
});
