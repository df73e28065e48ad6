import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { createFingerprinter } from './create-fingerprinter.ts';

const KEY = Buffer.alloc(32, 1);

it('createFingerprinter() gives the first half of an HMAC-SHA-256 in hexadecimal', () => {
  const whole = createHmac('sha256', KEY).update('value').digest('hex');
  expect(createFingerprinter(KEY)('value')).toBe(whole.slice(0, 32));
});

it('createFingerprinter() tells values and keys apart', () => {
  const fingerprint = createFingerprinter(KEY);
  expect(fingerprint('a')).toBe(fingerprint('a'));
  expect(fingerprint('a')).not.toBe(fingerprint('b'));
  expect(fingerprint('a')).not.toBe(createFingerprinter(Buffer.alloc(32, 2))('a'));
});

it('createFingerprinter() does not change when its key is overwritten afterwards', () => {
  const key = Buffer.from(KEY);
  const fingerprint = createFingerprinter(key);
  const before = fingerprint('a');
  key.fill(0);
  expect(fingerprint('a')).toBe(before);
});
