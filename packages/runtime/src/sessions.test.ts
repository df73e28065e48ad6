import type { AuditRecord, ExchangeEndpoint, ProtocolAdapter } from '@sallyport/core';
import { anthropicMessages, bedrockConverse, gemini, ollama, openaiChat, openaiResponses } from '@sallyport/protocols';
import { describe, expect, it } from 'vitest';
import { DONE, eventOf, streamOf } from './testing/chat-wire.ts';
import { type Ask, ExchangeRig, PRINCIPAL, type RigOptions } from './testing/exchange-rig.ts';

/** One message of a conversation, whatever protocol carries it. */
type Turn =
  | { readonly user: string }
  | { readonly says: string }
  | { readonly calls: string; readonly with: object; readonly id?: string }
  | { readonly brought: string; readonly by: string; readonly id?: string };

interface Tongue {
  readonly adapter: ProtocolAdapter;
  readonly endpoint: ExchangeEndpoint;
  readonly body: (turns: readonly Turn[]) => object;
  readonly answer: (turn: Turn) => object;
  /** It has a place for the ids of calls. */
  readonly ids: boolean;
}

const at = (operation: string, upstreamPath: string): ExchangeEndpoint => ({
  kind: 'exchange',
  operation,
  method: 'POST',
  upstreamPath,
});
const NAME = 'read_file';
const SCHEMA = { type: 'object', properties: { path: { type: 'string' } } };

const chatMessage = (turn: Turn) => {
  if ('user' in turn) return { role: 'user', content: turn.user };
  if ('says' in turn) return { role: 'assistant', content: turn.says };
  if ('brought' in turn) return { role: 'tool', tool_call_id: turn.id ?? '', content: turn.brought };
  const called = { name: turn.calls, arguments: JSON.stringify(turn.with) };
  return { role: 'assistant', content: null, tool_calls: [{ id: turn.id ?? '', type: 'function', function: called }] };
};
const claudeMessage = (turn: Turn) => {
  if ('user' in turn) return { role: 'user', content: turn.user };
  if ('says' in turn) return { role: 'assistant', content: [{ type: 'text', text: turn.says }] };
  if ('brought' in turn) {
    return { role: 'user', content: [{ type: 'tool_result', tool_use_id: turn.id, content: turn.brought }] };
  }
  return { role: 'assistant', content: [{ type: 'tool_use', id: turn.id, name: turn.calls, input: turn.with }] };
};
const converseMessage = (turn: Turn) => {
  if ('user' in turn) return { role: 'user', content: [{ text: turn.user }] };
  if ('says' in turn) return { role: 'assistant', content: [{ text: turn.says }] };
  if ('brought' in turn) {
    return { role: 'user', content: [{ toolResult: { toolUseId: turn.id, content: [{ text: turn.brought }] } }] };
  }
  return { role: 'assistant', content: [{ toolUse: { toolUseId: turn.id, name: turn.calls, input: turn.with } }] };
};
const geminiContent = (turn: Turn) => {
  if ('user' in turn) return { role: 'user', parts: [{ text: turn.user }] };
  if ('says' in turn) return { role: 'model', parts: [{ text: turn.says }] };
  if ('brought' in turn) {
    return { role: 'user', parts: [{ functionResponse: { name: turn.by, response: { text: turn.brought } } }] };
  }
  return { role: 'model', parts: [{ functionCall: { name: turn.calls, args: turn.with } }] };
};
const ollamaMessage = (turn: Turn) => {
  if ('user' in turn) return { role: 'user', content: turn.user };
  if ('says' in turn) return { role: 'assistant', content: turn.says };
  if ('brought' in turn) return { role: 'tool', tool_name: turn.by, content: turn.brought };
  const called = { name: turn.calls, arguments: turn.with };
  return { role: 'assistant', content: '', tool_calls: [{ function: called }] };
};
const item = (turn: Turn) => {
  if ('user' in turn) return { role: 'user', content: turn.user };
  if ('says' in turn) {
    const content = [{ type: 'output_text', text: turn.says, annotations: [] }];
    return { type: 'message', role: 'assistant', status: 'completed', content };
  }
  if ('brought' in turn) return { type: 'function_call_output', call_id: turn.id, output: turn.brought };
  return { type: 'function_call', call_id: turn.id, name: turn.calls, arguments: JSON.stringify(turn.with) };
};

