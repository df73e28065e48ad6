import { expect, it } from 'vitest';
import { readUrl } from './read-url.ts';

it('readUrl() reads letters of Latin-1 as often as it is asked', () => {
  let missed = 0;
  for (let at = 0; at < 200_000; at += 1) if (readUrl('https://b\u00fccher.example/') === undefined) missed += 1;
  expect(missed).toBe(0);
  expect(readUrl('https://b\u00fccher.example/')?.hostname).toBe('xn--bcher-kva.example');
  expect(readUrl('no address')).toBeUndefined();
});
