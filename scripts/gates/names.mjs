import { statSync } from 'node:fs';
import path from 'node:path';
import { writtenFiles } from './tree.mjs';

const DRAWER = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|lib)(?:\/|\.[cm]?[jt]s$)/;

/** No table or fixture is larger; what is larger belongs into a release, not into the tree. Bytes. */
const MAX_FILE_BYTES = 3_000_000;

/** @type {import('./gate.mjs').Gate} */
export const names = {
  name: 'names',
  about: 'nothing empty, nothing huge, no drawer that takes everything',
  async check(root) {
    const files = writtenFiles(root);
    const lines = files.flatMap((file) => {
      const { size } = statSync(path.join(root, file));
      return [
        ...(size === 0 ? [`${file}: empty`] : []),
        ...(size > MAX_FILE_BYTES ? [`${file}: ${size} bytes`] : []),
        ...(DRAWER.test(file) ? [`${file}: a drawer; name it for what it holds`] : []),
      ];
    });
    return { ok: lines.length === 0, examined: files.length, report: lines.join('\n') };
  },
  planted: [
    {
      name: 'an empty file',
      files: { 'packages/text/src/planted.ts': '' },
      expect: /packages\/text\/src\/planted\.ts: empty/,
    },
    {
      name: 'a drawer',
      files: { 'packages/text/src/utils/planted.ts': 'export const planted = 1;\n' },
      expect: /packages\/text\/src\/utils\/planted\.ts: a drawer/,
    },
    {
      name: 'a file named for nothing',
      files: { 'packages/text/src/helpers.ts': 'export const planted = 1;\n' },
      expect: /packages\/text\/src\/helpers\.ts: a drawer/,
    },
  ],
};
