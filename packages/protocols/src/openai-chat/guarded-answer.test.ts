import {
  AnswerGuard,
  type Decision,
  type Finding,
  type Flow,
  HELD_EVENTS_MAX,
  type InspectedStream,
  type Inspector,
  isFault,
  LateLabels,
  PlaceholderTable,
  type PolicyEngine,
} from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiChat } from './adapter.ts';
import { ENDPOINT } from './testing/endpoint.ts';

/** The codec under core's own guard: what a client ends up with, and when. */
const LIMITS = { maxDepth: 16, maxBodyBytes: 1_000_000 };
const SECRET = 'SECRET';
const bytes = (text: string) => new TextEncoder().encode(text);

function findingsIn(text: string, from = 0): readonly Finding[] {
  const found: Finding[] = [];
  for (let at = text.indexOf(SECRET); at >= 0; at = text.indexOf(SECRET, at + SECRET.length)) {
    const span = { start: from + at, end: from + at + SECRET.length };
    found.push({ detector: 'word', category: 'custom', type: 'word', score: 1, span, via: [], fingerprint: 'f' });
  }
  return found;
}

/** Finds one word, and holds what may still become it. */
class WordStream implements InspectedStream {
  readonly lines = [];
  #pending = '';
  #from = 0;

  push(text: string) {
    this.#pending += text;
    const findings = findingsIn(this.#pending, this.#from);
    const last = findings.at(-1);
    const clear = last === undefined ? 0 : last.span.end - this.#from;
    let keep = Math.min(SECRET.length - 1, this.#pending.length - clear);
    while (keep > 0 && !SECRET.startsWith(this.#pending.slice(-keep))) keep -= 1;
    return this.#settle(findings, this.#pending.length - keep);
  }

  end() {
    return this.#settle(findingsIn(this.#pending, this.#from), this.#pending.length);
  }

  #settle(findings: readonly Finding[], clear: number) {
    this.#from += clear;
    this.#pending = this.#pending.slice(clear);
    return { findings, clearTo: this.#from };
  }
}

const inspector: Inspector = {
  version: '1',
  at: () => [],
  inspect: (text) => ({ findings: findingsIn(text), lines: [] }),
  stream: () => new WordStream(),
};
const redactAll = (count: number): Decision => ({
  verdict: 'allow',
  flags: [],
  redact: Array.from({ length: count }, (_, at) => at),
  policies: [],
  monitored: [],
  policySet: '',
  errors: [],
});
const engine: PolicyEngine = {
  policySet: '',
  message: () => undefined,
  access: () => redactAll(0),
  guard: ({ context }) => redactAll(context.findings.length),
};

/** What flow says of a call of which nothing is known: here it is about what leaves, not about what a call is. */
const NO_FLOW: Flow = {
  version: '0',
  label: () => ({
    tainted: false,
    history: { tainted: false, private: false, writes: 0 },
    trace: ({ tool }) => ({
      arguments: [],
      truncated: false,
      facts: {
        tool: { name: tool, defined: false, effect: 'write', outward: false, destructive: false },
        action: { source: 'unknown' },
        flow: {},
        session: {
          tainted: false,
          ruleOfTwo: { untrusted: false, private: false, outward: true, count: 1 },
          calls: { total: 0, writes: 0, sameTool: 0, sameToolWithin10: 0, formerly: [] },
        },
      },
    }),
  }),
  isOfMemory: () => false,
  excerptOf: () => undefined,
};

/** Sends an answer through codec and guard; calls `seen` with all that the client has after each piece. */
function guarded(answer: Uint8Array, cuts: readonly number[], seen: (out: string) => void): string {
  const body = { model: 'm', messages: [], stream: true, logprobs: true };
  const parsed = openaiChat.request(bytes(JSON.stringify(body)), ENDPOINT, LIMITS);
  if (isFault(parsed)) throw new Error(parsed.fault);
  const codec = openaiChat.answer(parsed, { status: 200, contentType: 'text/event-stream' }, LIMITS);
  const facts = { protocol: 'openai-chat', route: 'r', bodyBytes: 0, ...parsed.facts };
  const guard = new AnswerGuard({
    exchange: 'x1',
    approvals: { ask: () => ({ status: 'crowded' }), wait: async () => ({ status: 'crowded' }) },
    approvalHoldMs: 0,
    budget: { call: () => undefined },
    flow: NO_FLOW,
    labels: new LateLabels(NO_FLOW, { transcript: { messages: [], tools: [] }, acts: false }),
    judge: {
      engine,
      facts,
      principal: { kind: 'user', id: 'u', tenant: 't', groups: [] },
      resource: { kind: 'model', id: 'm', groups: [] },
      postureOf: () => 'closed',
    },
    codec,
    inspector,
    hold: {
      textChars: 4096,
      textMs: 2000,
      toolCallBytes: 262_144,
      posture: 'closed',
      release: 'hold',
      heartbeatMs: 10_000,
    },
    request: { instructions: [], definitions: [], canaries: [] },
    placeholders: new PlaceholderTable(),
    mayRestore: () => false,
  });
  let out = '';
  const ends = [...new Set([...cuts.map((cut) => cut % answer.length), answer.length])].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    const events = codec.push(answer.subarray(from, end));
    if (isFault(events)) throw new Error(events.fault);
    guard.take(events, 0);
    for (const released of guard.release()) out += new TextDecoder().decode(released.bytes);
    seen(out);
    from = end;
  }
  return out;
}

interface Token {
  readonly choice: number;
  readonly field: string;
  readonly text: string;
}

const tokens = fc.array(
  fc.record({
    choice: fc.constantFrom(0, 0, 1),
    field: fc.oneof({ weight: 6, arbitrary: fc.constant('content') }, fc.constantFrom('reasoning_content', 'refusal')),
    text: fc.constantFrom('S', 'SE', 'SEC', 'CRET', 'ECRET', 'RET', 'T', 'SECRET', ' ', 'é', '😀"', 'x'),
  }),
  { maxLength: 30 },
);

function streamOf(list: readonly Token[], withTokens: boolean): string {
  const events = list.map(({ choice, field, text }) => {
    const listed = withTokens && field === 'content';
    const logprobs = listed
      ? { content: [{ token: text, logprob: -1, bytes: [...bytes(text)], top_logprobs: [] }] }
      : null;
    return { choices: [{ index: choice, delta: { [field]: text }, logprobs, finish_reason: null }] };
  });
  const ends = [0, 1].map((index) => ({ choices: [{ index, delta: {}, logprobs: null, finish_reason: 'stop' }] }));
  return `${[...events, ...ends].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`;
}

/** What a client puts together from the events that it has. */
function textsIn(out: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const event of out.split('\n\n')) {
    if (!event.startsWith('data: {')) continue;
    for (const { index, delta, logprobs } of JSON.parse(event.slice(6)).choices) {
      for (const [field, text] of Object.entries(delta)) {
        const id = `${index}/${field}`;
        texts.set(id, (texts.get(id) ?? '') + String(text));
      }
      const listed = (logprobs?.content ?? []).map(({ token }: { token: string }) => token);
      texts.set(`${index}/tokens`, (texts.get(`${index}/tokens`) ?? '') + listed.join(''));
    }
  }
  return texts;
}

const redacted = (text: string) => text.replaceAll(SECRET, '[WORD_1]');

describe('a guarded stream', () => {
  test('gives the client the redaction of the whole text, in every choice, however it is cut', () => {
    const contentOnly = tokens.map((list) => list.filter(({ field }) => field === 'content'));
    fc.assert(
      fc.property(contentOnly, fc.boolean(), fc.array(fc.nat(), { maxLength: 30 }), (list, withTokens, cuts) => {
        const stream = streamOf(list, withTokens);
        const texts = textsIn(guarded(bytes(stream), cuts, () => undefined));
        const whole = textsIn(stream);
        for (const [id, text] of whole) {
          if (id.endsWith('/tokens')) expect(texts.get(id)).toBe(text.replaceAll(SECRET, ''));
          else expect(texts.get(id)).toBe(redacted(text));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('ends an answer of which more events wait behind a call than may', () => {
    const call = { index: 0, id: 'c', function: { name: 'f', arguments: '{}' } };
    const first = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] } }] })}\n\n`;
    const other = 'data: {"choices":[{"index":1,"delta":{"content":"x "}}]}\n\n';
    const answer = (events: number) => bytes(`${first}${other.repeat(events)}data: [DONE]\n\n`);
    expect(guarded(answer(HELD_EVENTS_MAX - 2), [], () => undefined)).toContain('[DONE]');
    expect(guarded(answer(HELD_EVENTS_MAX), [], () => undefined)).toBe('');
  });

  test('puts the mark for a word that began in an earlier event where the rest of it stood', () => {
    const list = [
      { choice: 0, field: 'content', text: 'SE' },
      { choice: 0, field: 'reasoning_content', text: 'S' },
      { choice: 0, field: 'content', text: 'CRET' },
      { choice: 0, field: 'content', text: 'CRET' },
    ];
    const texts = textsIn(guarded(bytes(streamOf(list, false)), [], () => undefined));
    expect(texts.get('0/content')).toBe('SE[WORD_1]CRET');
  });

  test('never lets the word out, whatever fields take turns and wherever the stream stands', () => {
    fc.assert(
      fc.property(tokens, fc.array(fc.nat(), { maxLength: 30 }), (list, cuts) => {
        guarded(bytes(streamOf(list, false)), cuts, (out) => {
          for (const text of textsIn(out).values()) expect(text).not.toContain(SECRET);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('leaves what holds nothing as it came', () => {
    const stream = streamOf(
      [
        { choice: 0, field: 'content', text: 'S' },
        { choice: 0, field: 'content', text: ' é' },
      ],
      true,
    );
    expect(guarded(bytes(stream), [], () => undefined)).toBe(stream);
  });

  test('finds a word that another field interrupts, and takes out what had not left', () => {
    const list = [
      { choice: 0, field: 'content', text: 'a SECR' },
      { choice: 0, field: 'reasoning_content', text: 'hm' },
      { choice: 0, field: 'content', text: 'ET b' },
    ];
    const texts = textsIn(guarded(bytes(streamOf(list, false)), [], () => undefined));
    expect(texts.get('0/content')).toBe('a SECR[WORD_1] b');
  });
});
