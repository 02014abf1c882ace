/** Adding up what the tools report. A tool that reports nothing, or ends badly without saying why, counts as one failure. */

export const addTallies = (tallies) =>
  tallies.reduce((sum, { passed, failed, skipped = 0 }) => ({
    passed: sum.passed + passed,
    failed: sum.failed + failed,
    skipped: sum.skipped + skipped,
  }), { passed: 0, failed: 0, skipped: 0 });

/** Of Vitest's JSON report. A file that could not be loaded has no test in it, and counts as one failure. */
export function tallyOfVitest(report, exitCode) {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0);
  const tally = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  return withExitCode(tally, exitCode);
}

/** Of Playwright's JSON report. A test that passed only on a second try is a failure: it would fail somebody. */
export function tallyOfPlaywright(report, exitCode) {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const { expected, unexpected, flaky, skipped } = report.stats;
  return withExitCode({ passed: expected, failed: unexpected + flaky, skipped }, exitCode);
}

/** Of a tool that ends with its own "N passed, N failed" line. */
export function tallyOfLine(output, exitCode) {
  const line = [...output.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1);
  if (line === undefined) return { passed: 0, failed: 1, skipped: 0 };
  return withExitCode({ passed: Number(line[1]), failed: Number(line[2]), skipped: 0 }, exitCode);
}

const withExitCode = (tally, exitCode) =>
  exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
