/** Asks the source as a client without a library does, and hands each token on as it comes. */
import { request } from "node:http";

/** @param {(text: string, event: string) => void} onToken */
export function askSource(source, name, onToken) {
  return new Promise((resolve, reject) => {
    const asked = request(`${source}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      response.setEncoding("utf8");
      let text = "";
      response.on("data", (part) => {
        text += part;
        const events = text.split("\n\n");
        text = events.pop() ?? "";
        for (const event of events) {
          if (!event.startsWith("data: {")) continue;
          const content = JSON.parse(event.slice(6)).choices[0]?.delta?.content;
          if (typeof content === "string") onToken(content, event);
        }
      });
      response.on("end", resolve);
      response.on("error", reject);
    });
    asked.end(JSON.stringify({ model: "counting", stream: true, messages: [{ role: "user", content: name }] }));
  });
}
