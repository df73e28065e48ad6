import { expect, test } from 'vitest';
import { rememberedFingerprints } from './remembered-fingerprints.ts';

test('rememberedFingerprints() asks once for a value, and forgets what is old or long', () => {
  const asked: string[] = [];
  const fingerprint = rememberedFingerprints((value) => {
    asked.push(value);
    return `f ${value}`;
  });
  for (let n = 0; n < 3; n += 1) expect(fingerprint('a')).toBe('f a');
  expect(asked).toEqual(['a']);
  for (let n = 0; n < 1_000; n += 1) fingerprint(`${n}`);
  fingerprint('a');
  expect(asked.filter((value) => value === 'a')).toHaveLength(2);
  const long = 'x'.repeat(40_000);
  fingerprint(long);
  fingerprint(long);
  expect(asked.filter((value) => value === long)).toHaveLength(2);
});
