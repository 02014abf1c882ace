/** What the gateway answers: a table, so that a test can ask each entry with each wrong key. */

export interface Route {
  readonly method: "GET" | "POST";
  /** `{id}` stands for the name of a model, which may hold slashes and colons. */
  readonly path: string;
  /** Who answers: the gateway itself, the supervisor, or a backend, whose model is named in a body of JSON or hidden in a form. */
  readonly answeredBy: "models" | "model" | "metrics" | "json" | "form";
}

export const ROUTES: readonly Route[] = [
  { method: "GET", path: "/metrics", answeredBy: "metrics" },
  { method: "GET", path: "/v1/models", answeredBy: "models" },
  { method: "GET", path: "/v1/models/{id}", answeredBy: "model" },
  { method: "POST", path: "/v1/chat/completions", answeredBy: "json" },
  { method: "POST", path: "/v1/completions", answeredBy: "json" },
  { method: "POST", path: "/v1/embeddings", answeredBy: "json" },
  { method: "POST", path: "/v1/responses", answeredBy: "json" },
  { method: "POST", path: "/v1/audio/speech", answeredBy: "json" },
  { method: "POST", path: "/v1/audio/transcriptions", answeredBy: "form" },
  { method: "POST", path: "/v1/audio/translations", answeredBy: "form" },
];

export type RouteMatch =
  | { readonly kind: "route"; readonly route: Route; /** The model that the path names. */ readonly id: string }
  | { readonly kind: "no-method"; readonly allow: string }
  | { readonly kind: "no-route" };

export function findRoute(method: string, path: string): RouteMatch {
  const fitting = ROUTES.flatMap((route) => {
    const id = match(route.path, path);
    return id === null ? [] : [{ route, id }];
  });
  const found = fitting.find(({ route }) => route.method === method);
  if (found !== undefined) return { kind: "route", ...found };
  const allow = fitting.map(({ route }) => route.method).join(", ");
  return allow === "" ? { kind: "no-route" } : { kind: "no-method", allow };
}

/** What stands in the place of `{id}`, "" where there is none; `null` when the path is another one. */
function match(pattern: string, path: string): string | null {
  if (!pattern.endsWith("{id}")) return pattern === path ? "" : null;
  const before = pattern.slice(0, -"{id}".length);
  if (!path.startsWith(before) || path.length === before.length) return null;
  try {
    return decodeURIComponent(path.slice(before.length));
  } catch {
    return null;
  }
}
