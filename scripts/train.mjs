/**
 * `npm run train -- --data <folder>`: trains the models that the detectors carry and writes them, with their cards, to
 * packages/detectors/models. With `--hold-out` nothing is written: it prints what was measured on what training was not shown.
 */
import path from 'node:path';
import { ensureBuilt } from './compile.mjs';
import { ROOT, requireNode, runNode } from './workspace.mjs';

requireNode();
if (!(await ensureBuilt())) process.exit(1);
const main = path.join(ROOT, 'packages/training/dist/main.js');
const out = path.join(ROOT, 'packages/detectors/models');
// The windows of all rows are held at once.
const { code } = await runNode(['--max-old-space-size=8192', main, '--out', out, ...process.argv.slice(2)]);
process.exitCode = code;
