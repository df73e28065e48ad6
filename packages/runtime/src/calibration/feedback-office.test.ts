import { type AuditRecord, type RecordedFinding, SallyportError, type StoredFeedback } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { FeedbackOffice } from './feedback-office.ts';

const AT = '2026-11-28T12:00:00.000Z';

function finding(score: number, rest: Partial<RecordedFinding> = {}): RecordedFinding {
  const what = { detector: 'prompt-injection', category: 'injection', type: 'instruction-override' } as const;
  return { ...what, score, span: { start: 0, end: 1 }, via: [], fingerprint: '', where: 'message/0/content', ...rest };
}

function opened(
  findings: Readonly<Record<'input' | 'tool-result' | 'output', readonly RecordedFinding[]>>,
): AuditRecord {
  const request = { protocol: 'p', route: 'r', model: 'm', stream: false, tools: [], messages: 1, bodyBytes: 1 };
  const decision = { verdict: 'allow', policies: [], flags: [], monitored: [], errors: [] } as never;
  return {
    v: 1,
    kind: 'opened',
    exchange: 'e1',
    at: AT,
    request,
    decisions: (['input', 'tool-result', 'output'] as const).map((point) => ({
      kind: 'guard',
      question: { point, context: { unseen: [], unchecked: [], findings: findings[point] } },
      findingsTotal: findings[point].length,
      decision,
    })),
    receipt: { lines: [], unseen: [], segments: 0, inspectedChars: 0, uninspectedChars: 0 },
    effect: 'flag',
    redacted: {},
    detectors: 'd',
  };
}

function office(records: readonly AuditRecord[]) {
  const kept = new Map<string, StoredFeedback>();
  const store = {
    list: () => [...kept.values()],
    get: (exchange: string) => kept.get(exchange),
    put: (feedback: StoredFeedback) => void kept.set(feedback.exchange, feedback),
    remove: (exchange: string) => void kept.delete(exchange),
  };
  const told: (readonly string[])[] = [];
  return {
    desk: new FeedbackOffice({
      store,
      records: (id) => records.filter(({ exchange }) => exchange === id),
      iso: () => AT,
    }),
    told,
    tellFirst: async (targets: readonly string[]) => void told.push(targets),
  };
}

const RECORDS = [
  opened({
    input: [finding(0.6), finding(0.3, { score: 0.9, rawScore: 0.7 }), finding(0.2, { language: 'cjk' })],
    'tool-result': [finding(0.4), finding(1, { detector: 'secrets', category: 'secrets' })],
    output: [finding(0.8)],
  }),
];
const SAID = { exchange: 'e1', verdict: 'false-positive', by: 'ann' } as const;

describe('FeedbackOffice', () => {
  it("keeps the detectors' own highest scores by channel and language, and nothing that cannot be calibrated", async () => {
    const { desk, told, tellFirst } = office(RECORDS);
    expect(await desk.give(SAID, tellFirst)).toMatchObject({
      scores: [
        { channel: 'direct', language: 'latin', scores: { injection: 0.7 } },
        { channel: 'direct', language: 'cjk', scores: { injection: 0.2 } },
        { channel: 'data', language: 'latin', scores: { injection: 0.4 } },
      ],
    });
    expect(told).toEqual([['e1', 'false-positive']]);
  });

  it('takes what it is about, and the place of what was said before', async () => {
    const { desk, tellFirst } = office(RECORDS);
    await desk.give(SAID, tellFirst);
    await desk.give({ ...SAID, verdict: 'missed', category: 'secrets' }, tellFirst);
    expect(desk.list()).toMatchObject([{ verdict: 'missed', scores: [] }]);
  });

  it('keeps and takes back nothing that the log was not told of', async () => {
    const { desk, tellFirst } = office(RECORDS);
    const broken = async () => {
      throw new SallyportError('RECORD_FAILED');
    };
    await expect(desk.give(SAID, broken)).rejects.toThrow(SallyportError);
    expect(desk.list()).toEqual([]);
    await desk.give(SAID, tellFirst);
    await expect(desk.undo('e1', broken)).rejects.toThrow(SallyportError);
    expect(desk.list()).toHaveLength(1);
    await desk.undo('e1', tellFirst);
    expect(desk.list()).toEqual([]);
  });

  it('knows nothing of exchanges without records, and takes back nothing twice', async () => {
    const { desk, told, tellFirst } = office(RECORDS);
    expect(await desk.give({ ...SAID, exchange: 'e2' }, tellFirst)).toEqual({ fault: 'NOT_FOUND' });
    expect(await desk.undo('e1', tellFirst)).toEqual({ fault: 'NOT_FOUND' });
    expect(told).toEqual([]);
  });
});
