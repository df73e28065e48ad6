import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalHost, hostLook } from './canonical-host.ts';
import { datesIn } from './dates.ts';
import { readNumber } from './read-number.ts';
import { valuesIn } from './values-in.ts';

const keys = (text: string) => [...new Set(valuesIn(text).map(({ key }) => key))];

describe('valuesIn()', () => {
  it.each([
    ['write to Bob.Lee@Example.COM, please', 'email:bob.lee@example.com'],
    ['see https://www.Example.com/a/b/?q=1.', 'url:example.com/a/b?q=1'],
    ['on www.example.com!', 'host:example.com'],
    ['at http://2130706433/x', 'host:127.0.0.1'],
    ['at http://0x7f.1/x', 'host:127.0.0.1'],
    ['at http://user@evil.example/x', 'host:evil.example'],
    ['to GB29 NWBK 6016 1331 9268 19 today', 'iban:GB29NWBK60161331926819'],
    ['to gb29nwbk60161331926819', 'iban:GB29NWBK60161331926819'],
    ['call +49 (30) 1234-5678', 'phone:012345678'],
    ['about 1.100,50 EUR', 'number:1100.5'],
    ['on May 15th, 2024', 'date:2024-05-15'],
    ['am 15. März 2024', 'date:2024-03-15'],
    ['on 05/06/2024', 'date:2024-06-05'],
    ['on 05/06/2024', 'date:2024-05-06'],
  ])('finds in %j the value %s', (text, key) => {
    expect(keys(text)).toContain(key);
  });

  it('takes no file for a host, and no part of an address for one', () => {
    expect(keys('see report-2024.docx and john.doe@example.com')).toEqual(['email:john.doe@example.com']);
  });

  it('keeps an imitation apart from what it imitates, and says what it looks like', () => {
    const [real] = valuesIn('pay@paypal.com');
    const [fake] = valuesIn('pay@p\u0430yp\u0430l.com');
    expect(fake?.key).not.toBe(real?.key);
    expect(fake?.lookKey).toBe(real?.key);
    expect(canonicalHost('\u0440\u0430\u0443\u0440\u0430\u04cf.com')).toMatch(/^xn--/);
    expect(hostLook(canonicalHost('\u0430\u0440\u0440\u0430.com'))).toBe('appa.com');
  });

  it('reads any text in bounded time and keeps every span within it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        for (const { start, end } of valuesIn(text)) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
    );
    expect(valuesIn('1 '.repeat(100_000)).length).toBeLessThanOrEqual(2_048);
  });
});

describe('readNumber()', () => {
  it.each([
    ['1,100.50', '1100.5'],
    ['1.100,50', '1100.5'],
    ["1'100.50", '1100.5'],
    ['1 100,5', '1100.5'],
    ['$ 98.70', '98.7'],
    ['1,100', '1100'],
    ['12,5', '12.5'],
    ['007', '7'],
  ])('reads %j as %s', (text, number) => {
    expect(readNumber(text)).toBe(number);
  });

  it.each(['', 'a', '1.2.3', '1,2,3.4', '-', '9'.repeat(40)])('says that %j is none', (text) => {
    expect(readNumber(text)).toBeUndefined();
  });
});

describe('datesIn()', () => {
  it('reads no day that there is none of, and a day without a year as such', () => {
    expect(datesIn('45/13/2024 and 2024-13-45')).toEqual([]);
    expect(datesIn('on 3 June').map(({ date }) => date)).toEqual(['--06-03']);
  });
});
