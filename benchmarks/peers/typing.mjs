/** Peers' engines, each a document with one text, changed letter by letter or token by token, saved whole. */
import { serveTyping } from "../parts/typing.mjs";

const engines = {
  yjs: async () => {
    const { Doc, applyUpdate, encodeStateAsUpdate } = await import("yjs");
    return () => {
      const doc = new Doc();
      const text = doc.getText("text");
      let sent = 0;
      doc.on("update", (update) => (sent += update.length));
      return {
        splice: (at, deleted, piece) => {
          if (deleted > 0) text.delete(at, deleted);
          if (piece !== "") text.insert(at, piece);
        },
        sent: () => sent,
        close: () => {
          const state = encodeStateAsUpdate(doc);
          return {
            bytes: state.length,
            load: () => {
              const loaded = new Doc();
              applyUpdate(loaded, state);
              return loaded.getText("text").toString();
            },
          };
        },
      };
    };
  },
  automerge: async () => {
    const { change, from, getLastLocalChange, load, save, splice } = await import("@automerge/automerge");
    return () => {
      let doc = from({ text: "" });
      let sent = 0;
      return {
        splice: (at, deleted, piece) => {
          doc = change(doc, (each) => splice(each, ["text"], at, deleted, piece));
          sent += getLastLocalChange(doc)?.length ?? 0;
        },
        sent: () => sent,
        close: () => {
          const state = save(doc);
          return { bytes: state.length, load: () => load(state).text };
        },
      };
    };
  },
  loro: async () => {
    const { LoroDoc } = await import("loro-crdt");
    return () => {
      const doc = new LoroDoc();
      const text = doc.getText("text");
      let sent = 0;
      doc.subscribeLocalUpdates((update) => (sent += update.length));
      return {
        splice: (at, deleted, piece) => {
          if (deleted > 0) text.delete(at, deleted);
          if (piece !== "") text.insert(at, piece);
          doc.commit();
        },
        sent: () => sent,
        close: () => {
          const state = doc.export({ mode: "snapshot" });
          return {
            bytes: state.length,
            load: () => {
              const loaded = new LoroDoc();
              loaded.import(state);
              return loaded.getText("text").toString();
            },
          };
        },
      };
    };
  },
};

const open = await engines[process.argv[2]]();
serveTyping({ stream: open, edit: open });
