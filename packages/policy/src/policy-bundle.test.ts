import { generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyIdOf, openEnvelope, SIGNATURES_MAX, sealEnvelope } from './dsse.ts';
import { checkBundle, claimedVersion, signBundle } from './policy-bundle.ts';

const signer = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const TYPE = 'http://example.com/HelloWorld';

describe('sealEnvelope()', () => {
  it('signs what the specification says, its own example', () => {
    const envelope = JSON.parse(sealEnvelope(TYPE, Buffer.from('hello world'), signer));
    expect(envelope).toMatchObject({ payloadType: TYPE, payload: 'aGVsbG8gd29ybGQ=' });
    const message = Buffer.from('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    expect(verify(null, message, signer.publicKey, Buffer.from(envelope.signatures[0].sig, 'base64'))).toBe(true);
    expect(envelope.signatures[0].keyid).toBe(keyIdOf(signer.publicKey));
  });
});

describe('openEnvelope()', () => {
  const text = sealEnvelope(TYPE, Buffer.from('hello world'), signer);

  it('gives the payload when one of the keys vouches for it, whatever the hint says', () => {
    const hinted = text.replace(keyIdOf(signer.publicKey), 'somebody');
    const opened = openEnvelope(hinted, TYPE, [stranger.publicKey, signer.publicKey]);
    expect(opened).toEqual({ payload: Buffer.from('hello world'), keyId: keyIdOf(signer.publicKey) });
  });

  it.each([
    ['nothing', '', 'is no DSSE envelope'],
    ['a list', '[]', 'is no DSSE envelope'],
    ['signatures that are none', '{"payloadType":"x","payload":"","signatures":[1]}', 'is no DSSE envelope'],
    ['another payload', text.replace('aGVsbG8gd29ybGQ=', 'aGVsbG8gd29ybGR='), undefined],
    ['another word', text.replace('aGVsbG8', 'aGVsbG9'), 'is signed by none'],
  ])('refuses %s', (_, given, why) => {
    const opened = openEnvelope(given, TYPE, [signer.publicKey]);
    if (why === undefined)
      expect(opened).toEqual({ payload: Buffer.from('hello world'), keyId: keyIdOf(signer.publicKey) });
    else expect(opened).toEqual({ refused: expect.stringContaining(why) });
  });

  it('refuses what was signed for another purpose', () => {
    expect(openEnvelope(text, 'other', [signer.publicKey])).toEqual({
      refused: expect.stringContaining('something else'),
    });
    // The type is part of what is signed: it can't be written over.
    expect(openEnvelope(text.replace(TYPE, 'other'), 'other', [signer.publicKey])).toHaveProperty('refused');
  });

  it('looks at so many signatures and no more', () => {
    const { signatures, ...rest } = JSON.parse(text);
    const padded = (before: number) =>
      JSON.stringify({ ...rest, signatures: [...Array(before).fill({ keyid: '', sig: '' }), ...signatures] });
    expect(openEnvelope(padded(SIGNATURES_MAX - 1), TYPE, [signer.publicKey])).toHaveProperty('payload');
    expect(openEnvelope(padded(SIGNATURES_MAX), TYPE, [signer.publicKey])).toHaveProperty('refused');
  });

  it('never throws, and takes nothing that nobody signed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (given) => {
        expect(openEnvelope(given, TYPE, [signer.publicKey])).toHaveProperty('refused');
      }),
    );
  });
});

describe('checkBundle()', () => {
  const reading = {
    ok: true,
    sources: { access: [], guard: [] },
    digests: new Map([
      ['guard/a.cedar', 'a'.repeat(64)],
      ['guard/b.cedar', 'b'.repeat(64)],
    ]),
  } as const;
  const claims = { name: 'house', version: 3, policySet: 'c'.repeat(64), createdAt: '2026-01-02T03:04:05.678Z' };
  const bundle = signBundle(reading, claims, signer);
  const keys = [signer.publicKey];

  it('says who vouches for what', () => {
    expect(checkBundle({ ...reading, bundle }, keys)).toMatchObject({
      ok: true,
      bundle: { ...claims, keyId: keyIdOf(signer.publicKey), digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(claimedVersion(bundle)).toBe(3);
  });

  it('names every file that is not as it was signed', () => {
    const digests = new Map([
      ['guard/b.cedar', 'd'.repeat(64)],
      ['guard/c.cedar', 'c'.repeat(64)],
    ]);
    const checked = checkBundle({ ...reading, digests, bundle }, keys);
    expect(checked.ok ? [] : checked.problems.map(({ file, message }) => `${file} ${message}`)).toEqual([
      'guard/a.cedar the file was signed and is missing',
      'guard/b.cedar was changed after it was signed',
      'guard/c.cedar the file is not among those that were signed',
    ]);
  });

  it.each([
    ['a version that is none', { version: 0 }],
    ['a version beyond what can be counted', { version: 2 ** 53 }],
    ['a name that is none', { name: '../x' }],
    ['a time that is none', { createdAt: 'yesterday' }],
    ['a hash that is none', { policySet: 'x' }],
  ])('refuses %s, though it is signed', (_, change) => {
    const signed = signBundle(reading, { ...claims, ...change }, signer);
    expect(checkBundle({ ...reading, bundle: signed }, keys)).toMatchObject({ ok: false });
    expect(claimedVersion(signed)).toBeUndefined();
  });

  it('refuses a folder that nobody signed', () => {
    expect(checkBundle(reading, keys)).toMatchObject({
      ok: false,
      problems: [{ file: 'bundle.json', code: 'bundle' }],
    });
    expect(claimedVersion(undefined)).toBeUndefined();
    expect(claimedVersion('{"payload":1}')).toBeUndefined();
  });
});
