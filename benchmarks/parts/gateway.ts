/** Our gateway as a process of its own, with one key and one backend. */
import { startTestGateway } from "../../host/testing/testGateway.ts";
import { answer } from "./answering.mjs";

answer({
  listen: async ({ backend }: { backend: string }) => {
    const { url, key } = await startTestGateway({ backends: [{ url: backend }], models: ["counting"] });
    return { url: url.replace("localhost", "127.0.0.1"), key };
  },
});
