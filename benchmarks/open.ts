/** open: envelopes a second, alone and in a row of one author's, against the bare primitives of Node's own OpenSSL. */
import { prepare, race, sizeName, SIZES } from "./envelopes.ts";
import type { Question } from "./question.ts";

export const question: Question = {
  asks: "envelopes opened a second, alone and in a row, against bare ciphers",
  run: async (bench) => {
    for (const size of bench.isQuick ? SIZES.slice(0, 1) : SIZES) {
      const { openAlone, openInRow, bareOpen, bareVerifyAndOpen } = await prepare(size);
      const metric = `opened, ${sizeName(size)}`;
      const ways = [
        { name: "Sovereign, alone", one: openAlone },
        { name: "Sovereign, in a row", one: openInRow },
        { name: "node:crypto, Ed25519 and ChaCha20-Poly1305", one: bareVerifyAndOpen },
        { name: "node:crypto, ChaCha20-Poly1305 alone", one: bareOpen },
      ];
      race(bench, ways, metric);
      bench.compare({ metric, ours: "Sovereign, in a row", theirs: ways[2]?.name ?? "" });
      bench.compare({ metric, ours: "Sovereign, alone", theirs: ways[2]?.name ?? "" });
    }
  },
};
