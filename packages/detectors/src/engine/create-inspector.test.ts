import type { Detector, Finding, InspectorQuestion, Outcome } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { createInspector, INSPECTOR_BUDGETS } from './create-inspector.ts';
import { SAMPLES } from './testing/sample-detectors.ts';

const QUESTION: InspectorQuestion = { point: 'input', origin: { role: 'user', field: 'content' } };
const fingerprint = (value: string) => `<${value}>`;
const inspector = createInspector({ detectors: SAMPLES, fingerprint });

function detector(rest: Partial<Detector> & Pick<Detector, 'id'>): Detector {
  return {
    version: '1',
    types: [rest.id],
    points: ['input', 'output'],
    cache: 'content',
    reach: { kind: 'whole' },
    triggers: [],
    inspect: () => ({ status: 'inspected', findings: [] }),
    ...rest,
  };
}

function finding(rest: Partial<Finding> = {}): Finding {
  const plain = { detector: 'd', category: 'custom', type: 't', score: 0.5, fingerprint: '' } as const;
  return { ...plain, span: { start: 0, end: 1 }, via: [], ...rest };
}

const reporting = (id: string, outcome: Outcome) => detector({ id, inspect: () => outcome });

describe('inspect()', () => {
  it('finds in clear and in every disguise, with the decodings that revealed it, ordered by start', () => {
    const text = `joe@example.com, ann\\u0040example.com, ${Buffer.from('say: secret: hunter2').toString('base64')}`;
    const { findings } = inspector.inspect(text, QUESTION);
    expect(
      findings.map(({ type, via, span, fingerprint: print }) => [type, via, text.slice(span.start, span.end), print]),
    ).toEqual([
      ['mail', [], 'joe@example.com', '<joe@example.com>'],
      ['mail', ['hex'], 'ann\\u0040example.com', '<ann@example.com>'],
      ['named', ['base64'], Buffer.from('say: secret: hunter2').toString('base64').slice(17, 27), '<hunter2>'],
    ]);
  });

  it('keeps a match that several layers show once, as it stood in clear', () => {
    const { findings } = inspector.inspect('joe@example.com &lt;&#65;', QUESTION);
    expect(findings.map(({ via }) => via)).toEqual([[]]);
  });

  it('names every detector of the checkpoint as having looked, also when none of its triggers fired', () => {
    const { findings, lines } = inspector.inspect('nothing here', QUESTION);
    expect(findings).toEqual([]);
    expect(lines).toEqual(SAMPLES.map(({ id }) => ({ detector: id, version: '1', status: 'inspected', segments: 1 })));
  });

  it('runs a detector only at its checkpoints, and one with triggers only when one fired', () => {
    const shown: string[] = [];
    const watching = (id: string, rest: Partial<Detector>) =>
      detector({
        id,
        ...rest,
        inspect: ({ raw }) => {
          shown.push(`${id} ${raw}`);
          return { status: 'inspected', findings: [] };
        },
      });
    const watched = createInspector({
      detectors: [
        watching('always', {}),
        watching('elsewhere', { points: ['ingest'] }),
        watching('triggered', { triggers: [{ rule: 'r', keywords: ['Key'] }] }),
      ],
      fingerprint,
    });
    watched.inspect('no', QUESTION);
    watched.inspect('a KEY', QUESTION);
    watched.inspect(Buffer.from('a hidden key in here').toString('base64'), QUESTION);
    expect(shown).toEqual([
      'always no',
      'always a KEY',
      'triggered a KEY',
      'always YSBoaWRkZW4ga2V5IGluIGhlcmU=',
      'triggered YSBoaWRkZW4ga2V5IGluIGhlcmU=',
    ]);
    expect(watched.at('input').map(({ id }) => id)).toEqual(['always', 'triggered']);
  });

  it('limits the run to detectors whose answer may, or may not, be cached', () => {
    const mixed = createInspector({
      detectors: [detector({ id: 'a' }), detector({ id: 'b', cache: 'request' })],
      fingerprint,
    });
    const ran = (only?: Detector['cache']) =>
      mixed.inspect('x', only === undefined ? QUESTION : { ...QUESTION, only }).lines.map((line) => line.detector);
    expect(ran()).toEqual(['a', 'b']);
    expect(ran('content')).toEqual(['a']);
    expect(ran('request')).toEqual(['b']);
  });

  it('asks a detector that depends on its request also when no trigger fired', () => {
    const abstaining = detector({
      id: 'leak',
      cache: 'request',
      triggers: [{ rule: 'r', keywords: ['never'] }],
      inspect: (_view, ask) =>
        ask.request === undefined
          ? { status: 'abstained', reason: 'no-request' }
          : { status: 'inspected', findings: [] },
    });
    const asked = createInspector({ detectors: [abstaining], fingerprint });
    expect(asked.inspect('x', QUESTION).lines).toMatchObject([{ status: 'abstained', reason: 'no-request' }]);
    const request = { instructions: [], definitions: [], canaries: [] };
    expect(asked.inspect('x', { ...QUESTION, request }).lines).toMatchObject([{ status: 'inspected' }]);
  });

  it('turns a detector that throws into one that failed, and hears the others', () => {
    const throwing = detector({
      id: 'broken',
      inspect: ({ raw }) => {
        throw new Error(raw);
      },
    });
    const detectors = [throwing, reporting('sound', { status: 'inspected', findings: [finding()] })];
    const { findings, lines } = createInspector({ detectors, fingerprint }).inspect('the text', QUESTION);
    expect(findings).toEqual([finding()]);
    expect(lines).toEqual([
      { detector: 'broken', version: '1', segments: 1, status: 'failed', reason: 'detector-threw' },
      { detector: 'sound', version: '1', segments: 1, status: 'inspected' },
    ]);
  });

  it('does not begin another detector once its budget is spent, and says so', () => {
    let now = 0;
    const slow = detector({
      id: 'slow',
      inspect: () => {
        now += INSPECTOR_BUDGETS.callMs + 1;
        return { status: 'inspected', findings: [finding()] };
      },
    });
    const budgeted = createInspector({ detectors: [slow, detector({ id: 'late' })], fingerprint, nowMs: () => now });
    const { findings, lines } = budgeted.inspect('x', QUESTION);
    expect(findings).toEqual([finding()]);
    expect(lines).toMatchObject([{ status: 'inspected' }, { status: 'timed-out', reason: 'inspection-budget' }]);
  });

  it('drops what scores below the threshold of its type or detector', () => {
    const findings = [finding({ type: 'a' }), finding({ type: 'b' }), finding({ type: 'c', score: 0.9 })];
    const detectors = [reporting('d', { status: 'inspected', findings })];
    const kept = (thresholds: Record<string, number>) =>
      createInspector({ detectors, fingerprint, thresholds })
        .inspect('x', QUESTION)
        .findings.map(({ type }) => type);
    expect(kept({})).toEqual(['a', 'b', 'c']);
    expect(kept({ d: 0.6 })).toEqual(['c']);
    expect(kept({ d: 0.6, b: 0.5 })).toEqual(['b', 'c']);
  });

  it('says that decoding was cut short', () => {
    const limits = { maxDepth: 0, maxRuns: 9, maxGrowth: 6 };
    const shallow = createInspector({ detectors: [detector({ id: 'd' })], fingerprint, limits });
    expect(shallow.inspect('a&lt;b', QUESTION).lines).toMatchObject([
      { detector: 'd', status: 'inspected' },
      { detector: 'decoding', status: 'abstained', reason: 'encoding' },
    ]);
  });
});

describe('createInspector()', () => {
  it('refuses two detectors of one id', () => {
    const detectors = [detector({ id: 'd' }), detector({ id: 'd' })];
    expect(() => createInspector({ detectors, fingerprint })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('has a version that changes with detectors, thresholds and limits, and with nothing else', () => {
    const versionOf = (version: string, rest: object = {}) =>
      createInspector({ detectors: [detector({ id: 'a', version }), detector({ id: 'b' })], fingerprint, ...rest })
        .version;
    const limits = { maxDepth: 3, maxRuns: 512, maxGrowth: 6 };
    expect(versionOf('1')).toMatch(/^[\da-f]{64}$/);
    expect(versionOf('1')).toBe(versionOf('1', { limits, nowMs: () => 0 }));
    const different = [
      versionOf('1'),
      versionOf('2'),
      versionOf('1', { thresholds: { a: 0.5 } }),
      versionOf('1', { limits: { ...limits, maxRuns: 1 } }),
    ];
    expect(new Set(different).size).toBe(4);
  });
});
