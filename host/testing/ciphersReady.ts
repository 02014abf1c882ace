/** Before each file of tests in Node: the ciphers are there. A file that forgot to wait would fail only when it comes first, on a slow machine. */
import { sodiumReady } from "#crypto/sodium.ts";

await sodiumReady;
