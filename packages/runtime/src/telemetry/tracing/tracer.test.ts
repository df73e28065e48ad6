import type { ClosedRecord, DecidedRecord, OpenedRecord, RecordedDecision } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { GenAiVersion } from '../../config/index.ts';
import { SPANS_MAX } from './recorded-spans.ts';
import { Tracer } from './tracer.ts';

const PARENT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true };
const ASKED = { exchange: 'x1', operation: 'chat.completions' };
const RECEIPT = { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 };
const REQUEST = {
  protocol: 'openai-chat',
  route: 'default',
  model: 'gpt-5',
  stream: false,
  tools: [],
  messages: 1,
  bodyBytes: 2,
};
const BASE = { v: 1, exchange: 'x1', at: '2026-01-01T00:00:00.000Z', receipt: RECEIPT, request: REQUEST } as const;

function guarded(point: 'input' | 'output' | 'tool-call', found = 0): RecordedDecision {
  const finding = { category: 'secrets', type: 'api-key', score: 1, detector: 'secrets' } as const;
  const findings = Array.from({ length: found }, () => ({ ...finding, span: { start: 0, end: 1 }, where: '' }));
  return {
    kind: 'guard',
    question: { point, context: { findings } },
    findingsTotal: found,
    decision: { verdict: 'allow', flags: [], redact: found > 0 ? [{}] : [], policies: found > 0 ? ['p1'] : [] },
  } as unknown as RecordedDecision;
}

const opened = (...decisions: RecordedDecision[]): OpenedRecord =>
  ({ ...BASE, kind: 'opened', decisions, effect: 'allow', redacted: {}, detectors: '' }) as OpenedRecord;
const decided = (...decisions: RecordedDecision[]): DecidedRecord =>
  ({ ...BASE, kind: 'decided', tool: 'send', decisions, effect: 'allow' }) as DecidedRecord;
const closed = (more: Partial<ClosedRecord> = {}): ClosedRecord => ({
  ...BASE,
  kind: 'closed',
  outcome: 'completed',
  status: 200,
  upstreamStatus: 200,
  decisions: [],
  effect: 'redact',
  redacted: { email: 2 },
  restored: 0,
  answer: {
    id: 'resp-1',
    model: 'gpt-5-2026',
    fingerprint: 'fp',
    finishReasons: ['stop'],
    usage: { inputTokens: 7, outputTokens: 3, cachedTokens: 2 },
  },
  releasedChars: 0,
  ms: { total: 9, beforeUpstream: 2, upstreamFirstByte: 6, held: 0 },
  ...more,
});

interface Told {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly said: Readonly<Record<string, unknown>>;
}

