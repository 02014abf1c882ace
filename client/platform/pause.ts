/**
 * A turn for whatever else the page has to do: a click, a frame. By a message to itself, since a timer would wait four milliseconds
 * each time on a page in sight, and a second each on one in the background.
 */
const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.onmessage = () => waiting.shift()?.();

export function pause(): Promise<void> {
  return new Promise((done) => {
    waiting.push(done);
    port2.postMessage(null);
  });
}
