/** An answer's body within bounds: so much in all, so much in one line, so many lines at a time. What goes beyond ends it. */
import { Transform, pipeline, type Readable } from "node:stream";
import { lineBytesMax, linesMax, lineWindowMs } from "./limits.ts";
import { OutsideError } from "./errors.ts";

export function boundBody(body: Readable, bytesMax: number, from: string): Readable {
  let bytes = 0;
  let lineBytes = 0;
  let lines = 0;
  let windowFromMs = Date.now();
  const bound = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      let rest = chunk;
      for (let end = rest.indexOf(0x0a); end >= 0 && lines <= linesMax; end = rest.indexOf(0x0a)) {
        rest = rest.subarray(end + 1);
        [lineBytes, lines] = [0, lines + 1];
      }
      lineBytes += rest.length;
      const now = Date.now();
      const isFlood = lines > linesMax;
      if (now - windowFromMs > lineWindowMs || now < windowFromMs) [windowFromMs, lines] = [now, 0];
      if (bytes > bytesMax || lineBytes > lineBytesMax || isFlood)
        done(new OutsideError("flood", `${from} sent more than it may, so it was not read to its end.`));
      else done(null, chunk);
    },
  });
  // Its failure is seen by whoever reads.
  pipeline(body, bound, () => {});
  return bound;
}
