/**
 * @typedef {{ status: string }} Assertion
 * @typedef {{ status: string, assertionResults: readonly Assertion[] }} FileResult
 * @typedef {{ success: boolean, testResults: readonly FileResult[] }} Report vitest's JSON report, as far as it is read
 * @typedef {{ passed: number, failed: number, skipped: number }} Tally
 */

/**
 * Counts a test report. A file that failed before its tests ran, and an error outside every test, each count as one
 * failure: vitest counts neither, and a run that fails must never close with `0 failed`.
 * @param {Report} report
 * @returns {Tally}
 */
export function tally(report) {
  const counted = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    const failures = file.assertionResults.filter(({ status }) => status === 'failed').length;
    counted.failed += file.status === 'failed' && failures === 0 ? 1 : failures;
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counted.passed += 1;
      else if (status !== 'failed') counted.skipped += 1;
    }
  }
  if (!report.success && counted.failed === 0) counted.failed = 1;
  return counted;
}

/**
 * The line that closes a test run.
 * @param {Tally} counted
 */
export function closingLine({ passed, failed, skipped }) {
  const line = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}
