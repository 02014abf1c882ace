/** From what went wrong to a sentence that says what to do. */
import { BackendError } from "./backend.ts";
import { detailCharsMax } from "./limits.ts";

export function awayError(name: string, cause?: unknown): BackendError {
  return new BackendError("backend-away", `${name} does not answer. Start it, then choose Try again.`, { cause });
}

export function droppedError(name: string, cause?: unknown): BackendError {
  return new BackendError(
    "backend-dropped",
    `The connection to ${name} broke off before the answer was complete. What arrived is kept; choose Try again for a new answer.`,
    { cause },
  );
}

export function strangeError(name: string, what: string, cause?: unknown): BackendError {
  return new BackendError(
    "backend-strange",
    `${name} sent ${what}. Check that an OpenAI-compatible model server runs there; its address usually ends in /v1.`,
    { cause },
  );
}

export function silentError(name: string, afterMs: number): BackendError {
  const seconds = Math.max(1, Math.round(afterMs / 1_000));
  const time = seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  return new BackendError(
    "backend-silent",
    `${name} said nothing for ${time}. Restart it if it hangs, then choose Try again.`,
  );
}

export function floodError(name: string): BackendError {
  return new BackendError(
    "backend-flood",
    `${name} sent far more than an answer holds, so it was cut off. Restart it, then try again.`,
  );
}

/** An HTTP status and the body that came with it. */
export function describeStatus(name: string, status: number, body: string): BackendError {
  const detail = readDetail(body);
  const quote = detail === "" ? "" : ` It says: “${detail}”`;
  if (status === 401 || status === 403) {
    return new BackendError(
      "backend-key",
      `${name} asks for a key. Put the key into a file and name that file as keyFile in backends.json, or start the server without one.${quote}`,
    );
  }
  if (status === 404) {
    return new BackendError(
      "backend-model",
      `${name} does not have what was asked for: the model is missing or the address is wrong.${quote}`,
    );
  }
  if (status === 429 || status === 503) {
    return new BackendError(
      "backend-busy",
      `${name} is busy or still loading its model. Wait a moment, then choose Try again.${quote}`,
    );
  }
  if (status >= 400 && status < 500) {
    return new BackendError("backend-refused", `${name} did not accept the question. A shorter chat may help.${quote}`);
  }
  return new BackendError(
    "backend-error",
    `${name} reported an error. Look at its own window or log, then choose Try again.${quote}`,
  );
}

/** The backend's own words: one line, only when they are a message and not a page. */
function readDetail(body: string): string {
  try {
    const value = JSON.parse(body) as { error?: unknown; message?: unknown };
    const error = value.error ?? value.message;
    const message: unknown = typeof error === "object" && error !== null && "message" in error ? error.message : error;
    return typeof message === "string" ? tidyDetail(message) : "";
  } catch {
    return "";
  }
}

function tidyDetail(text: string): string {
  const line = text
    .slice(0, detailCharsMax * 4)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return line.length > detailCharsMax ? `${line.slice(0, detailCharsMax).toWellFormed()}…` : line.toWellFormed();
}