function rig({ sampleRatio = 1, genAi = '1.41' as GenAiVersion, random = (): number => 0.5 } = {}) {
  const spans: Told[] = [];
  let nowMs = 1_000;
  let ids = 0;
  const tracer = new Tracer({
    sampleRatio,
    genAi,
    kindOf: (provider) => (provider === 'azure' ? 'azure-openai' : 'openai'),
    push: (json) => {
      const { attributes, ...span } = JSON.parse(json);
      const said = attributes.map(({ key, value }: { key: string; value: object }) => [key, Object.values(value)[0]]);
      spans.push({ ...span, said: Object.fromEntries(said) });
    },
    newId: (bytes) => {
      ids += 1;
      return ids.toString(16).padStart(2 * bytes, '0');
    },
    random,
    nowMs: () => nowMs,
    dateMs: () => 1_767_225_600_000,
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  const named = (name: string) => spans.find((span) => span.name === name);
  return { tracer, spans, pass, named };
}

const FROM_MS = 1_767_225_600_000;
const at = (ms: number) => `${FROM_MS + ms}000000`;

describe('Tracer', () => {
  it('makes of an exchange one span of its own, and one for each checkpoint and call under it', () => {
    const { tracer, spans, pass, named } = rig();
    const trace = tracer.begin({ ...ASKED, parent: PARENT });
    pass(2);
    trace.recorded(opened(guarded('input', 2), guarded('input')));
    const { context } = trace.call({ provider: 'main', tries: 1 });
    pass(6);
    trace.recorded(decided(guarded('tool-call')));
    pass(1);
    expect(spans).toEqual([]);
    trace.recorded(closed({ decisions: [guarded('output')] }));
    expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
      ['guard input', 1],
      ['guard tool-call', 1],
      ['guard output', 1],
      ['chat gpt-5', 3],
      ['chat.completions default', 2],
    ]);
    const own = named('chat.completions default');
    expect(own).toMatchObject({ parentSpanId: PARENT.spanId, startTimeUnixNano: at(0), endTimeUnixNano: at(9) });
    for (const span of spans) expect(span.traceId).toBe(PARENT.traceId);
    for (const span of spans.slice(0, -1)) expect(span.parentSpanId).toBe(own?.spanId);
    expect(named('chat gpt-5')).toMatchObject({
      spanId: context.spanId,
      startTimeUnixNano: at(2),
      endTimeUnixNano: at(9),
    });
    expect(named('guard input')).toMatchObject({ startTimeUnixNano: at(0), endTimeUnixNano: at(2) });
    expect(named('guard output')).toMatchObject({ startTimeUnixNano: at(6), endTimeUnixNano: at(9) });
    expect(named('guard tool-call')?.said).toMatchObject({ 'sallyport.tool': 'send' });
    expect(named('guard input')?.said).toMatchObject({
      'sallyport.effect': 'redact',
      'sallyport.decisions': 2,
      'sallyport.findings': 2,
      'sallyport.policies': { values: [{ stringValue: 'p1' }] },
    });
    expect(own?.said).toMatchObject({
      'sallyport.exchange': 'x1',
      'sallyport.effect': 'redact',
      'sallyport.redactions': 2,
      'http.response.status_code': 200,
    });
  });

  it('begins a trace where nobody named one, and keeps the share of them that it was told', () => {
    const { tracer, spans } = rig({ sampleRatio: 0.5, random: () => 0.4999 });
    const kept = tracer.begin(ASKED);
    kept.recorded(closed());
    expect(spans).toHaveLength(1);
    expect(spans[0]).not.toHaveProperty('parentSpanId');
    expect(kept.call({ provider: 'main', tries: 1 }).context).toMatchObject({ traceId: kept.trace, sampled: true });
    const { tracer: other, spans: none } = rig({ sampleRatio: 0.5, random: () => 0.5 });
    const left = other.begin(ASKED);
    expect(left.call({ provider: 'main', tries: 1 }).context).toMatchObject({ traceId: left.trace, sampled: false });
    left.recorded(closed());
    expect(none).toEqual([]);
  });

  it('does with a trace that began elsewhere as that says, whatever its share', () => {
    const { tracer, spans } = rig({ sampleRatio: 0 });
    tracer.begin({ ...ASKED, parent: PARENT }).recorded(closed());
    expect(spans).toHaveLength(1);
    const state = { ...PARENT, sampled: false, state: 'a=1' };
    const trace = rig().tracer.begin({ ...ASKED, parent: state });
    const { context, failed } = trace.call({ provider: 'main', tries: 1 });
    failed({ status: 500 });
    expect(context).toMatchObject({ traceId: PARENT.traceId, sampled: false, state: 'a=1' });
    expect(context.spanId).not.toBe(PARENT.spanId);
  });

  it('ends the span of a call that failed when it failed, and says of it what it came to', () => {
    const { tracer, spans, pass } = rig();
    const trace = tracer.begin(ASKED);
    const first = trace.call({ provider: 'azure', tries: 1 });
    pass(3);
    first.failed({ status: 503 });
    trace.call({ provider: 'main', tries: 2 }).failed({ fault: 'UPSTREAM_TIMEOUT' });
    trace.call({ provider: 'main', tries: 3 });
    pass(1);
    trace.recorded(closed());
    const calls = spans.filter(({ kind }) => kind === 3);
    expect(calls.map(({ status }) => status.code)).toEqual([2, 2, undefined]);
    expect(calls[0]).toMatchObject({ endTimeUnixNano: at(3) });
    expect(calls[0]?.said).toMatchObject({ 'http.response.status_code': 503, 'error.type': '503' });
    expect(calls[0]?.said).not.toHaveProperty('gen_ai.response.id');
    expect(calls[1]?.said).toMatchObject({ 'error.type': 'UPSTREAM_TIMEOUT', 'sallyport.try': 2 });
    expect(calls[2]?.said).toMatchObject({ 'gen_ai.response.id': 'resp-1', 'sallyport.try': 3 });
  });

  it('holds the spans of an exchange to a bound, and counts those beyond', () => {
    const { tracer, spans, named } = rig();
    const full = tracer.begin(ASKED);
    for (let n = 1; n < SPANS_MAX; n += 1) full.recorded(decided(guarded('tool-call')));
    full.recorded(closed());
    expect(spans).toHaveLength(SPANS_MAX);
    expect(named('chat.completions default')?.said).not.toHaveProperty('sallyport.spans_left_out');
    spans.length = 0;
    const over = tracer.begin(ASKED);
    for (let n = 0; n < SPANS_MAX; n += 1) over.recorded(decided(guarded('tool-call')));
    over.recorded(closed());
    expect(spans).toHaveLength(SPANS_MAX);
    expect(named('chat.completions default')?.said).toMatchObject({ 'sallyport.spans_left_out': 1 });
  });

  it.each([
    ['completed', undefined],
    ['refused', undefined],
    ['client-aborted', undefined],
    ['upstream-failed', 2],
    ['internal-error', 2],
  ] as const)('says of an exchange that ended as %s whether that is a failure', (outcome, code) => {
    const { tracer, spans } = rig();
    tracer.begin(ASKED).recorded(closed({ outcome }));
    expect(spans[0]?.status.code).toBe(code);
  });

  it('names a method that is no name for nothing', () => {
    const { tracer, spans } = rig();
    tracer.begin({ exchange: 'x', operation: 'my secret text' }).recorded(closed());
    expect(spans[0]?.name).toBe('(no name) default');
  });
});

