import { describe, expect, test } from 'vitest';
import { suggest } from './suggest.ts';

describe('suggest()', () => {
  test.each([
    ['provders', ['providers', 'policies'], 'providers'],
    ['hots', ['host', 'port'], 'host'],
    ['baseURL', ['baseUrl', 'key'], 'baseUrl'],
    ['max_body_bytes', ['maxBodyBytes', 'maxAnswerBytes'], 'maxBodyBytes'],
  ])('takes `%s` among %j for `%s`', (word, known, expected) => {
    expect(suggest(word, known)).toBe(expected);
  });

  test('stays silent when nothing is near', () => {
    expect(suggest('colour', ['host', 'port'])).toBeUndefined();
    expect(suggest('x'.repeat(65), ['x'.repeat(65)])).toBeUndefined();
  });
});
