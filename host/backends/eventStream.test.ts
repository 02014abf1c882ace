import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEvents, type ServerEvent } from "./eventStream.ts";

const limits = { bytesMax: 10_000, eventBytesMax: 200 };

/** `sizes`: how the bytes are cut on their way, over and over. */
async function read(text: string, sizes: readonly number[], bounds = limits) {
  const bytes = new TextEncoder().encode(text);
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = sizes[turn % sizes.length] ?? bytes.length;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  const events: ServerEvent[] = [];
  let isDone = false;
  const flood = (): Error => new RangeError("flood");
  for await (const event of readEvents(body(), bounds, { done: () => (isDone = true), flood })) events.push(event);
  return { events, isDone };
}

describe("events of a server", () => {
  const said = [
    ": a remark",
    "data: one",
    "",
    "event: error",
    "data:two",
    "data: and its second line 😀",
    "id: 7",
    "",
    "",
    "data",
    "",
    "retry: 5",
    "",
    "data: [DONE]",
    "data: after the end",
    "",
    "",
  ];
  const expected = [
    { name: "", data: "one" },
    { name: "error", data: "two\nand its second line 😀" },
    { name: "", data: "" },
  ];

  it.each([
    ["\\n", "\n"],
    ["\\r\\n", "\r\n"],
    ["\\r", "\r"],
  ])("come out whole, however they were cut on their way, with %s at the ends of lines", async (_name, end) => {
    const whole = { events: expected, isDone: true };
    expect(await read(said.join(end), [100_000])).toEqual(whole);
    expect(await read(said.join(end), [1])).toEqual(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (sizes) => {
        expect(await read(said.join(end), sizes)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it("are none until their empty line has come, and the stream is not done without being called so", async () => {
    expect(await read("data: one\n\ndata: two\n", [3])).toEqual({ events: [expected[0]], isDone: false });
    // Some servers end with the line alone.
    expect(await read("data: [DONE]\n", [3])).toEqual({ events: [], isDone: true });
  });

  it.each([
    ["a line that never ends", `data: ${"x".repeat(300)}`],
    ["an event that never ends", "data: x\n".repeat(100)],
    ["remarks without an end", ": x\n".repeat(200)],
  ])("are bounded: %s", async (_name, text) => {
    await expect(read(text, [7])).rejects.toThrow("flood");
  });

  it("are bounded in all", async () => {
    await expect(read("data: x\n\n".repeat(1_200), [512])).rejects.toThrow("flood");
    expect((await read("data: x\n\n".repeat(1_000), [512])).events).toHaveLength(1_000);
  });
});
