import { runStorageAdapterTests } from "@automerge/automerge-repo/helpers/tests/storage-adapter-tests.js";
import * as Y from "yjs";
import { createChunkStore } from "./chunkStore.ts";

// automerge-repo's own contract for where it keeps things.
runStorageAdapterTests(() => Promise.resolve({ adapter: createChunkStore(new Y.Doc(), "test") }), "AF0 in a doc");
