/**
 * A bound for what a parser asks for. A worker has none of its own: a page of 200 kB can hold a stream that unpacks to gigabytes. Parsers
 * hold what they unpack in byte arrays that they double, so refusing one large array ends them long before memory does.
 */

/**
 * For as long as `work` runs, in a worker that does nothing else. `isRefused`: it asked for more, whatever it then made of that; parsers
 * go on with what they have, or say that a file is damaged.
 */
export async function withBoundedMemory<T>(
  work: (isRefused: () => boolean) => Promise<T>,
  bytesMax: number,
): Promise<T> {
  const place = globalThis as { Uint8Array: Uint8ArrayConstructor; DecompressionStream?: unknown };
  const { Uint8Array: plain, DecompressionStream: inflate } = place;
  let refused = false;
  const names = new Set<PropertyKey>(["from", "of"]);
  place.Uint8Array = new Proxy(plain, {
    construct: (target, args: unknown[], made) => {
      if (typeof args[0] === "number" && args[0] > bytesMax) {
        refused = true;
        throw new RangeError("more memory than a document needs");
      }
      return Reflect.construct(target, args, made === place.Uint8Array ? target : made) as object;
    },
    get: (target, name) => (names.has(name) ? target[name as "from"].bind(target) : Reflect.get(target, name)),
  });
  // The browser's own inflater keeps its pieces where nobody counts them; without it, parsers use one of theirs.
  delete place.DecompressionStream;
  try {
    return await work(() => refused);
  } finally {
    place.Uint8Array = plain;
    if (inflate !== undefined) place.DecompressionStream = inflate;
  }
}
