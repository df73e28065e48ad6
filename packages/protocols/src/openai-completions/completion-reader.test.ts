import { Buffer } from 'node:buffer';
import { type AnswerCodec, type Fault, isFault, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { openaiCompletions } from './adapter.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000_000 };
const ENDPOINT = { kind: 'exchange', operation: 'completions', method: 'POST', upstreamPath: '/completions' } as const;
const GARBAGE = { fault: 'UPSTREAM_GARBAGE' };

function codecFor(contentType: string, asked: object = {}): AnswerCodec {
  const body = Buffer.from(JSON.stringify({ model: 'm', prompt: 'p', logprobs: 1, ...asked }));
  const parsed = openaiCompletions.request(body, ENDPOINT, LIMITS);
  if (isFault(parsed)) throw new Error(parsed.fault);
  return openaiCompletions.answer(parsed, { contentType, status: 200 }, LIMITS);
}

function read(codec: AnswerCodec, body: string): readonly WireEvent[] | Fault {
  const pushed = codec.push(Buffer.from(body));
  if (isFault(pushed)) return pushed;
  const ended = codec.end();
  return isFault(ended) ? ended : [...pushed, ...ended];
}

const wholeOf = (answer: object) => read(codecFor('application/json'), JSON.stringify(answer));
const streamOf = (...chunks: readonly object[]) =>
  read(
    codecFor('text/event-stream'),
    `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`,
  );

/** The new text of each lane. */
function lanesOf(events: readonly WireEvent[] | Fault): Readonly<Record<string, string>> {
  if (isFault(events)) throw new Error(events.fault);
  const lanes: Record<string, string> = {};
  for (const { parts } of events) {
    for (const { lane, text, echo } of parts) if (echo === undefined) lanes[lane] = (lanes[lane] ?? '') + text;
  }
  return lanes;
}

const choice = (text: string, more: object = {}) => ({ choices: [{ index: 0, text, ...more }] });
const listsOf = (tokens: readonly string[], more: object = {}) => ({
  logprobs: {
    tokens,
    token_logprobs: tokens.map(() => -1),
    top_logprobs: tokens.map((token) => ({ [token]: -1 })),
    text_offset: tokens.map((_, at) => at),
    ...more,
  },
});

describe('a choice', () => {
  test('has its text in a lane, whichever of them comes when', () => {
    const chunk = (index: number, text: string) => ({ choices: [{ index, text, finish_reason: null }] });
    expect(lanesOf(streamOf(chunk(1, 'b'), chunk(0, 'a'), chunk(1, 'd'), chunk(0, 'c')))).toEqual({
      '0/text': 'ac',
      '1/text': 'bd',
    });
  });

  test('says the words of the caller where the answer is the prompt alone', () => {
    const roleOf = (asked: object) => {
      const events = read(codecFor('application/json', asked), JSON.stringify(choice('p')));
      return isFault(events) ? events.fault : events[0]?.opens[0]?.origin.role;
    };
    expect(roleOf({ echo: true, max_tokens: 0 })).toBe('user');
    expect(roleOf({ echo: true, max_tokens: 9 })).toBe('assistant');
    expect(roleOf({})).toBe('assistant');
  });

  test('may be spelt as another member only beside its text', () => {
    const lanes = lanesOf(wholeOf(choice('a', { message: { content: 'a b' }, delta: 'c d', stop_reason: 'e f' })));
    expect(Object.values(lanes)).toEqual(['a', 'a b', 'c d', 'e f']);
  });

  test.each([
    ['choices that are no list', { choices: { 0: { text: 'a' } } }],
    ['a choice that is no object', { choices: ['a'] }],
    ['an index that is no whole number', { choices: [{ index: '0', text: 'a' }] }],
    ['an index below 0', { choices: [{ index: -1, text: 'a' }] }],
    ['a text in another spelling', { choices: [{ index: 0, Text: 'a' }] }],
    ['choices in another spelling', { Choices: [{ index: 0, text: 'a' }] }],
    ['more choices than an answer may have', { choices: Array.from({ length: 1_025 }, () => ({ text: '' })) }],
  ])('is none with %s', (_, answer) => {
    expect(wholeOf(answer)).toMatchObject(GARBAGE);
  });
});

describe('log-probabilities in lists', () => {
  test('repeat the text, in one piece and event by event', () => {
    expect(lanesOf(wholeOf(choice('a bc', listsOf(['a', ' b', 'c']))))).toEqual({ '0/text': 'a bc' });
    const events = streamOf(choice('a b', listsOf(['a', ' b'])), choice('c', listsOf(['c'])));
    expect(lanesOf(events)).toEqual({ '0/text': 'a bc' });
  });

  test('lose a row in every list where the text that it repeats is edited', () => {
    const codec = codecFor('application/json');
    const events = read(codec, JSON.stringify(choice('my SECRET word', listsOf(['my', ' SEC', 'RET', ' word']))));
    const [event] = isFault(events) ? [] : events;
    if (event === undefined) throw new Error('no event');
    const edits = [{ start: 3, end: 9, text: '[WORD_1]' }];
    const written = codec.rewrite(
      event,
      event.parts.map((_, part) => ({ part, edits })),
    );
    expect(JSON.parse(Buffer.from(written).toString())).toEqual(
      choice('my [WORD_1] word', {
        logprobs: {
          tokens: ['my', ' word'],
          token_logprobs: [-1, -1],
          top_logprobs: [{ my: -1 }, { ' word': -1 }],
          text_offset: [0, 3],
        },
      }),
    );
  });

  test('are a text of their own where they spell another, beginning where those that repeated ended', () => {
    const lanes = lanesOf(
      streamOf(choice('AKIA', listsOf(['AKIA'])), choice('IOSF 😀', listsOf(['IOSF', ' ', 'bytes:\\xf0\\x9f']))),
    );
    expect(lanes).toEqual({ '0/text': 'AKIAIOSF 😀', '0/logprobs': 'AKIAIOSF bytes:\\xf0\\x9f' });
  });

  test('show their alternatives, each on a line', () => {
    const lists = {
      top_logprobs: [
        { 'a b': -1, 'c d': -2 },
        { e: -1, 'f g': -3 },
      ],
    };
    const lanes = lanesOf(wholeOf(choice('a be', listsOf(['a b', 'e'], lists))));
    expect(lanes).toEqual({ '0/text': 'a be', '0/logprobs/top': 'c d\nf g\n' });
  });

  test('are read by the likeliest alternatives where the tokens are not listed', () => {
    const top = [
      { SEC: -0.1, x: -2 },
      { y: -3, RET: -0.2 },
    ];
    const alone = { logprobs: { top_logprobs: top } };
    expect(lanesOf(wholeOf(choice('SECRET', alone)))).toEqual({ '0/text': 'SECRET', '0/logprobs/top': 'x\ny\n' });
    const other = { logprobs: { tokens: ['SEC'], top_logprobs: top } };
    expect(lanesOf(wholeOf(choice('SECRET', other)))).toEqual({ '0/text': 'SECRET', '0/logprobs/top': 'x\ny\n' });
  });

  test.each([
    ['a token that is an object', { tokens: [{ token: 'odd words' }] }],
    ['a token in a list', { tokens: [['odd words']] }],
    ['a probability that is a text', { tokens: ['a'], token_logprobs: ['odd words'] }],
    ['an offset that is a text', { tokens: ['a'], text_offset: ['odd words'] }],
    ['alternatives that are a text', { tokens: ['a'], top_logprobs: ['odd words'] }],
    ['alternatives in a list', { tokens: ['a'], top_logprobs: [['odd words']] }],
    ['an alternative with a text', { tokens: ['a'], top_logprobs: [{ a: 'odd words' }] }],
    ['more probabilities than tokens', { tokens: ['a'], token_logprobs: [-1, 'odd words'] }],
    ['a list that nobody knows', { tokens: ['a'], ids: ['odd words'] }],
    ['a list that is none', { tokens: 'odd words' }],
    ['all of it that is a text', 'odd words'],
  ])('hide no text: %s', (_, logprobs) => {
    expect(Object.values(lanesOf(wholeOf(choice('a', { logprobs })))).join('\n')).toContain('odd words');
  });
});

describe('what the provider says of its guardrails', () => {
  const signalsIn = (events: readonly WireEvent[] | Fault) =>
    isFault(events)
      ? events.fault
      : events.flatMap(({ signals = [] }) => signals.map(({ type, score, about }) => `${about} ${type} ${score}`));

  test('is heard in the first chunk, with the text, at the end and in an error', () => {
    const hate = (severity: string, filtered = false) => ({ hate: { filtered, severity } });
    const events = streamOf(
      { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: hate('low') }] },
      choice('a', { content_filter_results: hate('medium') }),
      choice('', { finish_reason: 'content_filter', content_filter_results: hate('high', true) }),
    );
    expect(signalsIn(events)).toEqual(['input hate 0.3', 'output hate 0.6', 'output filtered 1', 'output hate 1']);
    expect(signalsIn(wholeOf({ error: { code: 'content_filter', message: 'no' } }))).toEqual(['input filtered 1']);
  });
});

describe('facts', () => {
  test('hold identifiers, never words, and are said again only when they change', () => {
    const events = streamOf(
      { id: 'cmpl-1', model: 'm', ...choice('a'), usage: null },
      { id: 'cmpl-1', model: 'm', ...choice('b'), usage: null },
      { id: 'the patient has', model: 'm', ...choice('', { finish_reason: 'he said no' }), usage: null },
    );
    if (isFault(events)) throw new Error(events.fault);
    expect(events.map(({ facts }) => facts)).toEqual([
      { id: 'cmpl-1', model: 'm' },
      undefined,
      { id: 'cmpl-1', model: 'm', finishReasons: ['other'] },
      undefined,
    ]);
  });
});
