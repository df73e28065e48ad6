import { describe, expect, it } from 'vitest';
import { stalePackages } from './install.mjs';

const lock = {
  packages: {
    '': { version: '0.1.0' },
    'packages/core': { version: '0.1.0' },
    'node_modules/@sallyport/core': { link: true },
    'node_modules/yaml': { version: '2.9.1' },
    'node_modules/@libsql/darwin-arm64': { version: '0.5.29', optional: true },
    'node_modules/a/node_modules/b': { version: '1.0.0' },
  },
};
const installed = {
  packages: {
    'node_modules/@sallyport/core': { link: true },
    'node_modules/yaml': { version: '2.9.1' },
    'node_modules/a/node_modules/b': { version: '1.0.0' },
  },
};

describe('stalePackages()', () => {
  it("accepts an install without other platforms' binaries", () => {
    expect(stalePackages(lock, installed)).toEqual([]);
  });

  it('names a package of another version, nested ones too', () => {
    const other = { packages: { ...installed.packages, 'node_modules/a/node_modules/b': { version: '0.9.0' } } };
    expect(stalePackages(lock, other)).toEqual(['node_modules/a/node_modules/b']);
  });

  it('names a package and a workspace link that are missing', () => {
    expect(stalePackages(lock, { packages: {} })).toEqual([
      'node_modules/@sallyport/core',
      'node_modules/yaml',
      'node_modules/a/node_modules/b',
    ]);
  });
});
