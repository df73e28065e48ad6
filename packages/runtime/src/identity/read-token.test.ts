import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isToken, readToken } from './read-token.ts';

const encoded = (text: string) => Buffer.from(text, 'utf8').toString('base64url');
const token = (header: string, claims: string, signature = 'c2ln') =>
  `${encoded(header)}.${encoded(claims)}.${signature}`;
const HEADER = '{"alg":"ES256","typ":"JWT"}';

describe('readToken()', () => {
  it('reads header and claims', () => {
    expect(readToken(token(HEADER, '{"sub":"ann"}'))).toEqual({
      header: { alg: 'ES256', typ: 'JWT' },
      claims: { sub: 'ann' },
    });
  });

  it.each([
    ['a claim that comes twice', token(HEADER, '{"sub":"ann","sub":"root"}')],
    ['a claim that comes twice in another spelling', token(HEADER, '{"sub":"ann","s\\u0075b":"root"}')],
    ['a header that says twice how it is signed', token('{"alg":"none","alg":"ES256"}', '{}')],
    ['an extension that must be understood', token('{"alg":"ES256","crit":["exp"],"exp":1}', '{}')],
    ['an empty one', token('{"alg":"ES256","crit":[]}', '{}')],
    ['a payload that is not encoded', token('{"alg":"ES256","b64":false}', '{}')],
    ['a token within a token', token('{"alg":"ES256","cty":"JWT"}', '{}')],
    ['a compressed one', token('{"alg":"ES256","zip":"DEF"}', '{}')],
    ['an encrypted one', token('{"alg":"ES256","enc":"A256GCM"}', '{}')],
    ['a proof of possession, which is for something else', token('{"alg":"ES256","typ":"dpop+jwt"}', '{}')],
    ['a notice of a logout', token('{"alg":"ES256","typ":"logout+jwt"}', '{}')],
    ['no algorithm', token('{"typ":"JWT"}', '{}')],
    ['a name of a key that is none', token('{"alg":"ES256","kid":{}}', '{}')],
    ['claims that are a list', token(HEADER, '[]')],
    ['claims that are a text', token(HEADER, '"sub"')],
    ['claims that are no JSON', token(HEADER, '{"sub":')],
    ['claims within claims without end', token(HEADER, `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`)],
    ['a lone surrogate', token(HEADER, '{"sub":"\\ud800"}')],
    ['more after its end', token(HEADER, '{} {}')],
    ['bytes that are not UTF-8', `${encoded(HEADER)}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.c2ln`],
    ['no signature', `${encoded(HEADER)}.${encoded('{}')}.`],
    ['two parts', `${encoded(HEADER)}.${encoded('{}')}`],
    ['four parts', `${token(HEADER, '{}')}.c2ln`],
    ['padding', `${encoded(HEADER)}==.${encoded('{}')}.c2ln`],
    ['the alphabet of base64', `${encoded(HEADER)}.${encoded('{}')}.ab+/`],
    ['bits that nothing reads', `${encoded(HEADER)}.${encoded('{}')}.c2lB`.slice(0, -4).concat('AB')],
    ['a line break', `${encoded(HEADER)}.${encoded('{}')}.c2ln\n`],
  ])('refuses %s', (_what, text) => {
    expect(readToken(text)).toEqual({ fault: 'TOKEN_INVALID' });
  });

  it('takes depth up to its bound', () => {
    expect(isFault(readToken(token(HEADER, `${'{"a":'.repeat(8)}1${'}'.repeat(8)}`)))).toBe(false);
  });

  it('throws for nothing, whatever stands there', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('e', 'y', 'J', '.', '-', '_', '=', '0', '\0', 'é'), maxLength: 40 }),
        (text) => {
          readToken(text);
        },
      ),
    );
    fc.assert(fc.property(fc.json(), fc.json(), (header, claims) => void readToken(token(header, claims))));
  });
});

describe('isToken()', () => {
  it('tells a token from a gateway key by its form, signed or not, encrypted or not', () => {
    const whole = token(HEADER, '{}');
    for (const text of [whole, whole.slice(0, -4), `${whole}.a.b`]) expect(isToken(text)).toBe(true);
    for (const text of ['sp-abc', 'eyJhbGci', 'a.b.c', '', ' eyJ.a.b', 'eyJ.a.b ']) expect(isToken(text)).toBe(false);
  });
});
