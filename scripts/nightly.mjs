/**
 * `npm run nightly`: what takes too long for every test run. A million random cases by which the compiled evaluator is held to
 * Cedar, in rounds of their own processes, since Cedar keeps every set that it parsed. `npm run nightly -- 5000000` runs more.
 */
import { ensureInstalled } from './install.mjs';
import { requireNode, runNode, toolPath } from './workspace.mjs';

const CASES_PER_ROUND = 100_000;
const TESTS = ['compile-differential', 'engine-differential'].map((name) => `packages/policy/src/${name}.test.ts`);

requireNode();
const [wanted = '1000000'] = process.argv.slice(2);
if (!/^[1-9]\d{0,11}$/.test(wanted)) {
  process.stderr.write('the number of cases is a whole number\n');
  process.exitCode = 2;
} else if (await ensureInstalled()) {
  process.exitCode = await nightly(Number(wanted));
} else {
  process.exitCode = 1;
}

/**
 * @param {number} cases
 * @returns {Promise<number>} the exit code
 */
async function nightly(cases) {
  const rounds = Math.ceil(cases / CASES_PER_ROUND);
  process.env.SALLYPORT_DIFFERENTIAL_RUNS = String(Math.min(cases, CASES_PER_ROUND));
  for (let round = 1; round <= rounds; round++) {
    process.stdout.write(`round ${round} of ${rounds}\n`);
    const { code } = await runNode([toolPath('vitest', 'vitest.mjs'), 'run', ...TESTS]);
    if (code !== 0) return code;
  }
  process.stdout.write(`${cases} cases: no difference\n`);
  return 0;
}
