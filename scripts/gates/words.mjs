import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writtenFiles } from './tree.mjs';

/** Detectors' tables and wire fixtures quote what the world writes; everything else is our own words. */
const OURS = /\.(?:[cm]?[jt]s|md|ya?ml|cedar|cedarschema|sh)$|^\.ci\//;
const QUOTED = /\/fixtures\/|package-lock\.json$/;

/** Assembled, so that this file doesn't hold what it looks for. */
const word = (/** @type {string[]} */ ...parts) => parts.join('');

const FORBIDDEN = [
  {
    pattern: new RegExp(`(?<![\\w[])(?:${word('TO', 'DO')}|${word('FIX', 'ME')})\\b`),
    why: 'unfinished work',
  },
  { pattern: new RegExp(`\\b${word('for', ' now')}\\b`, 'i'), why: 'unfinished work' },
  { pattern: new RegExp(`${word('@ts-', 'ignore')}|${word('@ts-', 'nocheck')}`), why: 'a silenced check' },
  { pattern: new RegExp(`${word('biome-', 'ignore')}(?!.*: \\S)`), why: 'a silenced check without its reason' },
  { pattern: new RegExp(`(?<![\\w.])/(?:home|${word('Us', 'ers')}|root)/\\w`), why: "one machine's path" },
];

/** @type {import('./gate.mjs').Gate} */
export const words = {
  name: 'words',
  about: 'no mark of unfinished work, no silenced check, no path of one machine',
  async check(root) {
    const files = writtenFiles(root, (file) => OURS.test(file) && !QUOTED.test(file));
    const lines = files.flatMap((file) =>
      readFileSync(path.join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          FORBIDDEN.filter(({ pattern }) => pattern.test(line)).map(({ why }) => `${file}:${index + 1}: ${why}`),
        ),
    );
    return { ok: lines.length === 0, examined: files.length, report: lines.join('\n') };
  },
  planted: [
    {
      name: 'a mark of unfinished work',
      files: { 'packages/text/src/planted.ts': `// ${word('TO', 'DO')}: the rest\n` },
      expect: /packages\/text\/src\/planted\.ts:1: unfinished work/,
    },
    {
      name: 'a provisional sentence',
      files: { 'docs/planted.md': `This holds ${word('for', ' now')}.\n` },
      expect: /docs\/planted\.md:1: unfinished work/,
    },
    {
      name: 'a silenced check',
      files: { 'packages/text/src/planted.ts': `// ${word('@ts-', 'ignore')}\n` },
      expect: /packages\/text\/src\/planted\.ts:1: a silenced check/,
    },
    {
      name: "one machine's path",
      files: { 'packages/text/src/planted.ts': `export const place = '${word('/ho', 'me')}/someone/data';\n` },
      expect: /packages\/text\/src\/planted\.ts:1: one machine's path/,
    },
  ],
};
