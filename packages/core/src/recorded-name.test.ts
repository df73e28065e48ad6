import { describe, expect, it } from 'vitest';
import { NO_NAME, recordedName, recordedPlace } from './recorded-name.ts';

describe('recordedName()', () => {
  it.each(['get_weather', 'openai/gpt-4.1:free', 'mcp__server-1__tool$2', 'models/a@b+c'])('keeps %s', (name) => {
    expect(recordedName(name)).toBe(name);
  });

  it.each(['mail Jane Doe', 'a\nb', '', 'x'.repeat(257), '\u001b[31m', 'na\u00efve', '"'])(
    'keeps nothing of %j',
    (name) => {
      expect(recordedName(name)).toBe(NO_NAME);
    },
  );
});

describe('recordedPlace()', () => {
  it.each(['message/3/content', 'answer/0/~choice/text', 'answer/0/content/2', 'rest/metadata'])(
    'keeps %s',
    (place) => {
      expect(recordedPlace(place)).toBe(place);
    },
  );

  it('keeps no words, and nothing long', () => {
    expect(recordedPlace('answer/0/the patient has/note')).toBe(`answer/0/${NO_NAME}/note`);
    expect(recordedPlace(`rest/${'k'.repeat(65)}`)).toBe(`rest/${NO_NAME}`);
    expect(recordedPlace('a/'.repeat(100_000)).length).toBeLessThan(64);
    expect(recordedPlace('k'.repeat(1_000_000))).toBe(NO_NAME);
  });
});
