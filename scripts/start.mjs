/** `npm start`: installs and builds what is missing, then runs `sallyport start` in this process, so that signals reach it. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './compile.mjs';
import { ensureInstalled } from './install.mjs';
import { ROOT, requireNode } from './workspace.mjs';

requireNode();
if (!(await ensureInstalled()) || !(await ensureBuilt())) process.exit(1);

// The terminal sends Ctrl-C to every process, and npm passes its own on: the second of the pair must not cut the drain
// short. A later one is meant, and ends the process.
const SAME_PRESS_MS = 500;
let draining = false;
const interrupted = () => {
  if (draining) return;
  // Nobody else listens yet: there is nothing to drain.
  if (process.listenerCount('SIGINT') === 1) process.exit(130);
  draining = true;
  setTimeout(() => process.off('SIGINT', interrupted), SAME_PRESS_MS).unref();
};
process.on('SIGINT', interrupted);

const bin = path.join(ROOT, 'packages', 'cli', 'bin', 'sallyport.js');
process.argv = [process.execPath, bin, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(bin).href);
