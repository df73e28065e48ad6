/**
 * `npm run ok`: asks every gate about the tree, shows that each one fails on its planted violations, and runs the tests.
 * `npm run ok -- style docs` asks only these; `tests` is one of the names.
 */
import { ensureInstalled } from './install.mjs';
import { ROOT, requireNode, runNode } from './workspace.mjs';

requireNode();
if (!(await ensureInstalled())) process.exit(1);

const { ask, unnoticed } = await import('./gates/gate.mjs');
const { GATES } = await import('./gates/all.mjs');
const { copyTree } = await import('./gates/tree.mjs');

const wanted = process.argv.slice(2);
const known = [...GATES.map((gate) => gate.name), 'tests'];
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no gate \`${unknown.join('`, `')}\`; there are: ${known.join(', ')}\n`);
  process.exit(1);
}
const isWanted = (/** @type {string} */ name) => wanted.length === 0 || wanted.includes(name);

let failures = 0;
const copy = copyTree(ROOT);
try {
  for (const gate of GATES.filter(({ name }) => isWanted(name))) await report(gate);
} finally {
  copy.remove();
}
if (isWanted('tests')) {
  const ran = await runNode(['scripts/test.mjs'], { cwd: ROOT });
  line(ran.code === 0, 'tests', 'npm test');
}
process.stdout.write(failures === 0 ? 'ok\n' : `not ok: ${failures} failed\n`);
process.exitCode = failures === 0 ? 0 : 1;

/**
 * @param {boolean} ok
 * @param {string} name
 * @param {string} said
 */
function line(ok, name, said) {
  if (!ok) failures += 1;
  process.stdout.write(`${ok ? 'pass' : 'FAIL'}  ${name.padEnd(13)} ${said}\n`);
}

/** @param {import('./gates/gate.mjs').Gate} gate */
async function report(gate) {
  const startedMs = performance.now();
  const verdict = await ask(gate, ROOT);
  const blind = await unnoticed(gate, copy.root);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const said = `${gate.about}: ${verdict.examined} examined, ${gate.planted.length} planted, ${seconds} s`;
  line(verdict.ok && blind.length === 0, gate.name, said);
  if (!verdict.ok) process.stdout.write(`${verdict.report.trimEnd().replace(/^/gm, '      ')}\n`);
  for (const name of blind) process.stdout.write(`      did not notice, when planted: ${name}\n`);
}
