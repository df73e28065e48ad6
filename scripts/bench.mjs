/** `npm run bench -- <name>`: runs benchmarks/<name>/bench.mjs against the build; without a name, lists them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './compile.mjs';
import { ensureInstalled } from './install.mjs';
import { ROOT, requireNode } from './workspace.mjs';

requireNode();
const folder = path.join(ROOT, 'benchmarks');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, 'bench.mjs')))
  .map((entry) => entry.name);
const [name, ...rest] = process.argv.slice(2);

if (name === undefined) {
  for (const each of names) process.stdout.write(`${each}  ${question(each)}\n`);
} else if (!names.includes(name)) {
  process.stderr.write(`no benchmark \`${name}\`; there are: ${names.join(', ')}\n`);
  process.exitCode = 1;
} else if (!(await ensureInstalled()) || !(await ensureBuilt())) {
  process.exitCode = 1;
} else {
  const file = path.join(folder, name, 'bench.mjs');
  process.argv = [process.execPath, file, ...rest];
  await import(pathToFileURL(file).href);
}

/**
 * The question that a benchmark answers: the first heading of its README.
 * @param {string} benchmark
 */
function question(benchmark) {
  const readme = path.join(folder, benchmark, 'README.md');
  if (!existsSync(readme)) return '';
  return (
    readFileSync(readme, 'utf8')
      .split('\n', 1)[0]
      ?.replace(/^#+\s*/, '') ?? ''
  );
}
