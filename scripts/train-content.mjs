/**
 * `npm run train-content -- --data <folder>`: trains the model of the detector `content`, writes it and its card beside the
 * detector, and prints what it was measured to do.
 */
import path from 'node:path';
import { ensureBuilt } from './compile.mjs';
import { ROOT, requireNode, runNode } from './workspace.mjs';

requireNode();
if (!(await ensureBuilt())) process.exit(1);
const main = path.join(ROOT, 'packages/training/dist/content/content-main.js');
const folder = path.join(ROOT, 'packages/detectors/src/content');
const places = ['--model', path.join(folder, 'content-model.json'), '--card', path.join(folder, 'model-card.json')];
// The readings of all rows are held at once.
const { code } = await runNode(['--max-old-space-size=4096', main, ...places, ...process.argv.slice(2)]);
process.exitCode = code;
