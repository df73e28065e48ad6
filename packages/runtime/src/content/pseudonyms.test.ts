import { PLACEHOLDER_NUMBER_MAX } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, requestBody, streamOf, textIn } from '../testing/chat-wire.ts';
import { ExchangeRig, PRINCIPAL } from '../testing/exchange-rig.ts';
import { createPseudonyms } from './pseudonyms.ts';

const KEY = Buffer.alloc(32, 3);
const pseudonyms = createPseudonyms(KEY);
const MAIL = 'joe.bloggs@example.org';
const PLACED = /\[EMAIL_(\d+)\]/;

describe('createPseudonyms()', () => {
  it('makes numbers that fit a placeholder, the same for the same value', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (tenant, type, fingerprint) => {
        const number = pseudonyms(tenant)(type, fingerprint);
        expect(number).toBe(createPseudonyms(KEY)(tenant)(type, fingerprint));
        expect(Number.isSafeInteger(number) && number >= 1 && number <= PLACEHOLDER_NUMBER_MAX).toBe(true);
      }),
    );
  });

  it('makes others in another tenant, of another type and under another key', () => {
    const numbers = [
      pseudonyms('acme')('email', 'f'),
      pseudonyms('other')('email', 'f'),
      pseudonyms('acme')('iban', 'f'),
      createPseudonyms(Buffer.alloc(32, 4))('acme')('email', 'f'),
      // What is put together from the same letters is not the same.
      pseudonyms('acm')('eemail', 'f'),
    ];
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('gives two values of a hundred thousand the same number never', () => {
    const numbers = new Set(Array.from({ length: 100_000 }, (_, n) => pseudonyms('acme')('email', `${n}`)));
    expect(numbers.size).toBe(100_000);
  });
});

describe('exchanges with pseudonyms', () => {
  const rig = new ExchangeRig({ pseudonyms });
  const sentBy = async (text: string, tenant: string) => {
    const principal = { ...PRINCIPAL, tenant };
    const seen = await rig.exchange({ principal, body: requestBody(text), answer: [Buffer.from(streamOf(['ok']))] });
    return seen.sent[0] ?? '';
  };
  const numberIn = (text: string) => PLACED.exec(text)?.[1];

  it('give a value one number within a tenant, whatever stands before it, and another elsewhere', async () => {
    const alone = numberIn(await sentBy(`mail ${MAIL}`, 'acme'));
    const later = await sentBy(`mail ann@example.net, then ${MAIL}`, 'acme');
    expect(later).toContain(`then [EMAIL_${alone}]`);
    expect(numberIn(later)).not.toBe(alone);
    expect(numberIn(await sentBy(`mail ${MAIL}`, 'other'))).not.toBe(alone);
  });

  it('put values back into the answer, however its stream is cut', async () => {
    const placed = numberIn(await sentBy(`mail ${MAIL}`, PRINCIPAL.tenant)) ?? '';
    const said = `I mailed [EMAIL_${placed}], not [EMAIL_1].`;
    for (let size = 1; size < said.length; size += 1) {
      const pieces = said.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      const seen = await rig.exchange({ body: requestBody(`mail ${MAIL}`), answer: [Buffer.from(streamOf(pieces))] });
      expect(textIn(seen.text)).toBe(`I mailed ${MAIL}, not [EMAIL_1].`);
    }
  });

  it('put nothing back that this exchange did not send, though another of the tenant did', async () => {
    const placed = numberIn(await sentBy(`mail ${MAIL}`, PRINCIPAL.tenant)) ?? '';
    const seen = await rig.exchange({
      body: requestBody('mail ann@example.net', { stream: false }),
      answer: [Buffer.from(answerOf(`is it [EMAIL_${placed}]?`))],
      contentType: 'application/json',
    });
    expect(textIn(seen.text)).toBe(`is it [EMAIL_${placed}]?`);
  });

  it('escape what looks like one', async () => {
    const placed = numberIn(await sentBy(`mail ${MAIL}`, PRINCIPAL.tenant)) ?? '';
    const sent = await sentBy(`what is [EMAIL_${placed}] to ${MAIL}?`, PRINCIPAL.tenant);
    expect(sent).toContain(`what is [=EMAIL_${placed}] to [EMAIL_${placed}]?`);
  });
});
