/**
 * Imported first by every process of ours. V8's background compilers that write machine code may wait for a collection that only the
 * main thread can make, while the main thread, in `process.exit`, waits for them: the process then hangs for ever (nodejs/node#54918;
 * seen here in `sovereign restore`). One of the two also crashes processes on a busy machine (nodejs/node#64841). Without both, hot code
 * goes from the baseline compiler straight to the optimising one, which finishes its work on the main thread.
 */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--no-maglev");
setFlagsFromString("--no-concurrent-sparkplug");
