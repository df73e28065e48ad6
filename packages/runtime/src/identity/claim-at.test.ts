import { describe, expect, it } from 'vitest';
import { claimAt } from './claim-at.ts';

const CLAIMS = {
  sub: 'ann',
  'https://example.com/roles': ['a'],
  'a~b': 1,
  realm: { access: { roles: ['staff'] } },
  list: ['x'],
  '': 'empty',
};

describe('claimAt()', () => {
  it.each([
    ['sub', 'ann'],
    ['realm.access.roles', ['staff']],
    ['/realm/access/roles', ['staff']],
    ['/https:~1~1example.com~1roles', ['a']],
    ['/a~0b', 1],
    ['/', 'empty'],
  ])('finds what stands at `%s`', (path, value) => {
    expect(claimAt(CLAIMS, path)).toEqual(value);
  });

  it.each([
    'constructor',
    'sub.length',
    '__proto__',
    'toString',
    'list.0',
    'list.length',
    'realm.none',
    '/realm.access',
    'none.sub',
  ])('finds nothing at `%s`', (path) => {
    expect(claimAt(CLAIMS, path)).toBeUndefined();
  });
});
