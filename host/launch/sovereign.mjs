#!/usr/bin/env node
// `sovereign …`: the command line on the pinned Node. `sovereign up` installs what is missing first, as npm start does.
import { isOldNode, refuseOldNode } from "./oldNode.mjs";

if (isOldNode) refuseOldNode();
else import("./runCommand.mjs").then(({ runCommand }) => runCommand(process.argv.slice(2)));
