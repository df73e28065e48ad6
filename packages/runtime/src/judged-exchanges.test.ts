import type { Detector, JudgeUse, Posture, ScoreBounds } from '@sallyport/core';
import { createFingerprinter } from '@sallyport/text';
import { describe, expect, it } from 'vitest';
import { JudgeOffice, type JudgeParts } from './judge/judge-office.ts';
import { DemoProvider } from './providers/demo-provider.ts';
import { DONE, eventOf, requestBody, streamOf } from './testing/chat-wire.ts';
import { ExchangeRig, type RigOptions, type Seen } from './testing/exchange-rig.ts';
import { ManualClock } from './testing/manual-clock.ts';

const FINE = { option: 0 };
const AGAINST = { option: 1 };
const ALWAYS: ScoreBounds = { from: 0, to: 1 };
const call = (name: string, args: string) =>
  eventOf({
    delta: { tool_calls: [{ index: 0, id: 'call_0', type: 'function', function: { name, arguments: args } }] },
  });
const PAYING = call('send_money', '{"to":"mallory","sum":12}') + eventOf({ delta: {}, finish: 'tool_calls' }) + DONE;
const ANSWER = streamOf(['fine']);

/** Finds whatever says `maybe`, with a score of its own. */
const unsure: Detector = {
  id: 'unsure',
  version: '1',
  points: ['input', 'tool-result'],
  types: ['perhaps'],
  cache: 'content',
  reach: { kind: 'whole' },
  triggers: [],
  inspect: ({ raw }, ask) => {
    const score = Number(/maybe (0\.\d+)/.exec(raw)?.[1] ?? 0);
    const span = { start: 0, end: raw.length };
    const finding = { detector: 'unsure', category: 'injection', type: 'perhaps', score, span, via: [] } as const;
    return { status: 'inspected', findings: score === 0 ? [] : [{ ...finding, fingerprint: ask.fingerprint(raw) }] };
  },
};

interface Judging extends RigOptions {
  readonly script: object;
  readonly uses: Partial<Record<JudgeUse, ScoreBounds>>;
  readonly posture?: Posture;
}

function judging({ script, uses, posture = 'closed', ...options }: Judging) {
  const sent: string[] = [];
  const demo = new DemoProvider('judge', JSON.stringify(script));
  const provider: JudgeParts['provider'] = {
    id: 'judge',
    protocols: new Set(['openai-chat']),
    send: (asked) => {
      sent.push(JSON.parse(Buffer.from(asked.body ?? []).toString()).messages[1].content);
      return demo.send(asked);
    },
  };
  const judge = new JudgeOffice({
    model: 'judge-1',
    provider,
    timeoutMs: 5_000,
    maxConcurrent: 8,
    maxTokensPerHour: 1_000_000,
    maxChars: 600,
    cacheEntries: 100,
    uses: new Map(Object.entries(uses) as [JudgeUse, ScoreBounds][]),
    fingerprint: createFingerprinter(new Uint8Array(32).fill(3)),
    clock: new ManualClock(),
  });
  const postureOf = (detector: string) => (detector.startsWith('judge-') ? posture : 'closed');
  const rig = new ExchangeRig({ detectors: [unsure], judge, postureOf, ...options });
  const says = (body: string, answer = ANSWER) => rig.exchange({ body, answer: [Buffer.from(answer)] });
  return { rig, sent, says };
}

const linesOf = ({ records }: Seen, detector: string) =>
  records
    .flatMap((record) => ('receipt' in record ? record.receipt.lines : []))
    .filter((line) => line.detector === detector)
    .map(({ status, reason = '' }) => `${status} ${reason}`.trim());
const typesOf = ({ records }: Seen) =>
  records
    .flatMap((record) => ('decisions' in record ? record.decisions : []))
    .flatMap((one) => (one.kind === 'guard' ? one.question.context.findings.map(({ type }) => type) : []));
const policiesOf = ({ records }: Seen) =>
  records.flatMap((record) =>
    'decisions' in record ? record.decisions.flatMap(({ decision }) => decision.policies) : [],
  );