const TONGUES: Readonly<Record<string, Tongue>> = {
  'openai-chat': {
    adapter: openaiChat,
    endpoint: at('chat.completions', '/chat/completions'),
    body: (turns) => ({
      model: 'm',
      tools: [{ type: 'function', function: { name: NAME, parameters: SCHEMA } }],
      messages: turns.map(chatMessage),
    }),
    answer: (turn) => ({
      id: 'c',
      object: 'chat.completion',
      model: 'm',
      choices: [{ index: 0, message: { refusal: null, ...chatMessage(turn) }, finish_reason: 'stop' }],
    }),
    ids: true,
  },
  'openai-responses': {
    adapter: openaiResponses,
    endpoint: at('responses.create', '/responses'),
    body: (turns) => ({
      model: 'm',
      store: false,
      tools: [{ type: 'function', name: NAME, parameters: SCHEMA }],
      input: turns.map(item),
    }),
    answer: (turn) => ({
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'm',
      output: [{ id: 'item_1', ...item(turn) }],
    }),
    ids: true,
  },
  'anthropic-messages': {
    adapter: anthropicMessages,
    endpoint: at('messages', '/messages'),
    body: (turns) => ({
      model: 'm',
      max_tokens: 9,
      tools: [{ name: NAME, input_schema: SCHEMA }],
      messages: turns.map(claudeMessage),
    }),
    answer: (turn) => ({
      id: 'msg_1',
      type: 'message',
      model: 'm',
      ...claudeMessage(turn),
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
    ids: true,
  },
  'bedrock-converse': {
    adapter: bedrockConverse,
    endpoint: { ...at('converse', '/model/m/converse'), model: 'm' },
    body: (turns) => ({
      toolConfig: { tools: [{ toolSpec: { name: NAME, inputSchema: { json: SCHEMA } } }] },
      messages: turns.map(converseMessage),
    }),
    answer: (turn) => ({
      output: { message: converseMessage(turn) },
      stopReason: 'end_turn',
      usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    }),
    ids: true,
  },
  gemini: {
    adapter: gemini,
    endpoint: { ...at('generateContent', '/models/m:generateContent'), model: 'm' },
    body: (turns) => ({
      tools: [{ functionDeclarations: [{ name: NAME, parameters: SCHEMA }] }],
      contents: turns.map(geminiContent),
    }),
    answer: (turn) => ({ candidates: [{ index: 0, content: geminiContent(turn), finishReason: 'STOP' }] }),
    ids: false,
  },
  ollama: {
    adapter: ollama,
    endpoint: at('chat', '/api/chat'),
    body: (turns) => ({
      model: 'm',
      stream: false,
      tools: [{ type: 'function', function: { name: NAME, parameters: SCHEMA } }],
      messages: turns.map(ollamaMessage),
    }),
    answer: (turn) => ({ model: 'm', created_at: '2026-01-01T00:00:00Z', message: ollamaMessage(turn), done: true }),
    ids: false,
  },
};

const ID = 'call_1f0e9d8c7b6a5f4e3d2c';
const ASKS: Turn = { user: 'What does bill.txt say?' };
const CALLS: Turn = { calls: NAME, with: { path: 'bill.txt' }, id: ID };
const BILL: Turn = { brought: 'Due: 98.70. Pay to the school.', by: NAME, id: ID };
const OTHER: Turn = { brought: 'Due: 98.70. Pay to the club.', by: NAME, id: ID };
const SAYS: Turn = { says: 'It is a bill.' };
const MORE: Turn = { user: 'And then?' };

interface Asked {
  readonly turns: readonly Turn[];
  readonly hears: Turn;
  readonly more?: Partial<Ask>;
}

function talk(tongue: Tongue, options: RigOptions = {}) {
  const rig = new ExchangeRig({ ...options, adapter: tongue.adapter });
  return async ({ turns, hears, more = {} }: Asked) => {
    const seen = await rig.exchange({
      endpoint: tongue.endpoint,
      body: JSON.stringify(tongue.body(turns)),
      answer: [Buffer.from(JSON.stringify(tongue.answer(hears)))],
      contentType: 'application/json',
      ...more,
    });
    const opened = seen.records.find(({ kind }) => kind === 'opened');
    return { ...seen, session: sessionOf(opened), changed: changedIn(seen.records) };
  };
}

const sessionOf = (record: AuditRecord | undefined) => (record?.kind === 'opened' ? record.session : undefined);

const changedIn = (records: readonly AuditRecord[]) =>
  records.flatMap((record) =>
    record.kind !== 'opened'
      ? []
      : record.decisions.flatMap((decision) =>
          decision.kind !== 'guard'
            ? []
            : decision.question.context.findings
                .filter(({ type }) => type === 'result-changed')
                .map(({ score, where }) => ({ score, where, point: decision.question.point })),
        ),
  );

describe.each(Object.entries(TONGUES))('sessions in %s', (_id, tongue) => {
  it('go on through calls, results and answers, and are told to the client', async () => {
    const ask = talk(tongue);
    const first = await ask({ turns: [ASKS], hears: CALLS });
    expect(first.session?.by).toBe('new');
    expect(first.head?.headers['x-sallyport-session']).toBe(first.session?.id);
    const second = await ask({ turns: [ASKS, CALLS, BILL], hears: SAYS });
    expect(second.session).toEqual({ id: first.session?.id, by: tongue.ids ? 'call-ids' : 'chain' });
    const third = await ask({ turns: [ASKS, CALLS, BILL, SAYS, MORE], hears: SAYS });
    expect(third.session?.id).toBe(first.session?.id);
    expect(third.changed).toEqual([]);
    for (const { records } of [first, second, third]) expect(JSON.stringify(records)).not.toContain(ID);
  });

  it('know by the text of an answer alone', async () => {
    const ask = talk(tongue);
    const first = await ask({ turns: [ASKS], hears: SAYS });
    const other = await ask({ turns: [ASKS], hears: { says: 'It is a list.' } });
    const second = await ask({ turns: [ASKS, SAYS, MORE], hears: SAYS });
    expect(second.session).toEqual({ id: first.session?.id, by: 'chain' });
    expect(other.session?.id).not.toBe(first.session?.id);
  });

  it('find a result that was changed after the model had read it', async () => {
    const ask = talk(tongue);
    await ask({ turns: [ASKS], hears: CALLS });
    await ask({ turns: [ASKS, CALLS, BILL], hears: SAYS });
    const edited = await ask({ turns: [ASKS, CALLS, OTHER, SAYS, MORE], hears: SAYS });
    expect(edited.changed).toMatchObject([{ score: tongue.ids ? 0.9 : 0.4, point: 'tool-result' }]);
    expect(edited.changed[0]?.where).toMatch(/^message\/2\//);
    expect(JSON.stringify(edited.records)).not.toContain('the club');
  });
});

const CHAT = TONGUES['openai-chat'] as Tongue;

describe('a session', () => {
  it('is what the client names, whatever it holds', async () => {
    const ask = talk(CHAT);
    const more = { annotations: { documents: new Set<number>(), session: 'chat-17' } };
    const first = await ask({ turns: [ASKS], hears: SAYS, more });
    const second = await ask({ turns: [MORE], hears: SAYS, more });
    expect(first.session).toMatchObject({ by: 'header' });
    expect(second.session).toEqual(first.session);
    expect(JSON.stringify([first.records, first.head, second.records])).not.toContain('chat-17');
    const others = await ask({
      turns: [MORE],
      hears: SAYS,
      more: { ...more, principal: { ...PRINCIPAL, id: 'other' } },
    });
    expect(others.session?.id).not.toBe(first.session?.id);
  });

  it('is that of a trace', async () => {
    const ask = talk(CHAT);
    const more = {
      annotations: {
        documents: new Set<number>(),
        trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
      },
    };
    const first = await ask({ turns: [ASKS], hears: SAYS, more });
    expect((await ask({ turns: [MORE], hears: SAYS, more })).session).toEqual({ id: first.session?.id, by: 'trace' });
  });

  it('is that of the response that a request refers to', async () => {
    const tongue = TONGUES['openai-responses'] as Tongue;
    const stored = (more: object): Tongue => ({
      ...tongue,
      body: (turns) => ({ ...tongue.body(turns), store: true, ...more }),
    });
    const rig = new ExchangeRig({ adapter: openaiResponses });
    const ask = async (more: object) => {
      const { records } = await rig.exchange({
        endpoint: tongue.endpoint,
        body: JSON.stringify(stored(more).body([MORE])),
        answer: [Buffer.from(JSON.stringify(tongue.answer(SAYS)))],
        contentType: 'application/json',
      });
      return sessionOf(records[0]);
    };
    const first = await ask({});
    expect(await ask({ previous_response_id: 'resp_1' })).toEqual({ id: first?.id, by: 'explicit' });
  });

  it('stands in every record of its exchange', async () => {
    const seen = await talk(CHAT)({ turns: [ASKS], hears: CALLS });
    expect(seen.records.map(({ kind }) => kind)).toEqual(['opened', 'decided', 'closed']);
    for (const record of seen.records) expect(record).toMatchObject({ session: seen.session });
  });

  it('goes on when its answer was streamed, and when it was redacted', async () => {
    const ask = talk(CHAT);
    const stream = (text: string) => ({ answer: [Buffer.from(streamOf([...text]))], contentType: 'text/event-stream' });
    const turns = [ASKS];
    const first = await ask({ turns, hears: SAYS, more: stream('It is a bill.') });
    expect((await ask({ turns: [ASKS, SAYS, MORE], hears: SAYS })).session).toEqual({
      id: first.session?.id,
      by: 'chain',
    });
    const secret = await ask({ turns: [MORE], hears: SAYS, more: stream('Write to eve@evil.example now.') });
    expect(secret.text).not.toContain('eve@evil.example');
    const went = await ask({ turns: [MORE, { says: 'Write to [EMAIL_1] now.' }, MORE], hears: SAYS });
    expect(went.session).toEqual({ id: secret.session?.id, by: 'chain' });
  });

  it('goes on after calls that came in pieces', async () => {
    const ask = talk(CHAT);
    const call = (name: string, args: string) => ({
      index: 0,
      id: ID,
      type: 'function',
      function: { name, arguments: args },
    });
    const events = [
      eventOf({ delta: { tool_calls: [call(NAME, '{"path":')] } }),
      eventOf({ delta: { tool_calls: [{ index: 0, function: { arguments: ' "bill.txt"}' } }] } }),
      eventOf({ delta: {}, finish: 'tool_calls' }),
      DONE,
    ];
    const more = { answer: [Buffer.from(events.join(''))], contentType: 'text/event-stream' };
    const first = await ask({ turns: [ASKS], hears: CALLS, more });
    const renamed = [ASKS, { ...CALLS, id: 'call_0' }, { ...BILL, id: 'call_0' }];
    expect((await ask({ turns: renamed, hears: SAYS })).session).toEqual({ id: first.session?.id, by: 'chain' });
    expect((await ask({ turns: [MORE, BILL], hears: SAYS })).session).toEqual({
      id: first.session?.id,
      by: 'call-ids',
    });
  });

  it('remembers nothing of a result that no provider answered: the tool may have been run again', async () => {
    const ask = talk(CHAT);
    await ask({ turns: [ASKS], hears: CALLS });
    const failed = { status: 500, answer: [Buffer.from('{"error":{"message":"no"}}')] };
    await ask({ turns: [ASKS, CALLS, BILL], hears: SAYS, more: failed });
    expect((await ask({ turns: [ASKS, CALLS, OTHER], hears: SAYS })).changed).toEqual([]);
  });

  it('finds nothing where the route has it switched off', async () => {
    const ask = talk(CHAT, { vetter: 'none' });
    await ask({ turns: [ASKS], hears: CALLS });
    await ask({ turns: [ASKS, CALLS, BILL], hears: SAYS });
    expect((await ask({ turns: [ASKS, CALLS, OTHER, SAYS, MORE], hears: SAYS })).changed).toEqual([]);
  });

  it('goes on with a result that was changed, flagged and as it is', async () => {
    const ask = talk(CHAT);
    await ask({ turns: [ASKS], hears: CALLS });
    await ask({ turns: [ASKS, CALLS, BILL], hears: SAYS });
    const edited = await ask({ turns: [ASKS, CALLS, OTHER, SAYS, MORE], hears: SAYS });
    expect(edited.sent[0]).toContain('the club');
    expect(edited.head?.headers['x-sallyport-decision']).toBe('flag');
  });
});

describe('a session that has read what nobody vouches for', () => {
  const tainted = (records: readonly AuditRecord[]) =>
    records.flatMap((record) =>
      record.kind !== 'decided'
        ? []
        : record.decisions.flatMap((decision) =>
            decision.kind === 'guard' ? [decision.question.context.flow?.session.tainted] : [],
          ),
    );
  const SUMMARY: Turn = { user: 'We read a bill. Go on.' };

  it.each(Object.entries(TONGUES))('stays so when its history is replaced by a summary, in %s', async (_id, tongue) => {
    const ask = talk(tongue);
    const more = { annotations: { documents: new Set<number>(), session: 'chat-17' } };
    await ask({ turns: [ASKS], hears: CALLS, more });
    await ask({ turns: [ASKS, CALLS, BILL], hears: SAYS, more });
    const compacted = await ask({ turns: [SUMMARY], hears: CALLS, more });
    expect(tainted(compacted.records)).toEqual([true]);
    const fresh = await ask({ turns: [SUMMARY], hears: CALLS });
    expect(tainted(fresh.records)).toEqual([false]);
  });

  it('stays so when only its last messages are sent', async () => {
    const ask = talk(CHAT);
    const call: Turn = { ...CALLS, id: 'call_9a8b7c6d5e4f3a2b1c0d' };
    await ask({ turns: [ASKS], hears: CALLS });
    await ask({ turns: [ASKS, CALLS, BILL], hears: call });
    const cut = await ask({ turns: [call, { brought: '', by: NAME, id: call.id ?? '' }], hears: CALLS });
    expect(cut.session?.by).toBe('call-ids');
    expect(tainted(cut.records)).toEqual([true]);
  });
});
