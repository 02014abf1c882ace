/** seal: envelopes a second, against the bare primitives of Node's own OpenSSL, which is native code where ours is WebAssembly. */
import { prepare, race, sizeName, SIZES } from "./envelopes.ts";
import type { Question } from "./question.ts";

export const question: Question = {
  asks: "envelopes sealed a second (padded, encrypted, chained, signed), against bare ciphers",
  run: async (bench) => {
    for (const size of bench.isQuick ? SIZES.slice(0, 1) : SIZES) {
      const { sealOne, bareSeal, bareSealAndSign } = await prepare(size);
      const metric = `sealed, ${sizeName(size)}`;
      const ways = [
        { name: "Sovereign, an envelope", one: sealOne },
        { name: "node:crypto, ChaCha20-Poly1305 and Ed25519", one: bareSealAndSign },
        { name: "node:crypto, ChaCha20-Poly1305 alone", one: bareSeal },
      ];
      race(bench, ways, metric);
      bench.compare({ metric, ours: ways[0]?.name ?? "", theirs: ways[1]?.name ?? "" });
    }
  },
};
