/** A code for a new device is shown on few days of a vault, and needs its host: what makes one (pairingOffer.ts) is fetched with the first. */
import { VaultError } from "./errors.ts";
import type { PairingOffer, PairingOffers, PairingOffersOptions } from "./pairingOffer.ts";

export interface LazyPairing {
  /** Ends the one on show. Throws `VaultError("no-host")`. */
  show(origin: string): Promise<PairingOffer>;
  close(): void;
}

export function createLazyPairing(options: PairingOffersOptions): LazyPairing {
  let offers: PairingOffers | null = null;
  let isClosed = false;
  return {
    show: async (origin) => {
      offers ??= await import("./pairingOffer.ts").then(
        ({ createPairingOffers }) => offers ?? createPairingOffers(options),
        (cause: unknown) => {
          throw new VaultError("no-host", "a code needs the host", { cause });
        },
      );
      if (isClosed) throw new VaultError("closed", "vault");
      return offers.show(origin);
    },
    close: () => {
      isClosed = true;
      offers?.close();
    },
  };
}
