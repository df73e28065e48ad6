import { Buffer } from 'node:buffer';
import { isFault, type ParsedRequest, type SliceContent, type WireEvent } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { openaiEmbeddings } from './adapter.ts';

const LIMITS = { maxDepth: 16, maxBodyBytes: 10_000_000 };
const ENDPOINT = { kind: 'exchange', operation: 'embeddings', method: 'POST', upstreamPath: '/embeddings' } as const;
const request = (body: object) =>
  openaiEmbeddings.request(Buffer.from(JSON.stringify({ model: 'm', ...body })), ENDPOINT, LIMITS);

function parsed(body: object): ParsedRequest {
  const got = request(body);
  if (isFault(got)) throw new Error(`${got.fault} at ${got.at}`);
  return got;
}

function contentOf(input: unknown): SliceContent {
  const content = parsed({ input }).slices[0]?.open();
  if (content === undefined || isFault(content)) throw new Error(content?.fault);
  return content;
}

function read(answer: unknown, status = 200): WireEvent {
  const codec = openaiEmbeddings.answer(parsed({ input: 'x' }), { status, contentType: 'application/json' }, LIMITS);
  codec.push(Buffer.from(JSON.stringify(answer)));
  const events = codec.end();
  if (isFault(events) || events[0] === undefined) throw new Error('no event');
  return events[0];
}

const shown = ({ segments }: SliceContent) =>
  segments.map(({ point, origin, text }) => `${point} ${origin.role} ${text}`);

describe('a request for embeddings', () => {
  test('is refused when it names models beside the one that is judged', () => {
    expect(request({ input: 'x', models: ['m', 'other'] })).toEqual({ fault: 'FURTHER_MODELS', at: '/models' });
  });

  test('shows each text at the checkpoint `ingest`', () => {
    expect(shown(contentOf('one'))).toEqual(['ingest user one']);
    expect(shown(contentOf(['one', '', 'two']))).toEqual(['ingest user one', 'ingest user two']);
  });

  test('counts tokens as content that nobody can read, however they are listed', () => {
    expect(contentOf([1, 2, 30])).toEqual({ segments: [], unseen: [{ kind: 'unknown', at: '/input', bytes: 8 }] });
    const { segments, unseen } = contentOf([[1, 2], 'words', [], [3]]);
    expect(segments.map(({ text }) => text)).toEqual(['words']);
    expect(unseen.map(({ at }) => at)).toEqual(['/input/0', '/input/2', '/input/3']);
  });

  test('reads the texts of typed parts, and counts what else they hold', () => {
    const url = `data:image/png;base64,${'A'.repeat(16)}`;
    const { segments, unseen } = contentOf([
      { type: 'text', text: 'a caption' },
      { type: 'image_url', image_url: { url } },
      { content: [{ type: 'text', text: 'within' }] },
    ]);
    expect(segments.map(({ point, text }) => [point, text])).toEqual([
      ['ingest', 'a caption'],
      ['ingest', 'within'],
    ]);
    expect(unseen.map(({ kind }) => kind)).toEqual(['image', 'unknown']);
  });

  test.each([[{}], [{ input: 5 }], [{ input: null }], [{ input: true }]])(
    'is no request without an input: %j',
    (body) => {
      expect(request(body)).toEqual({ fault: 'BODY_SHAPE', at: '/input' });
    },
  );

  test('takes no items of another kind, and no second spelling of its members', () => {
    for (const input of [[null], [true], ['a', [null]], [1, 'a'], [['a']], [[[1]]]]) {
      expect(parsed({ input }).slices[0]?.open()).toMatchObject({ fault: 'BODY_SHAPE' });
    }
    expect(request({ input: 'a', Input: 'b' })).toMatchObject({ fault: 'BODY_SHAPE' });
    expect(request({ input: 'a', MODEL: 'b' })).toMatchObject({ fault: 'BODY_SHAPE' });
  });

  test('takes a list of numbers as long as a body may be, without keeping them', () => {
    const body = Buffer.from(`{"model":"m","input":[${'7,'.repeat(2_000_000)}7]}`);
    const got = openaiEmbeddings.request(body, ENDPOINT, LIMITS);
    expect(isFault(got) ? got : got.slices[0]?.open()).toMatchObject({ segments: [], unseen: [{ bytes: 4_000_003 }] });
  });

  test('that is refused gets an error: nothing in its answers could say so', () => {
    const refusal = { exchange: 'x1', effect: 'block', message: 'Blocked by policy.' } as const;
    for (const form of ['refusal', 'error'] as const) {
      const { status, headers, body } = openaiEmbeddings.refuse({ ...refusal, form }, parsed({ input: 'x' }));
      expect(status).toBe(400);
      expect(headers['x-should-retry']).toBe('false');
      expect(JSON.parse(Buffer.from(body).toString()).error).toEqual({
        message: 'Blocked by policy. (exchange x1)',
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_prompt',
      });
    }
  });
});

describe('an answer of embeddings', () => {
  test('has vectors, as numbers or in base64, that are no text', () => {
    const encoded = Buffer.from(new Float32Array(1_536).fill(0.1).buffer).toString('base64');
    const data = [
      { object: 'embedding', index: 0, embedding: [0.1, -2e-7, 4_111_111_111_111_111] },
      { object: 'embedding', index: 1, embedding: encoded },
    ];
    const event = read({ object: 'list', data, model: 'm', usage: { prompt_tokens: 3, total_tokens: 3 } });
    expect(event).toMatchObject({ parts: [], unseen: [], facts: { model: 'm', usage: { inputTokens: 3 } } });
  });

  test('has every other text in a lane, in the place of a vector too', () => {
    const data = [
      { embedding: 'words, not a vector' },
      { embedding: ['in a list'] },
      { text: 'QUJD', embedding: 'QUJD' },
    ];
    const { parts } = read({ data, embedding: 'QUJD', note: 'a note' });
    expect(parts.map(({ text }) => text)).toEqual(['words, not a vector', 'in a list', 'QUJD', 'QUJD', 'a note']);
  });

  test('has what the filter of the provider said of its input', () => {
    const innererror = { content_filter_result: { self_harm: { filtered: true, severity: 'medium' } } };
    const event = read({ error: { code: 'content_filter', message: 'no', innererror } }, 400);
    expect(event).toMatchObject({
      facts: { error: true },
      signals: [{ type: 'self-harm', score: 1, about: 'input' }],
    });
  });

  test('that could be read in two ways is no answer', () => {
    const codec = openaiEmbeddings.answer(
      parsed({ input: 'x' }),
      { status: 200, contentType: 'application/json' },
      LIMITS,
    );
    codec.push(Buffer.from('{"Data":[]}'));
    expect(codec.end()).toEqual({ fault: 'UPSTREAM_GARBAGE' });
  });
});
