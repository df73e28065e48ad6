import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTriggerScanner } from './trigger-scanner.ts';

const scanner = createTriggerScanner([
  {
    detector: 'words',
    triggers: [
      { rule: 'he', keywords: ['he', 'hers', 'SHE'] },
      { rule: 'his', keywords: ['his'] },
      { rule: 'sign', keywords: ['é', '漢字'] },
    ],
  },
  {
    detector: 'numbers',
    triggers: [
      { rule: 'short', digits: 4 },
      { rule: 'long', digits: 8, keywords: ['his'] },
    ],
  },
]);
const RULES = [
  ['words', 'he'],
  ['words', 'his'],
  ['words', 'sign'],
  ['numbers', 'short'],
  ['numbers', 'long'],
] as const;

/** The contract, spelled out. */
function expected(text: string, rule: string): number[] {
  const keywords: Record<string, string[]> = {
    he: ['he', 'hers', 'she'],
    his: ['his'],
    sign: ['é', '漢字'],
    long: ['his'],
  };
  const digits: Record<string, number> = { short: 4, long: 8 };
  const lower = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const starts = new Set<number>();
  for (const keyword of keywords[rule] ?? []) {
    for (let at = lower.indexOf(keyword); at >= 0; at = lower.indexOf(keyword, at + 1)) starts.add(at);
  }
  const least = digits[rule] ?? Number.POSITIVE_INFINITY;
  for (const run of text.matchAll(/[0-9][0-9 .\-/()+]*/g)) {
    if (run[0].replace(/[^0-9]/g, '').length >= least) starts.add(run.index);
  }
  return [...starts].sort((a, b) => a - b);
}

const text = fc
  .array(
    fc.constantFrom(
      'h',
      'e',
      'r',
      's',
      'S',
      'H',
      'i',
      ' ',
      '1',
      '23',
      '4567',
      '-',
      '(',
      'é',
      '漢',
      '字',
      'x',
      '\ud83d',
    ),
    { maxLength: 60 },
  )
  .map((units) => units.join(''));

