import { rmSync } from 'node:fs';
import path from 'node:path';
import { runNode, toolPath } from '../workspace.mjs';
import { writtenFiles } from './tree.mjs';

/** @type {import('./gate.mjs').Gate} */
export const types = {
  name: 'types',
  about: 'the packages compile; tests, scripts, pages, benchmarks and examples are type-checked',
  async check(root) {
    const examined = writtenFiles(root, (file) =>
      /^packages\/.*\.ts$|^packages\/[^/]+\/page\/.*\.js$|^scripts\/.*\.mjs$/.test(file),
    ).length;
    const tsc = toolPath('typescript', 'bin/tsc', root);
    for (const of of ['check', 'page']) {
      rmSync(path.join(root, 'node_modules', '.cache', 'sallyport', `${of}.tsbuildinfo`), { force: true });
    }
    const built = await runNode([tsc, '--build', '--force', 'tsconfig.json'], { cwd: root, quiet: true });
    const checked = await runNode([tsc, '--project', 'tsconfig.check.json'], { cwd: root, quiet: true });
    const page = await runNode([tsc, '--project', 'tsconfig.page.json'], { cwd: root, quiet: true });
    const ok = [built, checked, page].every(({ code }) => code === 0);
    return { ok, examined, report: `${built.output}${checked.output}${page.output}` };
  },
  planted: [
    {
      name: 'a source that does not compile',
      files: { 'packages/text/src/planted.ts': 'export const planted: number = String(1);\n' },
      expect: /packages\/text\/src\/planted\.ts\(1,14\): error TS2322/,
    },
    {
      name: 'a test that does not compile',
      files: { 'packages/text/src/planted.test.ts': 'export const planted: number = String(1);\n' },
      expect: /packages\/text\/src\/planted\.test\.ts\(1,14\): error TS2322/,
    },
    {
      name: 'a script that does not keep its types',
      files: { 'scripts/planted.mjs': '/** @type {number} */\nexport const planted = String(1);\n' },
      expect: /scripts\/planted\.mjs\(2,14\): error TS2322/,
    },
    {
      name: 'a page that does not keep its types',
      files: { 'packages/gateway/page/planted.js': '/** @type {number} */\nexport const planted = String(1);\n' },
      expect: /packages\/gateway\/page\/planted\.js\(2,14\): error TS2322/,
    },
    {
      name: 'syntax that Node.js cannot erase',
      files: { 'packages/text/src/planted.ts': 'export enum Planted {\n  one,\n}\n' },
      expect: /packages\/text\/src\/planted\.ts\(1,13\): error TS1294/,
    },
  ],
};
