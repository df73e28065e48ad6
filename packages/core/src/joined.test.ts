import { describe, expect, it } from 'vitest';
import type { Finding, Inspector } from './detector.ts';
import { inspectJoined, JOIN_WHOLE_MAX_CHARS } from './joined.ts';

/** An inspector that finds every `needle`: enough to see where joined findings land. */
const needles: Inspector = {
  version: '1',
  at: () => [],
  inspect: (text) => ({
    lines: [],
    findings: Array.from(
      text.matchAll(/needle/g),
      ({ index }): Finding => ({
        detector: 'd',
        category: 'custom',
        type: 'needle',
        score: 1,
        span: { start: index, end: index + 6 },
        via: [],
        fingerprint: '0',
      }),
    ),
  }),
  stream: () => {
    throw new RangeError('not used');
  },
};
const question = { point: 'input', origin: { role: 'user', field: 'content' } } as const;
const join = (...texts: string[]) =>
  inspectJoined(
    texts.map((text, segment) => ({ text, segment })),
    needles,
    question,
  ).findings.map(({ places }) => places);

describe('inspectJoined()', () => {
  it('finds what is split over two and three texts, with the place in each', () => {
    expect(join('a nee', 'dle b')).toEqual([
      [
        { segment: 0, span: { start: 2, end: 5 } },
        { segment: 1, span: { start: 0, end: 3 } },
      ],
    ]);
    expect(join('ne', 'ed', 'le')[0]).toHaveLength(3);
  });

  it('does not repeat what one text holds whole', () => {
    expect(join('needle', 'needle')).toEqual([]);
  });

  it('places many findings in many texts by what each of them touches', () => {
    const places = join(...Array.from({ length: 40_000 }, (_, at) => (at % 2 === 0 ? 'x nee' : 'dle y')));
    expect(places).toHaveLength(20_000);
    expect(places.at(-1)).toEqual([
      { segment: 39_998, span: { start: 2, end: 5 } },
      { segment: 39_999, span: { start: 0, end: 3 } },
    ]);
  });

  it('looks only at the ends of long texts, and maps offsets from their real start', () => {
    const long = `${'x'.repeat(JOIN_WHOLE_MAX_CHARS)}nee`;
    expect(join(long, 'dle')).toEqual([
      [
        { segment: 0, span: { start: JOIN_WHOLE_MAX_CHARS, end: long.length } },
        { segment: 1, span: { start: 0, end: 3 } },
      ],
    ]);
  });
});
