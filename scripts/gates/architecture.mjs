import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runNode, toolPath } from '../workspace.mjs';
import { writtenFiles } from './tree.mjs';

/** @typedef {{ from: string, to: string, rule: { name: string }, comment?: string }} Violation */

/** @typedef {{ source: string, dependencies: readonly unknown[] }} Module */

/**
 * Sources that the cruiser did not see, or saw without their imports: it does that, and reports success, with a
 * parser that can't read them.
 * @param {string} root
 * @param {readonly string[]} sources
 * @param {readonly Module[]} modules
 */
function unread(root, sources, modules) {
  const dependencies = new Map(modules.map((module) => [module.source, module.dependencies.length]));
  return sources.filter((file) => {
    const seen = dependencies.get(file);
    return seen === undefined || (seen === 0 && IMPORT.test(readFileSync(path.join(root, file), 'utf8')));
  });
}

const IMPORT = /^(?:import|export) (?:[^'"`;]{0,2000} from )?'/m;

const PEER = "import { version } from '@sallyport/policy';\n\nexport const planted = version;\n";

/** @type {import('./gate.mjs').Gate} */
export const architecture = {
  name: 'architecture',
  about: 'imports run in one direction, siblings stay apart, no cycles',
  async check(root) {
    const sources = writtenFiles(root, (file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file));
    const ran = await runNode(
      [toolPath('dependency-cruiser', 'bin/dependency-cruise.mjs', root), 'packages', '--output-type', 'json'],
      { cwd: root, quiet: true },
    );
    if (!ran.output.startsWith('{')) return { ok: false, examined: sources.length, report: ran.output };
    const { modules, summary } = JSON.parse(ran.output);
    const missed = unread(root, sources, modules);
    const lines = summary.violations.map(
      (/** @type {Violation} */ { rule, from, to }) => `${rule.name}: ${from} -> ${to}`,
    );
    for (const file of missed) lines.push(`not read: ${file}`);
    return { ok: lines.length === 0, examined: sources.length - missed.length, report: lines.join('\n') };
  },
  planted: [
    {
      name: 'a peer of the middle tier',
      files: { 'packages/detectors/src/planted.ts': PEER },
      expect: /direction-detectors: packages\/detectors\/src\/planted\.ts -> packages\/policy\//,
    },
    {
      name: 'an import of a type alone, upwards',
      files: { 'packages/text/src/planted.ts': "export type { Planted } from '@sallyport/runtime';\n" },
      expect: /direction-text: packages\/text\/src\/planted\.ts -> packages\/runtime\//,
    },
    {
      name: 'a path into another package',
      files: { 'packages/runtime/src/planted.ts': "export { ERRORS } from '../../core/src/errors.ts';\n" },
      expect: /front-door: packages\/runtime\/src\/planted\.ts -> packages\/core\//,
    },
    {
      name: 'a detector that imports its sibling',
      files: {
        'packages/detectors/src/planted-a/detector.ts': 'export const planted = 1;\n',
        'packages/detectors/src/planted-b/detector.ts': "export { planted } from '../planted-a/detector.ts';\n",
      },
      expect: /siblings-detectors: packages\/detectors\/src\/planted-b\//,
    },
    {
      name: 'a protocol that imports its sibling',
      files: {
        'packages/protocols/src/planted-a/adapter.ts': 'export const planted = 1;\n',
        'packages/protocols/src/planted-b/adapter.ts': "export { planted } from '../planted-a/adapter.ts';\n",
      },
      expect: /siblings-protocols: packages\/protocols\/src\/planted-b\//,
    },
    {
      name: 'input and output in core',
      files: { 'packages/core/src/planted.ts': "export { readFileSync } from 'node:fs';\n" },
      expect: /core-is-pure: packages\/core\/src\/planted\.ts -> fs/,
    },
    {
      name: 'a dependency of core',
      files: { 'packages/core/src/planted.ts': "export { z } from 'zod';\n" },
      expect: /core-is-pure: packages\/core\/src\/planted\.ts -> \S*\/zod\//,
    },
    {
      name: 'a cycle',
      files: {
        'packages/wire/src/planted-a.ts': "export { b } from './planted-b.ts';\n\nexport const a = 1;\n",
        'packages/wire/src/planted-b.ts': "export { a } from './planted-a.ts';\n\nexport const b = 1;\n",
      },
      expect: /no-cycles: packages\/wire\/src\/planted-/,
    },
    {
      name: 'a package without a tier',
      files: {
        'packages/planted/package.json': '{ "name": "@sallyport/planted" }\n',
        'packages/planted/src/index.ts': "export { ERRORS } from '@sallyport/core';\n",
      },
      expect: /place-in-tiers: packages\/planted\/src\/index\.ts/,
    },
    {
      name: 'a cruiser that passes over TypeScript',
      files: { '.dependency-cruiser.cjs': (old) => old.replace("path: '/dist/'", "path: '[.]ts'") },
      expect: /not read: packages\/core\/src\/index\.ts/,
    },
  ],
};
