/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6) out of a body, bounded while it is read. The
 * official SDK has a reader of its own, behind which a token took 0.2 ms longer: it cuts bytes into lines, lines into events and events into
 * messages by three nested streams, and a fourth of ours counted what passed.
 */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

export interface EventLimits {
  /** All there is. */
  readonly bytesMax: number;
  /** What is held of an event that has not ended. */
  readonly eventBytesMax: number;
}

const NEWLINE = 10;
const RETURN = 13;

/** Ends with `[DONE]`, which it calls `onDone` for, or with the body. Throws what `onFlood` makes of a body over its limits. */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  limits: EventLimits,
  on: { readonly done: () => void; readonly flood: () => Error },
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  /** Up to here, `text` has no end of a line. */
  let searched = 0;
  let name = "";
  let data: string[] = [];
  let eventChars = 0;

  for await (const part of body) {
    bytes += part.length;
    text += decoder.decode(part, { stream: true });
    let start = 0;
    let at = searched;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code !== NEWLINE && code !== RETURN) continue;
      // Whether the other half of \r\n follows, the next part tells.
      if (code === RETURN && at + 1 === text.length) break;
      const line = text.slice(start, at);
      if (code === RETURN && text.charCodeAt(at + 1) === NEWLINE) at += 1;
      start = at + 1;
      eventChars += line.length;
      if (line === "") {
        if (data.length > 0) yield { name, data: data.join("\n") };
        [name, data, eventChars] = ["", [], 0];
        continue;
      }
      const [field, value] = readField(line);
      if (field === "event") name = value;
      else if (field === "data" && value.trim() === "[DONE]") return on.done();
      else if (field === "data") data.push(value);
    }
    text = text.slice(start);
    searched = at - start;
    if (bytes > limits.bytesMax || eventChars + text.length > limits.eventBytesMax) throw on.flood();
  }
}

/** A line without a colon is a name alone; one that begins with it is a remark. */
function readField(line: string): readonly [field: string, value: string] {
  const colon = line.indexOf(":");
  if (colon === -1) return [line, ""];
  const from = line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1;
  return [line.slice(0, colon), line.slice(from)];
}
