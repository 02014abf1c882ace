/**
 * The child's side of child.ts: answers each message by the handler that it names. One clock for all processes: milliseconds of the
 * machine's monotonic clock.
 */
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

/** @param {Record<string, (message: any) => unknown>} handlers */
export function answer(handlers) {
  process.on("message", async (/** @type {{ id: number, do: string }} */ message) => {
    const { id, do: name } = message;
    try {
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`nothing answers to ${name}`);
      process.send?.({ id, result: await handler(message) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on("disconnect", () => process.exit(0));
}
