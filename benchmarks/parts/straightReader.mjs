/** One reader that asks the model server itself. */
import { request } from "node:http";
import { answer } from "./answering.mjs";
import { createArrivals } from "./arrivals.mjs";

answer({
  run: ({ source, name }) =>
    new Promise((resolve, reject) => {
      const asked = request(`${source}/chat/completions`, { method: "POST" });
      asked.on("error", reject);
      asked.on("response", (response) => {
        const arrivals = createArrivals();
        const { socket } = response;
        const from = socket.bytesRead;
        let [view, left] = ["", ""];
        response.setEncoding("utf8");
        response.on("data", (part) => {
          left += part;
          const events = left.split("\n\n");
          left = events.pop() ?? "";
          for (const event of events)
            if (event.startsWith("data: {")) view += JSON.parse(event.slice(6)).choices[0]?.delta?.content ?? "";
          arrivals.note(view.length);
        });
        response.on("end", () => resolve([{ at: arrivals.at, text: view, bytes: socket.bytesRead - from }]));
      });
      asked.end(JSON.stringify({ model: "counting", stream: true, messages: [{ role: "user", content: name }] }));
    }),
});