describe('createTriggerScanner()', () => {
  it('is one for the same triggers, and another for others', () => {
    const made = (trigger: object) => createTriggerScanner([{ detector: 'd', triggers: [{ rule: 'r', ...trigger }] }]);
    const trigger = { keywords: ['rat', 'bat'] };
    expect(made(trigger)).toBe(made({ keywords: ['rat', 'bat'] }));
    for (const other of [
      { keywords: ['rat'] },
      { ...trigger, as: 'word' },
      { ...trigger, digits: 4 },
      { ...trigger, rule: 's' },
    ]) {
      expect(made(other)).not.toBe(made(trigger));
    }
  });

  it('finds every keyword, without regard to ASCII case, and every run of digits, in order', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const found = scanner.scan(raw);
        for (const [detector, rule] of RULES) expect(found.hits(detector, rule)).toEqual(expected(raw, rule));
      }),
      { numRuns: 1_000 },
    );
  });

  it('knows which detectors fired', () => {
    expect(scanner.scan('ushers').fired('words')).toBe(true);
    expect(scanner.scan('ushers').fired('numbers')).toBe(false);
    expect(scanner.scan('12-34').fired('numbers')).toBe(true);
    expect(scanner.scan('12:34').fired('numbers')).toBe(false);
    expect(scanner.scan('').fired('words')).toBe(false);
  });

  it('has no hits for rules and detectors that do not exist', () => {
    expect(scanner.scan('hers').hits('words', 'none')).toEqual([]);
    expect(scanner.scan('hers').hits('nobody', 'he')).toEqual([]);
  });

  it('does not fold letters beyond ASCII', () => {
    expect(scanner.scan('É').hits('words', 'sign')).toEqual([]);
    expect(scanner.scan('ſhe').hits('words', 'he')).toEqual([1]);
  });

  it('refuses an empty keyword and a run of no digits', () => {
    const withTrigger = (trigger: object) => () =>
      createTriggerScanner([{ detector: 'd', triggers: [{ rule: 'r', ...trigger }] }]);
    expect(withTrigger({ keywords: [''] })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(withTrigger({ digits: 0 })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('TriggerStream', () => {
  it('finds in pieces what a scan finds in the whole', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (pieces) => {
        const stream = scanner.stream();
        for (const piece of pieces) stream.push(piece);
        const whole = pieces.join('');
        for (const [detector, rule] of RULES) {
          expect(stream.from(0).hits(detector, rule)).toEqual(expected(whole, rule));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives hits relative to an offset, and forgets what lies before it', () => {
    const stream = scanner.stream();
    stream.push('his xx his 12');
    stream.push('34 5678 x');
    expect(stream.from(4).hits('words', 'his')).toEqual([3]);
    expect(stream.from(12).hits('numbers', 'long')).toEqual([0]);
    stream.forget(() => 8);
    expect(stream.from(0).hits('words', 'his')).toEqual([]);
    expect(stream.from(0).hits('numbers', 'short')).toEqual([11]);
  });

  it('forgets for each detector what that one needs no more', () => {
    const stream = scanner.stream();
    stream.push('his xx his 12 34 5678 x');
    stream.forget((detector) => (detector === 'words' ? 4 : 0));
    expect(stream.from(0).hits('words', 'his')).toEqual([7]);
    expect(stream.from(0).hits('numbers', 'short')).toEqual([11]);
    stream.forget((detector) => (detector === 'words' ? 0 : 22));
    expect(stream.from(0).hits('words', 'his')).toEqual([7]);
    expect(stream.from(0).hits('numbers', 'short')).toEqual([]);
  });

  it('tells where the last hit of a detector was', () => {
    const stream = scanner.stream();
    expect(stream.lastHit('words')).toBe(-1);
    stream.push('h');
    stream.push('ers 123');
    expect(stream.lastHit('words')).toBe(0);
    expect(stream.lastHit('numbers')).toBe(-1);
    stream.push('4');
    expect(stream.lastHit('numbers')).toBe(8);
    stream.push('56');
    expect(stream.lastHit('numbers')).toBe(10);
  });
});

describe('a trigger of whole words', () => {
  const words = createTriggerScanner([{ detector: 'a', triggers: [{ rule: 'rat', keywords: ['rat'], as: 'word' }] }]);
  const hits = (text: string) => words.scan(text).hits('a', 'rat');

  it.each([
    ['rat', [0]],
    ['a RAT, a rat', [2, 9]],
    ['rather crate rats rat2', []],
  ])('finds those of %s', (text, offsets) => {
    expect(hits(text)).toEqual(offsets);
    expect(words.scan(text).fired('a')).toBe(offsets.length > 0);
  });

  it('takes a word that a piece of a growing text cuts for whole', () => {
    const stream = words.stream();
    stream.push('a rat');
    expect(stream.from(0).hits('a', 'rat')).toEqual([2]);
  });
});

describe('a trigger of words that start', () => {
  const triggers = [
    { rule: 'start', keywords: ['rat', '-ta', '鼠'], as: 'word-start' as const },
    { rule: 'any', keywords: ['rat'] },
  ];
  const words = createTriggerScanner([{ detector: 'a', triggers }]);

  it.each([
    ['rather, crate', [0]],
    ['2rats and érat', [1, 11]],
    ['line\\nRATS', [6]],
    ['lin\\xerat', []],
    ['a-ta', [1]],
    ['a鼠', [1]],
  ])('finds those of %s, whole and unit by unit', (text, offsets) => {
    expect(words.scan(text).hits('a', 'start')).toEqual(offsets);
    const stream = words.stream();
    for (const unit of text) stream.push(unit);
    expect(stream.from(0).hits('a', 'start')).toEqual(offsets);
  });

  it('leaves another rule its keyword amid a word', () => {
    expect(words.scan('crate').hits('a', 'any')).toEqual([1]);
  });
});

describe('more keywords than one table holds', () => {
  const keywords = Array.from({ length: 9_000 }, (_, at) => `k${((at * 2_654_435_761) >>> 0).toString(36)}`);
  const many = createTriggerScanner([{ detector: 'a', triggers: [{ rule: 'key', keywords }] }]);

  it('finds them all, in one text and in one that grows', () => {
    const text = keywords.map((keyword) => ` ${keyword}`).join('');
    expect(new Set(keywords.map((keyword) => keyword.slice(0, 4))).size).toBeGreaterThan(4_096);
    const starts = keywords.map((keyword) => text.indexOf(` ${keyword}`) + 1);
    const found = many.scan(text).hits('a', 'key');
    expect(starts.filter((start) => !found.includes(start))).toEqual([]);
    const stream = many.stream();
    for (let at = 0; at < text.length; at += 7) stream.push(text.slice(at, at + 7));
    expect(stream.from(0).hits('a', 'key')).toEqual(found);
  });
});
