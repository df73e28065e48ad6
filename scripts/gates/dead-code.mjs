import { runNode, toolPath } from '../workspace.mjs';
import { writtenFiles } from './tree.mjs';

/** @type {import('./gate.mjs').Gate} */
export const deadCode = {
  name: 'dead code',
  about: 'no file, export or dependency that nothing uses (knip)',
  async check(root) {
    const examined = writtenFiles(root, (file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file)).length;
    const args = ['--no-progress', '--treat-config-hints-as-errors'];
    const ran = await runNode([toolPath('knip', 'bin/knip.js', root), ...args], { cwd: root, quiet: true });
    return { ok: ran.code === 0, examined, report: ran.output };
  },
  planted: [
    {
      name: 'a file that nothing imports',
      files: { 'packages/text/src/planted.ts': 'export const planted = 1;\n' },
      expect: /Unused files[\s\S]*packages\/text\/src\/planted\.ts/,
    },
    {
      name: 'an export that nothing imports',
      files: {
        'packages/text/src/planted.ts': 'export const used = 1;\nexport const unused = 2;\n',
        'packages/text/src/index.ts': (old) => `${old}export { used } from './planted.ts';\n`,
      },
      expect: /Unused exports[\s\S]*unused\s+packages\/text\/src\/planted\.ts/,
    },
    {
      name: 'a dependency that nothing imports',
      files: {
        'packages/text/package.json': (old) => old.replace('"dependencies": {', '"dependencies": { "zod": "4",'),
      },
      expect: /Unused dependencies[\s\S]*zod\s+packages\/text\/package\.json/,
    },
  ],
};
