/**
 * `node crypto/testing/vectors.ts DIR`: runs every Wycheproof file of the primitives we use through sodium.ts. One line a file,
 * then the sum; exit code 1 when a vector failed or a file is missing. The files are public: github.com/C2SP/wycheproof, folder
 * testvectors_v1. They are not copied into the project.
 */
import { sodiumReady } from "../sodium.ts";
import { readVectorFile, VECTOR_FILES } from "./readVectors.ts";
import { runWycheproof } from "./wycheproof.ts";

const folder = process.argv[2];
if (folder === undefined) {
  console.error("Usage: node crypto/testing/vectors.ts DIR (the folder testvectors_v1 of github.com/C2SP/wycheproof)");
  process.exit(1);
}

await sodiumReady;
let passed = 0;
let failed = 0;
for (const name of VECTOR_FILES) {
  try {
    const report = runWycheproof(readVectorFile(folder, name));
    const kinds = Object.entries(report.byResult)
      .filter(([, count]) => count > 0)
      .map(([result, count]) => `${count} ${result}`);
    console.log(`${name}: ${report.passed} passed, ${report.failed.length} failed (${kinds.join(", ")})`);
    for (const failure of report.failed) console.log(`  failed: ${failure}`);
    passed += report.passed;
    failed += report.failed.length;
  } catch (error) {
    console.log(`${name}: not run: ${error instanceof Error ? error.message : String(error)}`);
    failed++;
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