describe('spans of models, by the release of the conventions', () => {
  const told = (genAi: GenAiVersion) => {
    const { tracer, spans } = rig({ genAi });
    const trace = tracer.begin(ASKED);
    trace.call({ provider: 'azure', tries: 1 });
    trace.recorded(closed({ session: { id: 'ses_1', by: 'new' } }));
    return spans.find(({ kind }) => kind === 3) as Told;
  };

  it('are named by 1.41', () => {
    expect(told('1.41').said).toEqual({
      'sallyport.provider': 'azure',
      'sallyport.try': 1,
      'http.response.status_code': 200,
      'gen_ai.provider.name': 'azure.ai.openai',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.conversation.id': 'ses_1',
      'gen_ai.response.id': 'resp-1',
      'gen_ai.response.model': 'gpt-5-2026',
      'gen_ai.response.finish_reasons': { values: [{ stringValue: 'stop' }] },
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.usage.cache_read.input_tokens': 2,
      'gen_ai.response.time_to_first_chunk': 0.006,
      'openai.response.system_fingerprint': 'fp',
    });
  });

  it('are named by 1.36, which knew less', () => {
    const { said, name } = told('1.36');
    expect(name).toBe('chat gpt-5');
    expect(said).toMatchObject({ 'gen_ai.system': 'azure.ai.openai', 'gen_ai.usage.input_tokens': 7 });
    for (const newer of ['gen_ai.provider.name', 'gen_ai.response.time_to_first_chunk']) {
      expect(said).not.toHaveProperty([newer]);
    }
  });

  it('have none of it where that is off', () => {
    const { said, name } = told('off');
    expect(name).toBe('call azure');
    expect(Object.keys(said).filter((key) => key.startsWith('gen_ai'))).toEqual([]);
  });
});

describe('spans of tools and agents', () => {
  const told = (protocol: string, operation: string, genAi: GenAiVersion = '1.41') => {
    const { tracer, spans, pass } = rig({ genAi });
    const trace = tracer.begin({ exchange: 'x1', operation });
    trace.call({ provider: 'files', tries: 1 });
    pass(9);
    trace.recorded(closed({ request: { ...REQUEST, protocol, tools: ['read_file'] }, answer: {} }));
    return spans.find(({ kind }) => kind === 3) as Told;
  };

  it('end when the answer is there, before it is judged', () => {
    expect(told('mcp', 'tools/call').endTimeUnixNano).toBe(at(6));
  });

  it('name the method and the tool, or the agent', () => {
    expect(told('mcp', 'tools/call')).toMatchObject({
      name: 'tools/call read_file',
      said: {
        'mcp.method.name': 'tools/call',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'read_file',
      },
    });
    expect(told('mcp', 'tools/list').said).not.toHaveProperty('gen_ai.operation.name');
    expect(told('a2a', 'SendMessage')).toMatchObject({
      name: 'invoke_agent files',
      said: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'files' },
    });
    expect(told('mcp', 'tools/call', 'off').said).not.toHaveProperty('gen_ai.tool.name');
  });
});
