import { type AnswerCodec, isFault, type PartEdits, type Refusal, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { gemini } from './adapter.ts';
import { matchEndpoint } from './endpoints.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 100_000 };
const REFUSAL: Refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.', form: 'refusal' };

function codecFor(form: 'sse' | 'array' | 'whole', body: object = {}): AnswerCodec {
  const path = `/v1beta/models/m:${form === 'whole' ? 'generateContent' : 'streamGenerateContent'}`;
  const query = form === 'sse' ? '?alt=sse' : '';
  const endpoint = matchEndpoint({ method: 'POST', path, query, headers: {} });
  if (endpoint?.kind !== 'exchange') throw new Error('no endpoint');
  const parsed = gemini.request(Buffer.from(JSON.stringify({ contents: [], ...body })), endpoint, LIMITS);
  if (isFault(parsed)) throw new Error(parsed.fault);
  const contentType = form === 'sse' ? 'text/event-stream' : 'application/json';
  return gemini.answer(parsed, { status: 200, contentType }, LIMITS);
}

const says = (parts: readonly object[], more: object = {}) => ({ candidates: [{ content: { parts }, ...more }] });
const END = says([{ text: '' }], { finishReason: 'STOP' });
const call = (functionCall: object) => says([{ functionCall }]);
const sse = (...values: readonly object[]) =>
  Buffer.from(values.map((value) => `data: ${JSON.stringify(value)}\r\n\r\n`).join(''));

function read(codec: AnswerCodec, bytes: Uint8Array): readonly WireEvent[] | string {
  const first = codec.push(bytes);
  if (isFault(first)) return first.fault;
  const last = codec.end();
  return isFault(last) ? last.fault : [...first, ...last];
}

function events(codec: AnswerCodec, bytes: Uint8Array): readonly WireEvent[] {
  const got = read(codec, bytes);
  if (typeof got === 'string') throw new Error(got);
  return got;
}

const lanes = (all: readonly WireEvent[]) =>
  all.flatMap(({ parts }) => parts.map(({ lane, text, echo }) => `${lane}${echo ? ' again' : ''}: ${text}`));

describe('answer() of a stream of events', () => {
  test('is whole when every candidate has ended, or the prompt was blocked; else it is broken off', () => {
    const other = { candidates: [{ index: 1, content: { parts: [{ text: 'b' }] } }] };
    expect(read(codecFor('sse'), sse(says([{ text: 'a' }])))).toBe('UPSTREAM_BROKEN');
    expect(read(codecFor('sse'), sse(other, END))).toBe('UPSTREAM_BROKEN');
    expect(read(codecFor('sse'), Buffer.alloc(0))).toBe('UPSTREAM_BROKEN');
    expect(read(codecFor('sse'), sse({ promptFeedback: {} }))).toBe('UPSTREAM_BROKEN');
    expect(events(codecFor('sse'), sse(END)).at(-1)?.terminal).toBe(true);
    expect(events(codecFor('sse'), sse({ promptFeedback: { blockReason: 'NEW_ONE' } })).at(-1)?.terminal).toBe(true);
  });

  test('ends with an error, whose words are looked at', () => {
    const all = events(codecFor('sse'), sse(says([{ text: 'a' }]), { error: { message: 'it broke' } }, END));
    expect(all.at(-1)).toMatchObject({ terminal: true, facts: { error: true } });
    expect(lanes(all)).toContain('~/error/message: it broke');
    expect(all).toHaveLength(2);
  });

  test('has one text, however many parts and events say it, and goes on after anything between', () => {
    const all = events(
      codecFor('sse'),
      sse(
        says([{ text: 'joe@' }, { text: 'exam' }]),
        says([{ thought: true, text: 'hm' }]),
        says([{ text: 'ple.com' }]),
        END,
      ),
    );
    expect(lanes(all)).toEqual([
      '0/text: joe@',
      '0/text: exam',
      '0/thought: hm',
      '0/text/2: joe@exam',
      '0/text/2: ple.com',
    ]);
  });

  test('cannot be inspected when clients could read it in two ways', () => {
    const bad: readonly object[] = [
      { candidates: {} },
      { candidates: ['x'] },
      { Candidates: [] },
      { candidates: [{ index: -1 }] },
      { candidates: [{ index: '0' }] },
      { candidates: [{}, { index: 0 }] },
      { candidates: [{ finishReason: 3 }] },
      { candidates: [{ finishReason: 'STOP', finish_reason: 'STOP' }] },
      { candidates: [{ content: { parts: {} } }] },
      { candidates: [{ content: { Parts: [] } }] },
      says(['x' as unknown as object]),
      says([{ text: 3 }]),
      says([{ Text: 'x' }]),
      says([{ text: 'x', thought: 'true' }]),
      says([{ inlineData: { data: 'AAAA' }, inline_data: { data: 'BBBB' } }]),
      call({ Name: 'f' }),
      call({ name: 3 }),
      call({ name: 'f', willContinue: 'true' }),
      call({ name: 'f', args: { a: 'b' }, partialArgs: [{ jsonPath: '$.a', stringValue: 'c' }] }),
      call({ name: 'f', partialArgs: 'x' }),
      call({ name: 'f', partialArgs: [{ stringValue: 'c' }] }),
      call({ name: 'f', partialArgs: [{ jsonPath: '$.a', stringValue: 3 }] }),
      call({ name: 'f', partialArgs: [{ jsonPath: '$.a', newValue: 'c' }] }),
    ];
    for (const each of bad)
      expect(read(codecFor('sse'), sse(each, END)), JSON.stringify(each)).toBe('UPSTREAM_GARBAGE');
  });

  test('gives each signal once, and again when it is graver', () => {
    const rated = (probability: string, more: object = {}) =>
      says([{ text: 'a' }], {
        safetyRatings: [{ category: 'HARM_CATEGORY_HATE_SPEECH', probability, ...more }],
      });
    const all = events(
      codecFor('sse'),
      sse(rated('NEGLIGIBLE'), rated('LOW'), rated('LOW'), rated('HIGH'), rated('LOW', { blocked: true }), END),
    );
    expect(all.flatMap(({ signals = [] }) => signals)).toEqual(
      [0.3, 0.9, 1].map((score) => ({ type: 'hate', score, about: 'output' })),
    );
  });

  test('tells in its signals why the provider stopped', () => {
    const ends = (finishReason: string) =>
      events(codecFor('sse'), sse(says([], { finishReason }))).flatMap(({ signals = [] }) =>
        signals.map(({ type }) => type),
      );
    expect(['SPII', 'RECITATION', 'BLOCKLIST', 'SAFETY', 'STOP', 'MAX_TOKENS'].map(ends)).toEqual([
      ['personal-data'],
      ['recitation'],
      ['blocklist'],
      ['filtered'],
      [],
      [],
    ]);
  });
});

describe('answer() with calls in pieces', () => {
  const piece = (jsonPath: string, stringValue: string) =>
    call({ partialArgs: [{ jsonPath, stringValue, willContinue: true }], willContinue: true });

  test('has a text for each argument, and writes an edit of it into its pieces', () => {
    const codec = codecFor('sse');
    const all = events(
      codec,
      sse(call({ name: 'f', willContinue: true }), piece('$.a', 'joe@exam'), piece('$.a', 'ple.com'), call({}), END),
    );
    const lane = all.flatMap(({ opens }) => opens)[0];
    if (lane === undefined) throw new Error('no lane');
    const text = all.flatMap(({ parts }) => parts.map((part) => (part.echo ? '' : part.text))).join('');
    const leaf = codec.leaves(lane, text).find((each) => each.text === 'joe@example.com');
    expect(leaf).toMatchObject({ at: { start: 4, end: 19 }, literal: false });
    const [, first, second] = all;
    if (first === undefined || second === undefined) throw new Error('no events');
    const edited = (event: WireEvent, end: number, put: string) => {
      const part = event.parts.findIndex((each) => each.echo === undefined && !each.text.startsWith('$'));
      const edits: PartEdits[] = [{ part, edits: [{ start: 0, end, text: put }] }];
      return Buffer.from(codec.rewrite(event, edits)).toString();
    };
    expect(edited(first, 8, '[X]')).toContain('"jsonPath":"$.a","stringValue":"[X]"');
    expect(edited(second, 7, '')).toContain('"jsonPath":"$.a","stringValue":""');
  });

  test('cannot be inspected when an argument is taken up again after another, or a call begins within a call', () => {
    const begun = call({ name: 'f', willContinue: true });
    expect(read(codecFor('sse'), sse(begun, piece('$.a', 'x'), piece('$.b', 'y'), piece('$.a', 'z')))).toBe(
      'UPSTREAM_GARBAGE',
    );
    expect(read(codecFor('sse'), sse(begun, call({ name: 'g' })))).toBe('UPSTREAM_GARBAGE');
  });

  test('ends with its candidate', () => {
    const all = events(codecFor('sse'), sse(call({ name: 'f', willContinue: true }), piece('$.a', 'x'), END));
    expect(all[2]?.closes).toEqual(['0/~call/0']);
  });
});

describe('answer() of an array', () => {
  const array = (...values: readonly object[]) =>
    Buffer.from(`[${values.map((v) => JSON.stringify(v)).join('\n,\r\n')}\n]`);

  test('ends with its bracket', () => {
    const all = events(codecFor('array'), Buffer.concat([array(says([{ text: 'a' }]), END), Buffer.from('\n')]));
    expect(all.map(({ terminal }) => terminal)).toEqual([false, false, true]);
    expect(read(codecFor('array'), array(END).subarray(0, -1))).toBe('UPSTREAM_BROKEN');
  });

  test('shows no life while text is held: nothing may stand between two elements', () => {
    expect(codecFor('array').heartbeat).toHaveLength(0);
    expect(codecFor('sse').heartbeat).not.toHaveLength(0);
  });

  test('stays an array when it is refused, or breaks, after any of its events', () => {
    const bytes = array(says([{ text: 'a' }]), says([{ text: 'b' }]), END);
    for (let release = 0; release < 3; release += 1) {
      const codec = codecFor('array');
      const seen = codec.push(bytes);
      if (isFault(seen)) throw new Error(seen.fault);
      const out = seen.slice(0, release).map(({ raw }) => raw);
      const refused = JSON.parse(Buffer.concat([...out, codec.refuse(REFUSAL, seen.slice(release))]).toString());
      expect(refused).toHaveLength(release + 1);
      expect(refused.at(-1)).toMatchObject({
        candidates: [
          { finishReason: 'SAFETY', content: { parts: [{ text: expect.stringMatching(/Blocked by policy\.$/) }] } },
        ],
      });
    }
    const broken = codecFor('array');
    const first = broken.push(array(says([{ text: 'a' }])).subarray(0, -2));
    if (isFault(first)) throw new Error(first.fault);
    const told = JSON.parse(
      Buffer.concat([...first.map(({ raw }) => raw), broken.fault('UPSTREAM_BROKEN')]).toString(),
    );
    expect(told.at(-1)).toMatchObject({ error: { code: 502, status: 'UNAVAILABLE' } });
  });
});
