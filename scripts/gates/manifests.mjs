import { readFileSync } from 'node:fs';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packageFolders } from '../workspace.mjs';

/**
 * Packs each package as npm would and looks at what its manifest promises. The packages are built before.
 * @type {import('./gate.mjs').Gate}
 */
export const manifests = {
  name: 'manifests',
  about: 'what a package.json exports is there and is what it says (publint)',
  async check(root) {
    const lines = [];
    const folders = packageFolders(root);
    for (const pkgDir of folders) {
      const manifest = JSON.parse(readFileSync(path.join(pkgDir, 'package.json'), 'utf8'));
      const { messages } = await publint({ pkgDir, level: 'suggestion', strict: true, pack: 'npm' });
      for (const message of messages) {
        lines.push(`${manifest.name}: ${message.code}: ${formatMessage(message, manifest, { color: false }) ?? ''}`);
      }
    }
    return { ok: lines.length === 0, examined: folders.length, report: lines.join('\n') };
  },
  planted: [
    {
      name: 'an export that leads nowhere',
      files: { 'packages/text/package.json': (old) => old.replace('"./dist/index.js"', '"./dist/absent.js"') },
      expect: /@sallyport\/text: FILE_DOES_NOT_EXIST/,
    },
    {
      name: 'types behind the code',
      files: {
        'packages/text/package.json': (old) =>
          old
            .replace('"types": "./dist/index.d.ts",', '')
            .replace('"default": "./dist/index.js"', '"default": "./dist/index.js", "types": "./dist/index.d.ts"'),
      },
      expect: /@sallyport\/text: EXPORTS_TYPES_SHOULD_BE_FIRST/,
    },
  ],
};
