import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import { describe, expect, test } from 'vitest';
import { askModel, askWord, canAsk, demoVoices, type ModelAsk, type PreparedAsk } from './index.ts';

const SCHEMA = {
  type: 'object',
  properties: { verdict: { type: 'string', enum: ['a', 'b'] } },
  required: ['verdict'],
  additionalProperties: false,
};
const ASK: ModelAsk = {
  model: 'judge-1',
  instructions: 'Say a or b.',
  text: 'the text',
  schema: SCHEMA,
  schemaName: 'verdict',
  maxOutputTokens: 64,
};
const PROTOCOLS = ['openai-chat', 'anthropic-messages', 'gemini', 'bedrock-converse'];

function asked(protocol: string): PreparedAsk {
  const prepared = askModel(ASK, new Set([protocol]));
  if (isFault(prepared)) throw new Error(prepared.fault);
  return prepared;
}

/** What the demo says in a protocol's wire form, read as an answer. */
function answered(protocol: string, answer: { text?: string; refusal?: string; reasoning?: string; call?: string }) {
  const { call, read } = asked(protocol);
  for (const voice of demoVoices) {
    const turn = voice.read(call);
    if (turn === undefined || voice.id !== protocol) continue;
    const { call: args, ...said } = answer;
    const toolCalls = args === undefined ? {} : { toolCalls: [{ name: 'verdict', arguments: args }] };
    const reading = read({ status: 200, contentType: turn.contentType });
    for (const chunk of turn.render({ ...said, ...toolCalls })) {
      const fault = reading.push(chunk);
      if (fault !== undefined) return fault;
    }
    return { ...reading.end(), ask: turn.ask };
  }
  throw new Error('no voice');
}

describe('askModel()', () => {
  test.each(PROTOCOLS)('asks in the words of %s, with the schema or a tool that must be called', (protocol) => {
    const { call } = asked(protocol);
    expect(call.protocol).toBe(protocol);
    const said = Buffer.from(call.body).toString();
    expect(said).toContain('Say a or b.');
    const { ask } = answered(protocol, { text: 'x' }) as {
      ask: { schema: unknown; forcedTool?: { parameters: unknown } };
    };
    expect(ask.schema ?? ask.forcedTool?.parameters).toEqual(SCHEMA);
  });

  test.each(PROTOCOLS)('reads the answer of %s, whichever way it gives it', (protocol) => {
    const viaTool = protocol === 'anthropic-messages' || protocol === 'bedrock-converse';
    const said = '{"verdict":"a"}';
    const answer = answered(protocol, viaTool ? { call: said } : { text: said, reasoning: 'hm' });
    expect(answer).toMatchObject({ text: said });
    expect('usage' in answer && answer.usage?.outputTokens).toBeGreaterThan(0);
  });

  test.each(PROTOCOLS)(
    'takes nothing but one answer from %s: no refusal, no thoughts, no more than it can read',
    (protocol) => {
      // Gemini has no form for a refusal but a text, which then fits no schema.
      for (const answer of [{ reasoning: 'only thoughts' }, ...(protocol === 'gemini' ? [] : [{ refusal: 'no' }])]) {
        expect(answered(protocol, answer)).toMatchObject({ fault: 'UPSTREAM_GARBAGE' });
      }
      expect(answered(protocol, { text: 'x'.repeat(70_000) })).toMatchObject({ fault: 'UPSTREAM_TOO_LARGE' });
      const reading = asked(protocol).read({ status: 200, contentType: 'application/json' });
      const first = reading.push(Buffer.from('{"broken'));
      expect(first ?? reading.end()).toHaveProperty('fault');
    },
  );

  test('says that a provider cannot be asked that speaks none of these protocols', () => {
    expect(askModel(ASK, new Set(['openai-embeddings']))).toEqual({ fault: 'PROTOCOL_MISMATCH' });
    expect(canAsk(new Set(['openai-embeddings']))).toBe(false);
    expect(canAsk(new Set(['gemini', 'x']))).toBe(true);
  });
});

describe('askWord()', () => {
  test.each(PROTOCOLS)('asks for one token in the words of %s, and reads it as text', (protocol) => {
    const prepared = askWord({ model: 'm-1', text: 'oak or tin?' }, new Set([protocol]));
    if (isFault(prepared)) throw new Error(prepared.fault);
    const { call, read } = prepared;
    expect(Buffer.from(call.body).toString()).toMatch(/"(max_tokens|maxTokens|maxOutputTokens)":1[,}]/);
    const voice = demoVoices.find(({ id }) => id === protocol);
    const turn = voice?.read(call);
    expect(turn?.ask).toMatchObject({ lastText: 'oak or tin?', schema: undefined, forcedTool: undefined });
    const reading = read({ status: 200, contentType: turn?.contentType ?? '' });
    for (const chunk of turn?.render({ text: 'oak', finishReason: 'length' }) ?? []) reading.push(chunk);
    expect(reading.end()).toMatchObject({ text: 'oak' });
  });

  test('says that a provider cannot be asked that speaks none of these protocols', () => {
    expect(askWord({ model: 'm', text: 'x' }, new Set(['openai-embeddings']))).toEqual({ fault: 'PROTOCOL_MISMATCH' });
  });
});
