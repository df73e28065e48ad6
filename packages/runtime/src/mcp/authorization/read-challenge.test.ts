import { describe, expect, it } from 'vitest';
import { CHALLENGE_MAX_CHARS, readChallenge, SCOPES_MAX, scopesIn } from './read-challenge.ts';

describe('readChallenge()', () => {
  it.each([
    ['Bearer', {}],
    ['bearer error=invalid_token', { error: 'invalid_token' }],
    [
      'Bearer realm="x, Bearer scope=\\"no\\"", resource_metadata="https://a/b", scope="read write read"',
      { resourceMetadata: 'https://a/b', scopes: ['read', 'write'] },
    ],
    ['Basic realm="a", Bearer scope="s"', { scopes: ['s'] }],
    ['Negotiate YWJj==, Bearer error = "insufficient_scope" , scope=""', { error: 'insufficient_scope', scopes: [] }],
    ['Bearer scope="s", DPoP algs="ES256"', { scopes: ['s'] }],
    [' , ,Bearer scope="s"', { scopes: ['s'] }],
  ])('reads %s', (header, expected) => expect(readChallenge(header)).toEqual(expected));

  it.each([
    undefined,
    '',
    'Basic realm="a"',
    'Bearer scope="a", scope="b"',
    'Bearer scope="open',
    'Bearer ="a"',
    '"Bearer"',
  ])('takes %s for none', (header) => expect(readChallenge(header)).toBeUndefined());

  it('leaves out scopes that are none', () => {
    expect(readChallenge('Bearer scope="a\tb"')).toEqual({});
    expect(readChallenge('Bearer scope="a\\\\b"')).toEqual({});
  });

  it('reads headers and scopes up to their limits, and no further', () => {
    const padded = (length: number) => `Bearer realm="${'x'.repeat(length - 15)}"`;
    expect(readChallenge(padded(CHALLENGE_MAX_CHARS))).toEqual({});
    expect(readChallenge(padded(CHALLENGE_MAX_CHARS + 1))).toBeUndefined();
    const many = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`).join(' ');
    expect(scopesIn(many(SCOPES_MAX))).toHaveLength(SCOPES_MAX);
    expect(scopesIn(many(SCOPES_MAX + 1))).toBeUndefined();
    expect(scopesIn('x'.repeat(256))).toHaveLength(1);
    expect(scopesIn('x'.repeat(257))).toBeUndefined();
  });
});
