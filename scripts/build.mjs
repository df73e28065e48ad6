/** `npm run build`: installs what is missing and compiles every package. */
import { build } from './compile.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode } from './workspace.mjs';

requireNode();
if (!(await ensureInstalled()) || !(await build())) process.exit(1);
