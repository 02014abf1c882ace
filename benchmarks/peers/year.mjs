/** A year of chats in each peer's documents: one a chat, with its messages as a list of maps with a text, by the peer's own client library. */
import { WebSocket } from "ws";
import { answer, nowMs } from "../parts/answering.mjs";
import { textOf } from "../parts/yearText.mjs";

const kind = process.argv[2];

answer({
  /** What reads them must know of each: what is given back names them. */
  write: async ({ url, year, first = 0, chats = year.chats }) => {
    const device = await devices[kind](url);
    const names = [];
    for (let at = first; at < first + chats; at++) names.push(await device.create(at, year));
    await device.close();
    return names;
  },
  /** All documents, since only asking each tells which have something new. */
  read: async ({ url, year, names }) => {
    const from = nowMs();
    const device = await devices[kind](url);
    const chars = await Promise.all(names.map((name) => device.open(name)));
    const whole = nowMs() - from;
    const sum = chars.reduce((all, count) => all + count(), 0);
    if (sum !== names.length * year.messages * year.chars) throw new Error(`${sum} characters came`);
    const bytes = device.bytesRead();
    await device.close();
    // It has no list of its own: a chat can be named once its document is there.
    return { paired: null, listed: whole, whole, bytes };
  },
});

/** What this device holds, document by document. */
const held = new Map();

const messagesOf = (at, year) =>
  Array.from({ length: year.messages }, (_, message) => ({
    id: `${at}-${message}`,
    parent: message === 0 ? null : `${at}-${message - 1}`,
    role: message % 2 === 0 ? "user" : "assistant",
    text: textOf(at, message, year.chars),
  }));

const charsOf = (messages) => messages.reduce((sum, { text }) => sum + text.length, 0);

async function overYjs() {
  const { Doc, Map: YMap, Text } = await import("yjs");
  return {
    docOf: (name) => {
      if (!held.has(name)) held.set(name, new Doc());
      return held.get(name);
    },
    fill: (doc, messages) =>
      doc.transact(() => {
        const maps = messages.map(({ text, ...rest }) => new YMap([...Object.entries(rest), ["text", new Text(text)]]));
        doc.getArray("messages").push(maps);
      }),
    count: (doc) => () =>
      charsOf(
        doc
          .getArray("messages")
          .toArray()
          .map((map) => ({ text: map.get("text") })),
      ),
  };
}

const devices = {
  /** A connection a document, as its client opens them. */
  "y-websocket": async (url) => {
    const { docOf, fill, count } = await overYjs();
    const { WebsocketProvider } = await import("y-websocket");
    const opened = [];
    const open = async (name) => {
      const doc = docOf(name);
      const provider = new WebsocketProvider(url, name, doc, { WebSocketPolyfill: WebSocket, disableBc: true });
      opened.push(provider);
      await new Promise((resolve) => provider.once("sync", resolve));
      return { doc, provider };
    };
    return {
      create: async (at, year) => {
        const name = `year-${at}`;
        const { doc, provider } = await open(name);
        fill(doc, messagesOf(at, year));
        while (provider.ws.bufferedAmount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
        // Gone before the server read it, it would be lost.
        await new Promise((resolve) => setTimeout(resolve, 20));
        provider.destroy();
        held.delete(name);
        return name;
      },
      open: async (name) => count((await open(name)).doc),
      bytesRead: () => opened.reduce((sum, { ws }) => sum + ws._socket.bytesRead, 0),
      close: async () => {
        for (const provider of opened) provider.destroy();
      },
    };
  },
  /** One connection for all documents, as its client offers. */
  hocuspocus: async (url) => {
    const { docOf, fill, count } = await overYjs();
    const { HocuspocusProvider, HocuspocusProviderWebsocket } = await import("@hocuspocus/provider");
    const websocketProvider = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket });
    const open = async (name) => {
      const document = docOf(name);
      const provider = new HocuspocusProvider({ websocketProvider, name, document });
      provider.attach();
      await new Promise((resolve) => provider.on("synced", resolve));
      return { document, provider };
    };
    return {
      create: async (at, year) => {
        const name = `year-${at}`;
        const { document, provider } = await open(name);
        fill(document, messagesOf(at, year));
        while (provider.hasUnsyncedChanges) await new Promise((resolve) => setTimeout(resolve, 5));
        provider.destroy();
        held.delete(name);
        return name;
      },
      open: async (name) => count((await open(name)).document),
      bytesRead: () => websocketProvider.webSocket._socket.bytesRead,
      close: async () => websocketProvider.destroy(),
    };
  },
  automerge: async (url) => {
    const { Repo } = await import("@automerge/automerge-repo");
    const { WebSocketClientAdapter } = await import("@automerge/automerge-repo-network-websocket");
    const { NodeFSStorageAdapter } = await import("@automerge/automerge-repo-storage-nodefs");
    const adapter = new WebSocketClientAdapter(url);
    const repo = new Repo({ network: [adapter], storage: new NodeFSStorageAdapter(process.argv[3]) });
    await repo.networkSubsystem.whenReady();
    return {
      create: async (at, year) => {
        const handle = repo.create({ messages: messagesOf(at, year) });
        // Until its server says that it has what this device has.
        const isThere = () => {
          const storage = repo.peers.map((peer) => repo.getStorageIdOfPeer(peer)).find((id) => id !== undefined);
          const heads = storage === undefined ? undefined : handle.getRemoteHeads(storage);
          return heads !== undefined && JSON.stringify(heads) === JSON.stringify(handle.heads());
        };
        while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 5));
        return handle.url;
      },
      open: async (name) => {
        const handle = await repo.find(name);
        return () => charsOf(handle.doc().messages);
      },
      bytesRead: () => adapter.socket._socket.bytesRead,
      close: async () => {
        await repo.flush();
        await repo.shutdown();
      },
    };
  },
};
