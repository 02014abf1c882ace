/** The clear part of an EPHEMERAL envelope on the catalog that carries a signal (signal.ts): tells it from presence and receipts. By itself, to keep the rest out of the first load. */
export const signalClearByte = 2;
