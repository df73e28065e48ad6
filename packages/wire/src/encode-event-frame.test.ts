import { describe, expect, test } from 'vitest';
import { eventMessages } from './fixtures/event-messages.ts';
import { EventStreamParser, encodeEventFrame, takeFrames } from './index.ts';

describe('encodeEventFrame()', () => {
  test('writes the very bytes that another implementation writes', () => {
    const textual = eventMessages.filter(({ name }) => name !== 'every type of header');
    expect(textual).toHaveLength(eventMessages.length - 1);
    for (const { name, raw, data, fields } of textual) {
      expect(raw.equals(encodeEventFrame(Object.fromEntries(fields), data ?? '')), name).toBe(true);
    }
  });

  test('takes names and values up to what their lengths can say, and throws beyond', () => {
    const parser = new EventStreamParser(1_000_000);
    const longest = { ['n'.repeat(255)]: 'v'.repeat(32_767) };
    expect(takeFrames(parser, encodeEventFrame(longest, ''))).toMatchObject([
      { fields: [{ value: 'v'.repeat(32_767) }] },
    ]);
    expect(() => encodeEventFrame({ ['n'.repeat(256)]: '' }, '')).toThrow(RangeError);
    expect(() => encodeEventFrame({ '': 'x' }, '')).toThrow(RangeError);
    expect(() => encodeEventFrame({ n: 'v'.repeat(32_768) }, '')).toThrow(RangeError);
    expect(() => encodeEventFrame({ n: 'é'.repeat(16_384) }, '')).toThrow(RangeError);
  });
});
