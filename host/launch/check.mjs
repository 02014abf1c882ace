// `npm run check`: all static checks, side by side, in seconds.
import { isOldNode, refuseOldNode } from "./oldNode.mjs";

if (isOldNode) refuseOldNode();
else import("./runChecks.mjs").then(({ main }) => main());
