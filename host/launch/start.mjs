// `npm start`: installs what is missing, builds the app if its sources changed, and runs the host.
import { isOldNode, refuseOldNode } from "./oldNode.mjs";

if (isOldNode) refuseOldNode();
else import("./runHost.mjs").then(({ runHost }) => runHost());
