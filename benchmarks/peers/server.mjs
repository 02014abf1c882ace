/** The servers of peers whose package has no program of its own. y-websocket's has one, and is started as it is. */
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answer } from "../parts/answering.mjs";

const kind = process.argv[2];
answer({ listen: () => servers[kind]() });

const servers = {
  hocuspocus: async () => {
    const { Server } = await import("@hocuspocus/server");
    const { applyUpdate, encodeStateAsUpdate } = await import("yjs");
    // In memory, as y-websocket's does by itself: without this it forgets a document when its last reader goes.
    const stored = new Map();
    const server = new Server({
      port: 0,
      address: "127.0.0.1",
      quiet: true,
      stopOnSignals: false,
      onLoadDocument: async ({ documentName, document }) => {
        const state = stored.get(documentName);
        if (state !== undefined) applyUpdate(document, state);
      },
      onStoreDocument: async ({ documentName, document }) => {
        stored.set(documentName, encodeStateAsUpdate(document));
      },
    });
    await server.listen();
    return { url: `ws://127.0.0.1:${server.address.port}` };
  },
  automerge: async () => {
    const { Repo } = await import("@automerge/automerge-repo");
    const { WebSocketServerAdapter } = await import("@automerge/automerge-repo-network-websocket");
    const { NodeFSStorageAdapter } = await import("@automerge/automerge-repo-storage-nodefs");
    const { WebSocketServer } = await import("ws");
    const http = createServer();
    const sockets = new WebSocketServer({ server: http });
    new Repo({
      network: [new WebSocketServerAdapter(sockets)],
      storage: new NodeFSStorageAdapter(mkdtempSync(join(tmpdir(), "sovereign-bench-automerge-"))),
      sharePolicy: async () => false,
    });
    await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
    return { url: `ws://127.0.0.1:${http.address().port}` };
  },
};
