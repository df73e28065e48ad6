/** `npm test`: installs and builds what is missing, runs every test, and closes with one line of counts on standard output. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './compile.mjs';
import { ensureInstalled } from './install.mjs';
import { closingLine, tally } from './tally.mjs';
import { requireNode, runNode, toolPath } from './workspace.mjs';

requireNode();
const counted = await test(process.argv.slice(2));
process.exitCode = counted.failed === 0 && counted.passed > 0 ? 0 : 1;
process.stdout.write(`${closingLine(counted)}\n`);

/**
 * @param {readonly string[]} args passed on to vitest, such as a folder to run
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
async function test(args) {
  const broken = { passed: 0, failed: 1, skipped: 0 };
  if (!(await ensureInstalled()) || !(await ensureBuilt())) return broken;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-test-'));
  const file = path.join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const ran = await runNode([toolPath('vitest', 'vitest.mjs'), 'run', ...reporters, ...args]);
    if (!existsSync(file)) return broken;
    const counts = tally(JSON.parse(readFileSync(file, 'utf8')));
    return ran.code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
