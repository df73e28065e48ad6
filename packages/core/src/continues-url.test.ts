import { describe, expect, it } from 'vitest';
import { continuesUrl, URL_LOOKBACK_CHARS } from './continues-url.ts';

describe('continuesUrl()', () => {
  it.each([
    ['see https://a.example/?q=', true],
    ['![x](https://a.example/', true],
    ['[mail](/path?x=', true],
    ['<img src="', true],
    ['<a href=', true],
    ['write to mailto:', true],
    ['https://a.example/ and ', false],
    ['plain text ', false],
    ['a quoted "', false],
    ['under "', false],
    ['see https:\\\\a.example/?q=', true],
    ['//a.example/?q=', true],
    ['// ', false],
    ['body { background: url(', true],
    ['[1]: a.example/?q=', true],
    ['[1]: see ', false],
    ['[1]:a.example/?q=', true],
  ])('%j -> %s', (before, expected) => {
    expect(continuesUrl(before)).toBe(expected);
  });

  it.each([
    ['![x](<https://a.example/?q=a ', true],
    ['![x](<https://a.example/?q=a\\< ', true],
    ['[1]: <https://a.example/?q=a ', true],
    ['<img src="https://a.example/?q=a ', true],
    ['<img src=\'https://a.example/?q="a" ', true],
    ['<div style="background: url(//a.example/?q=a ', true],
    ['<img srcset = "a.png 1x, //a.example/?q=a ', true],
    ['![x](<https://a.example/> and ', false],
    ['<img src="https://a.example/"> and ', false],
    ['<p title="a ', false],
  ])('%j -> %s: some addresses hold spaces', (before, expected) => {
    expect(continuesUrl(before)).toBe(expected);
  });

  it('takes a run that began too long ago to be seen for an address', () => {
    expect(continuesUrl(`https://a.example/?q=${'x'.repeat(URL_LOOKBACK_CHARS)}`)).toBe(true);
    expect(continuesUrl(`https://a.example/ ${'x'.repeat(URL_LOOKBACK_CHARS - 1)}`)).toBe(false);
  });
});
