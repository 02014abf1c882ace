/** Imported first by each part of the host: what it has not named does not leave (wayOut.ts). */
import { closeWays } from "./wayOut.ts";

closeWays();
