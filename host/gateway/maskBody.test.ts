/** What a backend elsewhere hears of a tool whose key masks. */
import { afterEach, expect, it } from "vitest";
import { raw, say, startScriptedBackend, type ScriptedBackend } from "../testing/scriptedBackend.ts";
import { startTestGateway, type TestGateway } from "../testing/testGateway.ts";
import { gatewayLimits } from "./limits.ts";

let backend: ScriptedBackend;
let gateway: TestGateway;
afterEach(async () => {
  await gateway.dispose();
  await backend.close();
});

async function open(place?: string): Promise<string> {
  backend = await startScriptedBackend({ paths: ["/v1/embeddings", "/v1/audio/transcriptions"] });
  const at = { url: backend.url, model: "theirs@example.org", ...(place === undefined ? {} : { place }) };
  gateway = await startTestGateway({ backends: [at] });
  return gateway.makeKey("Masked", { isMasked: true });
}

const post = (key: string, path: string, body: string | FormData) =>
  fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      ...(typeof body === "string" ? { "content-type": "application/json" } : {}),
    },
    body,
  });

const picture = `data:image/png;base64,${"AKIAIOSFODNN7EXAMPLE".repeat(3)}`;
const question = JSON.stringify({
  model: "mine@example.org",
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "Write to ada@example.org." },
        { type: "image_url", image_url: { url: picture } },
      ],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ function: { name: "send", arguments: '{"to":"ada@example.org"}' } }],
    },
  ],
  temperature: 0.5,
});

it("MK1 a key that masks: nothing private reaches a backend elsewhere, in whatever field; model, picture and numbers stay", async () => {
  const key = await open();
  backend.script(say("Done."));
  const answer = await post(key, "/chat/completions", question);
  expect([answer.status, (await answer.text()).includes("Done.")]).toEqual([200, true]);
  expect(backend.requests[0]?.body).toMatchObject({
    model: "theirs@example.org",
    messages: [
      { role: "user", content: [{ type: "text", text: "Write to [email]." }, { image_url: { url: picture } }] },
      { tool_calls: [{ function: { name: "send", arguments: '{"to":"[email]"}' } }] },
    ],
    temperature: 0.5,
  });
  expect(JSON.stringify(backend.requests[0]?.body)).not.toContain("ada@");
});

it("MK2 nor as the name of a field, nor where a role or a kind would stand; two that read alike then stay two", async () => {
  const key = await open();
  backend.script(say("Done."));
  const body = {
    model: "m",
    messages: [
      {
        role: "ada@example.org",
        type: "text",
        content: [{ type: "input_text", model: "ada@example.org", text: "Hello." }],
      },
      { role: "user", type: "ada@example.org", content: "Hello." },
    ],
    metadata: {
      "ada@example.org": "1",
      "bea@example.org": "2",
      type: ["ada@example.org"],
      role: { type: "ada@example.org" },
    },
    tools: [
      {
        type: "function",
        function: { name: "send", parameters: { type: "object", properties: { role: { type: "string" } } } },
      },
    ],
  };
  await (await post(key, "/chat/completions", JSON.stringify(body))).text();
  const said = backend.requests[0]?.body;
  expect(JSON.stringify(said)).not.toMatch(/(ada|bea)@/);
  expect(said).toMatchObject({
    messages: [{ role: "[email]", type: "text", content: [{ type: "input_text" }] }, { role: "user" }],
    metadata: { "[email]": "1", "[email] 2": "2" },
    tools: body.tools,
  });
});

it("MK1 words that only begin like a picture are looked through", async () => {
  const key = await open();
  backend.script(say("Done."));
  const content = "data:text/plain;base64,: write to ada@example.org.";
  await (
    await post(key, "/chat/completions", JSON.stringify({ model: "m", messages: [{ role: "user", content }] }))
  ).text();
  expect(JSON.stringify(backend.requests[0]?.body)).toContain("write to [email].");
});

it("MK1 what cannot be looked through is refused, and nothing of it goes out; at home, and by another key, all passes as it is", async () => {
  const key = await open();
  const large = JSON.stringify({
    model: "m",
    messages: [{ role: "user", content: "ada@example.org ".repeat(gatewayLimits.holdBytesMax / 10) }],
  });
  expect((await post(key, "/chat/completions", large)).status).toBe(413);
  const form = new FormData();
  form.set("model", "m");
  form.set("file", new Blob(["ada@example.org"]), "a.wav");
  expect((await post(key, "/audio/transcriptions", form)).status).toBe(413);
  expect(backend.requests).toEqual([]);
  expect(gateway.places.taken).toBe(gateway.places.given);
  backend.script(say("1"));
  await (await post(gateway.key, "/chat/completions", question)).text();
  expect(JSON.stringify(backend.requests[0]?.body)).toContain("ada@example.org");
  await gateway.dispose();
  await backend.close();
  const home = await open("local");
  backend.script(raw([]), say("2"));
  await (await post(home, "/chat/completions", question)).text().catch(() => "");
  expect(JSON.stringify(backend.requests[0]?.body)).toContain("Write to ada@example.org.");
});
