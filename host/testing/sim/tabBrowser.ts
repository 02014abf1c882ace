/** What tabs of one browser share: the lock manager and the channels, as pages find them in their globals. They answer in a world's time. */
import type { Prng } from "./prng.ts";
import type { SimNode, World } from "./world.ts";

export interface TabBrowser {
  /** The tab is gone, and with it what it held and waited for. */
  close(tab: SimNode): void;
  /** The platform's own globals again. */
  end(): void;
}

export interface TabBrowserOptions {
  readonly world: World;
  readonly random: Prng;
  /** A lock was taken from who held it. */
  readonly onStolen: (from: SimNode, by: SimNode) => void;
}

interface Wish {
  readonly tab: SimNode;
  readonly life: number;
  readonly callback: (lock: object | null) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

interface LockRequest {
  readonly ifAvailable?: boolean;
  readonly steal?: boolean;
  readonly signal?: AbortSignal;
}

export function createTabBrowser({ world, random, onStolen }: TabBrowserOptions): TabBrowser {
  let holder: Wish | null = null;
  let waiting: Wish[] = [];
  const channels = new Set<Channel>();

  const isThere = ({ tab, life }: Wish): boolean => tab.isUp && tab.life === life;
  const tabNow = (): SimNode => {
    if (world.current === null) throw new Error("A page's code outside of any page.");
    return world.current;
  };
  const soon = (tab: SimNode, what: string, work: () => void): void => {
    world.after(tab, random.between(0, 15), what, work);
  };

  const grant = (wish: Wish): void => {
    holder = wish;
    soon(wish.tab, "lock granted", () => {
      const release = (settle: () => void): void => {
        settle();
        if (holder === wish) passOn();
      };
      if (holder !== wish) return;
      Promise.resolve(wish.callback({})).then(
        (value) => release(() => wish.resolve(value)),
        (error: unknown) => release(() => wish.reject(error)),
      );
    });
  };
  const passOn = (): void => {
    holder = null;
    const next = waiting.shift();
    if (next !== undefined) grant(next);
  };

  const request = (_name: string, options: LockRequest, callback: Wish["callback"]): Promise<unknown> => {
    const tab = tabNow();
    return new Promise((resolve, reject) => {
      const wish: Wish = { tab, life: tab.life, callback, resolve, reject };
      if (options.steal === true && holder !== null) {
        const from = holder;
        onStolen(from.tab, tab);
        soon(from.tab, "lock stolen", () => from.reject(new DOMException("The lock was stolen.", "AbortError")));
        grant(wish);
      } else if (holder === null) grant(wish);
      else if (options.ifAvailable === true) soon(tab, "no lock", () => resolve(callback(null)));
      else {
        waiting.push(wish);
        options.signal?.addEventListener("abort", () => {
          if (!waiting.includes(wish)) return;
          waiting = waiting.filter((other) => other !== wish);
          reject(options.signal?.reason);
        });
      }
    });
  };

  class Channel extends EventTarget {
    readonly name: string;
    readonly tab = tabNow();
    constructor(name: string) {
      super();
      this.name = name;
      channels.add(this);
    }
    postMessage(data: unknown): void {
      for (const other of channels) {
        if (other === this || other.name !== this.name) continue;
        soon(other.tab, "message", () => {
          if (channels.has(other)) other.dispatchEvent(new MessageEvent("message", { data }));
        });
      }
    }
    close(): void {
      channels.delete(this);
    }
  }

  const timeout = (delayMs: number): AbortSignal => {
    const controller = new AbortController();
    const reason = new DOMException("It took too long.", "TimeoutError");
    world.after(tabNow(), delayMs, "timeout", () => controller.abort(reason));
    return controller.signal;
  };

  const globals: readonly (readonly [object, string, unknown])[] = [
    [globalThis, "navigator", { locks: { request } }],
    [globalThis, "BroadcastChannel", Channel],
    [AbortSignal, "timeout", timeout],
  ];
  const before = globals.map(([on, name]) => Object.getOwnPropertyDescriptor(on, name));
  for (const [on, name, value] of globals)
    Object.defineProperty(on, name, { value, configurable: true, writable: true });

  return {
    close: (tab) => {
      for (const channel of channels) if (channel.tab === tab) channel.close();
      waiting = waiting.filter(isThere);
      if (holder !== null && !isThere(holder)) passOn();
    },
    end: () => {
      for (const [index, [on, name]] of globals.entries()) {
        const descriptor = before[index];
        if (descriptor !== undefined) Object.defineProperty(on, name, descriptor);
      }
    },
  };
}
