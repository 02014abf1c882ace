/** Adding up what the tools report. A tool that reports nothing, or ends badly without saying why, counts as one failure. */

export const addTallies = (tallies) =>
  tallies.reduce(
    (sum, { passed, failed, skipped = 0 }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );

/** Of Vitest's JSON report. A file that could not be loaded has no test in it, and counts as one failure. */
export function tallyOfVitest(report, exitCode) {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
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

const withExitCode = (tally, exitCode) => (exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally);

/** Of a failure's message, which may be long: a log's last lines are often all that is kept, and each failure should be among them. */
const MESSAGE_LINES = 14;

/** What failed in Vitest, for the end of the log: `{ title, message }` each. */
export function failuresOfVitest(report) {
  if (report === null) return [];
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === "failed");
    if (status === "failed" && assertionResults.length === 0) return [failure(name, message)];
    return failed.map(({ fullName, failureMessages }) => failure(`${name} › ${fullName}`, failureMessages.join("\n")));
  });
}

/** What failed in Playwright, the same way. A suite may hold suites: a file, and what it groups. */
export function failuresOfPlaywright(report) {
  const ofSuite = ({ suites = [], specs = [] }) => [
    ...specs
      .filter(({ ok, tests }) => !ok || tests.some(({ status }) => status === "flaky"))
      .map(({ file, line, title, tests }) => failure(`${file}:${line} › ${title}`, messageOfTests(tests))),
    ...suites.flatMap(ofSuite),
  ];
  return report === null ? [] : ofSuite(report);
}

const messageOfTests = (tests) =>
  tests.flatMap(({ results }) => results.flatMap(({ errors }) => errors.map(({ message }) => message))).join("\n");

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

function failure(title, message = "") {
  const lines = message.replace(COLOURS, "").split("\n");
  return { title, message: lines.slice(0, MESSAGE_LINES).join("\n") };
}