describe('a request that the judge is asked about', () => {
  it('goes on with a line in its receipt where the verdict is for it', async () => {
    const { says, sent } = judging({ script: FINE, uses: { intent: ALWAYS } });
    const seen = await says(requestBody('how much is on my account?'));
    expect(seen.text).toBe(ANSWER);
    expect(linesOf(seen, 'judge-intent')).toEqual(['inspected']);
    expect(typesOf(seen)).toEqual([]);
    expect(sent).toHaveLength(1);
    // Two records of one exchange, and none of the judge's own call.
    expect(seen.records.map(({ kind }) => kind)).toEqual(['opened', 'closed']);
  });

  it('has a finding that policies act on where it is against it', async () => {
    const { says } = judging({ script: AGAINST, uses: { intent: ALWAYS } });
    const seen = await says(requestBody('write a poem about frogs'));
    expect(typesOf(seen)).toContain('judged-off-intent');
    expect(policiesOf(seen)).toContain('off-intent-flag');
    expect(seen.records[0]).toMatchObject({ effect: 'flag' });
  });

  it('is asked about only between the bounds of the use', async () => {
    const { says, sent } = judging({ script: AGAINST, uses: { 'grey-zone': { from: 0.2, to: 0.4 } } });
    for (const score of ['0.1', '0.5']) await says(requestBody(`maybe ${score}`));
    expect(sent).toEqual([]);
    const seen = await says(requestBody('maybe 0.3'));
    expect(sent).toHaveLength(1);
    expect(typesOf(seen)).toEqual(expect.arrayContaining(['perhaps', 'judged-injection']));
  });

  it('shows it no secret and no personal data that was found, and no more of a text than it may', async () => {
    const { says, sent } = judging({ script: FINE, uses: { intent: ALWAYS } });
    await says(requestBody(`send it to joe@example.com ${'long '.repeat(400)} or ann.lee@mail.example.org`));
    expect(sent[0]).toContain('[email]');
    expect(sent[0]).not.toContain('example');
    expect(sent[0]?.length).toBeLessThan(800);
  });

  it.each([
    ['closed', 'block', ['posture:judge-intent']],
    ['open', 'flag', []],
  ] as const)('is dealt with as its posture says where there is no verdict: %s', async (posture, effect, policies) => {
    const { says } = judging({ script: { text: 'sure' }, uses: { intent: ALWAYS }, posture });
    const seen = await says(requestBody('hello there, how are you?'));
    expect(linesOf(seen, 'judge-intent')).toEqual(['failed malformed']);
    expect(seen.records[0]).toMatchObject({ effect });
    expect(policiesOf(seen).filter((policy) => policy.startsWith('posture:'))).toEqual(policies);
    expect(seen.text.includes('fine')).toBe(posture === 'open');
  });

  it('asks about so many texts of one request, and leaves the rest to the posture', async () => {
    const { says, sent } = judging({ script: FINE, uses: { 'grey-zone': { from: 0.2, to: 0.4 } } });
    const messages = Array.from({ length: 10 }, (_, at) => ({ role: 'user', content: `number ${at} maybe 0.3` }));
    const seen = await says(JSON.stringify({ model: 'm', stream: true, messages }));
    expect(sent).toHaveLength(8);
    expect(linesOf(seen, 'judge-grey-zone')).toEqual(
      expect.arrayContaining(['inspected', 'failed too-many-questions']),
    );
    expect(seen.records[0]).toMatchObject({ effect: 'block' });
  });

  it('asks about the newest message of the user, not about what was answered', async () => {
    const { says, sent } = judging({ script: FINE, uses: { intent: ALWAYS, 'grey-zone': { from: 0.2, to: 0.4 } } });
    const messages = [
      { role: 'user', content: 'old, maybe 0.3' },
      { role: 'assistant', content: 'yes?' },
      { role: 'user', content: 'the new one' },
    ];
    await says(JSON.stringify({ model: 'm', stream: true, messages }));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toContain('the new one');
  });
});

describe('a tool call that the judge is asked about', () => {
  const uses = { alignment: ALWAYS };

  it('leaves as it came where it serves what the user asked', async () => {
    const { says, sent } = judging({ script: FINE, uses });
    const seen = await says(requestBody('pay mallory 12'), PAYING);
    expect(seen.text).toBe(PAYING);
    expect(sent).toHaveLength(1);
    expect(JSON.parse(sent[0]?.split('\n')[1] ?? '')).toEqual({
      asked: 'pay mallory 12',
      tool: 'send_money',
      arguments: '{"to":"mallory","sum":12}',
    });
    expect(linesOf(seen, 'judge-alignment')).toEqual(['inspected']);
  });

  it('waits for a person where it does not, and nothing of it leaves', async () => {
    const { says } = judging({ script: AGAINST, uses });
    const seen = await says(requestBody('what is the weather?'), eventOf({ delta: { content: 'I see. ' } }) + PAYING);
    expect(seen.text).toContain('I see. ');
    expect(seen.text).not.toContain('send_money');
    expect(seen.text).toContain('Approval required');
    expect(typesOf(seen)).toContain('judged-off-task');
    expect(seen.records.filter(({ kind }) => kind === 'decided')).toMatchObject([
      { tool: 'send_money', effect: 'ask' },
    ]);
  });

  it.each(['closed', 'open'] as const)(
    'is dealt with as the posture says where there is no verdict: %s',
    async (posture) => {
      const { says } = judging({ script: { error: { status: 503 } }, uses, posture });
      const seen = await says(requestBody('pay mallory 12'), PAYING);
      expect(seen.text.includes('send_money')).toBe(posture === 'open');
      expect(linesOf(seen, 'judge-alignment')).toEqual(['failed provider-failed']);
    },
  );

  it('is not asked about where the user said nothing, and counts as unchecked', async () => {
    const { says, sent } = judging({ script: FINE, uses, posture: 'open' });
    const seen = await says(
      JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'system', content: 'pay' }] }),
      PAYING,
    );
    expect(sent).toEqual([]);
    expect(linesOf(seen, 'judge-alignment')).toEqual(['failed no-user-turn']);
  });

  it('is shown with its personal data masked', async () => {
    const { says, sent } = judging({ script: FINE, uses });
    await says(
      requestBody('mail it'),
      call('send_mail', '{"to":"joe@example.com"}') + eventOf({ delta: {}, finish: 'tool_calls' }) + DONE,
    );
    expect(sent[0]).toContain('[email]');
    expect(sent[0]).not.toContain('joe@');
  });
});
