/** What went wrong with a server, in our words. What the server said of it is never part of that, unless it is for the model that asked. */
import {
  InsufficientScopeError,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { goneError, McpError } from "./errors.ts";
import { scopeError } from "./keys/refusedError.ts";
import { listedCharsMax } from "./limits.ts";

/** It wants to know who asks, does not take what it was given, or wants more leave than that has. */
export function isRefusal(error: unknown): boolean {
  const status = error instanceof SdkHttpError ? error.status : 0;
  return error instanceof UnauthorizedError || status === 401 || status === 403;
}

export function toMcpError(name: string, error: unknown, signal: AbortSignal | null): McpError {
  if (error instanceof McpError) return error;
  if (error instanceof InsufficientScopeError) return scopeError(name, error.requiredScope ?? "");
  if (signal?.aborted === true) return new McpError("stopped", `The call of ${name} was stopped.`, { cause: error });
  if (error instanceof SdkError) {
    if (error.code === SdkErrorCode.RequestTimeout) return silentError(name, error);
    if (error.code === SdkErrorCode.ConnectionClosed || error.code === SdkErrorCode.NotConnected)
      return goneError(name);
    return strangeError(name, error);
  }
  // Its own words: for the model that called it, and for nobody else.
  if (error instanceof ProtocolError) {
    if (error.message.includes("structured content")) return strangeError(name, error);
    return new McpError("refused", error.message.toWellFormed().slice(0, listedCharsMax), { cause: error });
  }
  return strangeError(name, error);
}

export function strangeError(name: string, cause?: unknown): McpError {
  return new McpError("strange", `${name} answered something else than it says it does. The answer was not used.`, {
    cause,
  });
}

export function startError(name: string, cause: unknown): McpError {
  return new McpError(
    "start",
    `${name} was started and does not answer as a tool server does. Try it by hand: sovereign tools test ${name}`,
    { cause },
  );
}

export function silentError(name: string, cause: unknown): McpError {
  return new McpError(
    "silent",
    `${name} was asked and said nothing for too long, so it was ended. It is started again with the next call.`,
    { cause },
  );
}
