/**
 * The one way in: `Authorization: Bearer sov_…`, for every route and before any route is looked for. Whatever else a
 * request holds (another header, a query, a cookie) is no key and changes nothing.
 *
 * Wrong keys are counted by the id they name, if there is such a key, else all together. So guessing at one key stops
 * that key alone, and nobody can lock out the other tools by being wrong. Saying nothing is no guess: programs that
 * look for LM Studio on its port do that all the time.
 */
import type { FailureLimit } from "../rateLimit.ts";
import type { KeyRing, ToolKey } from "./keys.ts";

export type AuthVerdict =
  | { readonly kind: "pass"; readonly key: ToolKey }
  | { readonly kind: "refuse"; readonly status: 401 | 429 };

export interface Authentication {
  check(authorization: string | undefined): AuthVerdict;
  /** Wrong keys so far. */
  readonly failures: number;
}

export interface AuthenticationOptions {
  readonly ring: KeyRing;
  readonly limit: FailureLimit;
  readonly nowMs: () => number;
  /** Which keys are for this door. */
  readonly isFor: (key: ToolKey) => boolean;
  /** Once for each pause that begins. */
  readonly onPaused: () => void;
}

/** No key has this id. */
const UNKNOWN = "unknown";

export function createAuthentication({ ring, limit, nowMs, isFor, onPaused }: AuthenticationOptions): Authentication {
  let failures = 0;
  return {
    check: (authorization) => {
      if (authorization === undefined) return { kind: "refuse", status: 401 };
      const { id, key, isKnownId } = ring.judge(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "");
      const counted = isKnownId && id !== null ? id : UNKNOWN;
      const now = nowMs();
      if (limit.isPaused(counted, now)) return { kind: "refuse", status: 429 };
      if (key !== null && isFor(key)) return { kind: "pass", key };
      failures += 1;
      limit.noteFailure(counted, now);
      if (limit.isPaused(counted, now)) onPaused();
      return { kind: "refuse", status: 401 };
    },
    get failures() {
      return failures;
    },
  };
}
