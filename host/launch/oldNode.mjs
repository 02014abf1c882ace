/** Imported first and alone, in syntax that old versions of Node still read, so that they can be told what to do. */
const major = Number(process.versions.node.split(".")[0]);

export const isOldNode = major < 20;

export function refuseOldNode() {
  console.error(
    "Sovereign needs Node 20 or newer to start (it then brings its own), and this is Node " +
      process.versions.node +
      ". Install a newer Node from https://nodejs.org, then run the same command again.",
  );
  process.exitCode = 1;
}
