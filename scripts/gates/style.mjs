import { runNode, toolPath } from '../workspace.mjs';

/** @type {import('./gate.mjs').Gate} */
export const style = {
  name: 'style',
  about: 'one format, no lint, no undeclared dependency (Biome)',
  async check(root) {
    const biome = toolPath('@biomejs/biome', 'bin/biome', root);
    const args = ['check', '--error-on-warnings', '--colors=off', '--max-diagnostics=200', '.'];
    const ran = await runNode([biome, ...args], { cwd: root, quiet: true });
    const examined = Number(ran.output.match(/Checked (\d+) files?/)?.[1] ?? 0);
    return { ok: ran.code === 0, examined, report: ran.output };
  },
  planted: [
    {
      name: 'another format',
      files: { 'packages/text/src/planted.ts': 'export const planted = "a"\n' },
      expect: /packages\/text\/src\/planted\.ts format/,
    },
    {
      name: 'any',
      files: { 'packages/text/src/planted.ts': 'export const planted = (value: any) => value;\n' },
      expect: /planted\.ts:1:\d+ lint\/suspicious\/noExplicitAny/,
    },
    {
      name: 'a promise that nobody awaits',
      files: {
        'packages/text/src/planted.ts':
          'async function planted(): Promise<void> {}\n\nexport function start(): void {\n  planted();\n}\n',
      },
      expect: /planted\.ts:4:3 lint\/nursery\/noFloatingPromises/,
    },
    {
      name: 'a dependency that hoisting lets resolve',
      files: { 'packages/text/src/planted.ts': "export { parse } from 'yaml';\n" },
      expect: /planted\.ts:1:\d+ lint\/correctness\/noUndeclaredDependencies/,
    },
    {
      name: 'four parameters',
      files: {
        'packages/text/src/planted.ts':
          'export const planted = (a: number, b: number, c: number, d: number) => a + b + c + d;\n',
      },
      expect: /planted\.ts:1:\d+ lint\/complexity\/useMaxParams/,
    },
    {
      name: 'a test that is skipped',
      files: {
        'packages/text/src/planted.test.ts':
          "import { expect, it } from 'vitest';\n\nit.skip('holds', () => expect(1).toBe(2));\n",
      },
      expect: /planted\.test\.ts:3:\d+ lint\/suspicious\/noSkippedTests/,
    },
  ],
};
