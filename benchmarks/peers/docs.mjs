/** One text in a document of each peer, as its own client library keeps it: for writers and readers alike. */
import { WebSocket } from "ws";

/** @typedef {{ append(text: string): void, text(): string, onChange(listener: () => void): void, bytesRead(): number, close(): void }} PeerText */

/** @returns {Promise<PeerText>} */
export function openText(kind, url, room) {
  return kinds[kind](url, room);
}

/** For automerge-repo, whose documents are named by who makes them. */
export async function createRoom(kind, url) {
  if (kind !== "automerge") return `room-${process.pid}-${(rooms += 1)}`;
  const repo = await openRepo(url);
  const handle = repo.create({ text: "" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return handle.url;
}
let rooms = 0;

async function openRepo(url) {
  const { Repo } = await import("@automerge/automerge-repo");
  const { WebSocketClientAdapter } = await import("@automerge/automerge-repo-network-websocket");
  const adapter = new WebSocketClientAdapter(url);
  const repo = new Repo({ network: [adapter] });
  repo.adapter = adapter;
  await repo.networkSubsystem.whenReady();
  return repo;
}

function overYjs(doc, socketOf, close) {
  const text = doc.getText("text");
  return {
    append: (piece) => text.insert(text.length, piece),
    text: () => text.toString(),
    onChange: (listener) => text.observe(listener),
    bytesRead: () => socketOf()._socket.bytesRead,
    close,
  };
}

const kinds = {
  "y-websocket": async (url, room) => {
    const { Doc } = await import("yjs");
    const { WebsocketProvider } = await import("y-websocket");
    const doc = new Doc();
    const provider = new WebsocketProvider(url, room, doc, { WebSocketPolyfill: WebSocket, disableBc: true });
    await new Promise((resolve) => provider.once("sync", resolve));
    return overYjs(
      doc,
      () => provider.ws,
      () => provider.destroy(),
    );
  },
  hocuspocus: async (url, room) => {
    const { Doc } = await import("yjs");
    const { HocuspocusProvider, HocuspocusProviderWebsocket } = await import("@hocuspocus/provider");
    const document = new Doc();
    const websocketProvider = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket });
    const provider = new HocuspocusProvider({ websocketProvider, name: room, document });
    provider.attach();
    await new Promise((resolve) => provider.on("synced", resolve));
    return overYjs(
      document,
      () => websocketProvider.webSocket,
      () => (provider.destroy(), websocketProvider.destroy()),
    );
  },
  automerge: async (url, room) => {
    const { splice } = await import("@automerge/automerge");
    const repo = await openRepo(url);
    const handle = await repo.find(room);
    return {
      append: (piece) => handle.change((doc) => splice(doc, ["text"], doc.text.length, 0, piece)),
      text: () => handle.doc().text,
      onChange: (listener) => handle.on("change", listener),
      bytesRead: () => repo.adapter.socket._socket.bytesRead,
      close: () => void repo.shutdown(),
    };
  },
};
