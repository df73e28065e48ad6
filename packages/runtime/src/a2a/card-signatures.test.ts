import { Buffer } from 'node:buffer';
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { JsonMembers } from '@sallyport/mcp';
import { canonicalJson } from '@sallyport/wire';
import { FlattenedSign } from 'jose';
import { describe, expect, it } from 'vitest';
import { CARD_MAX_SIGNATURES, isSigned } from './card-signatures.ts';

const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const OTHER = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const CARD = {
  name: 'Travel',
  description: 'Books trips \u2014 and pays.',
  version: '1.0.0',
  supportedInterfaces: [{ url: 'https://travel.example/', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
  capabilities: { streaming: true, pushNotifications: false },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [{ id: 'book', name: 'Book', description: 'Books.', tags: [], examples: [] }],
};

async function signatureOf(
  card: object,
  header: object = { alg: 'ES256', kid: 'one' },
  key: KeyObject = KEY.privateKey,
) {
  const jws = await new FlattenedSign(Buffer.from(canonicalJson(card)))
    .setProtectedHeader(header as { alg: string })
    .sign(key, { crit: { 'urn:own': true } });
  return { protected: jws.protected, signature: jws.signature };
}
const signed = async (card: object = CARD, ...more: readonly unknown[]): Promise<JsonMembers> => ({
  ...card,
  signatures: [...more, await signatureOf(card)],
});
const verified = (card: object, key = KEY.publicKey) => isSigned(card as JsonMembers, [OTHER.publicKey, key]);
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('isSigned()', () => {
  it('takes a card in whatever order its members come, and with whatever members that say nothing', async () => {
    const { signatures, ...card } = await signed();
    const turned = Object.fromEntries(Object.entries(card).reverse());
    expect(await verified({ signatures, ...turned })).toBe(true);
    const { skills, ...rest } = CARD;
    const bare = { ...rest, skills: [{ id: 'book', name: 'Book', description: 'Books.' }] };
    const own = { signatures: [await signatureOf(bare)] };
    expect(await verified({ ...bare, skills, provider: null, documentationUrl: '', ...own })).toBe(true);
  });

  it.each([
    ['another text', { description: 'Books trips.' }],
    ['a member more', { iconUrl: 'https://evil.example/' }],
    ['a member less', { version: undefined }],
    ['another skill', { skills: [{ ...CARD.skills[0], id: 'pay' }] }],
    ['a list in another order', { defaultInputModes: ['text/plain', 'a'] }],
    ['another truth', { capabilities: { streaming: true, pushNotifications: true } }],
    ['a truth less', { capabilities: { streaming: true } }],
  ])('takes none that says something else: %s', async (_what, more) => {
    expect(await verified(JSON.parse(JSON.stringify({ ...(await signed()), ...more })))).toBe(false);
  });

  it('takes none without a signature, and none by another key', async () => {
    expect(await verified(CARD)).toBe(false);
    expect(await verified({ ...CARD, signatures: [] })).toBe(false);
    expect(await isSigned(await signed(), [OTHER.publicKey])).toBe(false);
    expect(await isSigned(await signed(), [])).toBe(false);
  });

  it('takes none by no algorithm, nor by the public key as a shared secret', async () => {
    const payload = Buffer.from(canonicalJson(CARD)).toString('base64url');
    const none = { protected: encoded({ alg: 'none', kid: 'one' }), signature: '' };
    const header = encoded({ alg: 'HS256', kid: 'one' });
    const pem = KEY.publicKey.export({ type: 'spki', format: 'pem' });
    const mac = createHmac('sha256', pem).update(`${header}.${payload}`).digest('base64url');
    expect(await verified({ ...CARD, signatures: [none, { protected: header, signature: mac }] })).toBe(false);
  });

  it('takes none whose header demands what is not known here, or is not signed', async () => {
    const critical = await signatureOf(CARD, { alg: 'ES256', crit: ['urn:own'], 'urn:own': 1 });
    expect(await verified({ ...CARD, signatures: [critical] })).toBe(false);
    const { signature } = await signatureOf(CARD);
    expect(await verified({ ...CARD, signatures: [{ protected: '', header: { alg: 'ES256' }, signature }] })).toBe(
      false,
    );
  });

  it.each([[null], [7], ['x'], [{}], [{ protected: 1, signature: 2 }], [{ protected: 'e30', signature: '!' }]])(
    'looks past what is no signature: %j',
    async (other) => {
      expect(await verified(await signed(CARD, other))).toBe(true);
      expect(await verified({ ...CARD, signatures: [other] })).toBe(false);
    },
  );

  it('looks at as many signatures as the bound, and no further', async () => {
    const others = async (count: number) => {
      const one = await signatureOf(CARD, undefined, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
      return Array.from({ length: count }, () => one);
    };
    expect(await verified(await signed(CARD, ...(await others(CARD_MAX_SIGNATURES - 1))))).toBe(true);
    expect(await verified(await signed(CARD, ...(await others(CARD_MAX_SIGNATURES))))).toBe(false);
  });
});
