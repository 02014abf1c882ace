import { expect, it, vi } from "vitest";
import { authorIdFromBytes, docIdFromBytes } from "#crypto/ids.ts";
import { Doc } from "yjs";
import { createCatalog } from "./docs/catalog.ts";
import { createLazyArtifactsForModel } from "./lazyArtifactsForModel.ts";
import { artifactsShownMs } from "./limits.ts";
import { createManualClock } from "./testing/manualClock.ts";

// As of a host that takes the request and says nothing.
vi.mock("./artifactsForModel.ts", () => new Promise(() => {}));

it("a question goes on without artifacts where what reads them does not come", async () => {
  const clock = createManualClock();
  const shown = createLazyArtifactsForModel({
    clock,
    device: authorIdFromBytes(new Uint8Array(16)),
    catalog: createCatalog(new Doc()),
    openArtifact: () => Promise.reject(new Error("nothing is opened")),
  });
  const id = docIdFromBytes(new Uint8Array(16).fill(1));
  let prepared: unknown = "waits";
  void shown.prepare(id, null, [id]).then((made) => (prepared = made));
  await clock.advance(artifactsShownMs - 1);
  expect(prepared).toBe("waits");
  await clock.advance(1);
  expect(prepared).toBe(null);
});
