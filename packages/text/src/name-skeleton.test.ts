import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameSkeleton } from './name-skeleton.ts';

describe('nameSkeleton()', () => {
  it.each([
    ['case and separators', 'get_user', 'Get-User'],
    ['camel case', 'get_user', 'getUser'],
    ['dots and spaces', 'files.read', 'files read'],
    ['Cyrillic letters', 'send_email', 's\u0435nd_\u0435m\u0430il'],
    ['a whole name of Cyrillic letters', 'cope', '\u0441\u043e\u0440\u0435'],
    ['full-width letters', 'send', '\uff53\uff45\uff4e\uff44'],
    ['what cannot be seen', 'send', 's\u200bend\u2060'],
    ['accents', 'resume', 'r\u00e9sum\u00e9'],
    ['a capital I for an l', 'emaiI', 'email'],
    ['digits for letters', 'l0g1n', 'login'],
    ['two letters for one', 'frorn', 'from'],
  ])('is one for names that read alike: %s', (_, a, b) => {
    expect(nameSkeleton(a)).toBe(nameSkeleton(b));
  });

  it.each([
    ['send_email', 'send_emails'],
    ['get_user', 'set_user'],
    ['read_file', 'read_files'],
    ['search_v2', 'search_v3'],
    ['--', '__'],
    ['\u691c\u7d22', '\u4e88\u7d04'],
  ])('tells %s from %s', (a, b) => {
    expect(nameSkeleton(a)).not.toBe(nameSkeleton(b));
  });

  it('is total, and empty for the empty name alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(nameSkeleton(name) === '').toBe(name === '');
      }),
    );
  });
});
