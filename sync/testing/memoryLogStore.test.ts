import { createMemoryLogStore } from "./memoryLogStore.ts";
import { describeLogStore } from "./logStoreSuite.ts";

describeLogStore("memory", () => Promise.resolve({ store: createMemoryLogStore(), dispose: () => Promise.resolve() }));
