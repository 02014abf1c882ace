/** What destroys (destroying.ts) is fetched with the first that was destroyed, and a page of a vault in which nothing was loads nothing of it. */
import type { Destroying, DestroyingOptions } from "./destroying.ts";

export function createLazyDestroying(options: DestroyingOptions): Destroying {
  let loading: Promise<Destroying> | null = null;
  let loaded: Destroying | null = null;
  const load = (): Promise<Destroying> => {
    loading ??= import("./destroying.ts").then(
      ({ createDestroying }) => (loaded = createDestroying(options)),
      (cause: unknown) => {
        // Without a network, say. It is fetched with the next change of the link.
        loading = null;
        throw cause;
      },
    );
    return loading;
  };
  const { destroyed } = options.catalog;
  const check = (): void => {
    if (destroyed.isEmpty || options.isClosed()) return;
    load().then(
      (destroying) => destroying.check(),
      () => {},
    );
  };
  destroyed.observe(check);
  return {
    destroyProject: async (project) => (await load()).destroyProject(project),
    destroyChats: async (...chats) => (await load()).destroyChats(...chats),
    unkept: () => loaded?.unkept() ?? 0,
    decideUnkept: async (decision) => (await load()).decideUnkept(decision),
    check,
  };
}
