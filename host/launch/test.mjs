// `npm test`: installs what is missing, finds a Chromium, and proves everything on this machine.
import { isOldNode, refuseOldNode } from "./oldNode.mjs";

if (isOldNode) refuseOldNode();
else import("./runTests.mjs").then(({ runTests }) => runTests());
