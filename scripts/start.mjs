/** `npm start`: installs and builds what is missing, then runs `sallyport start` in this process, so that signals reach it. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './compile.mjs';
import { ensureInstalled } from './install.mjs';
import { ROOT, requireNode } from './workspace.mjs';

requireNode();
if (!(await ensureInstalled()) || !(await ensureBuilt())) process.exit(1);

const bin = path.join(ROOT, 'packages', 'cli', 'bin', 'sallyport.js');
process.argv = [process.execPath, bin, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(bin).href);
