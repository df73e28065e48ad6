import type { BaselineReport } from '@sallyport/runtime';
import { describe, expect, test } from 'vitest';
import { baselinePage, DRAWN_MAX } from './baseline-page.ts';
import { comparedText } from './baseline-text.ts';

const HOSTILE = '<img src=x onerror=alert(1)>\u202e';
const FROM = '2026-03-01T00:00:00.000Z';
const TO = '2026-03-02T00:00:00.000Z';

type Move = BaselineReport['moves'][number];

const LATENCY: Move = {
  series: { scope: 'model', name: HOSTILE },
  signal: 'latency',
  counts: [2_000, 1_500],
  isThin: false,
  direction: 'up',
  chance: 1e-9,
  corrected: 1e-8,
  effect: { measure: 'wasserstein', value: 0.84, least: 0.1 },
  shown: {
    kind: 'level',
    quantiles: [
      { share: 0.5, before: 400, after: 800 },
      { share: 0.95, before: 900, after: 2_100 },
    ],
  },
  start: {
    from: '2026-03-01T12:00:00.000Z',
    low: '2026-03-01T11:00:00.000Z',
    high: '2026-03-01T14:00:00.000Z',
    isOpen: false,
  },
  course: { from: FROM, everyMs: 21_600_000, values: [400, null, 810, 790], usual: 402 },
  exchanges: [{ exchange: HOSTILE, at: '2026-03-01T13:00:00.000Z', value: 9_000 }],
};
const REFUSAL: Move = {
  ...LATENCY,
  signal: 'refusal',
  effect: { measure: 'shares', value: 0.2, least: 0.1 },
  shown: { kind: 'share', before: 0.02, after: 0.06 },
  start: { from: FROM, low: FROM, high: '2026-03-01T03:00:00.000Z', isOpen: true, until: '2026-03-01T20:00:00.000Z' },
  exchanges: [],
};
const TOOLS: Move = {
  ...LATENCY,
  signal: 'tools',
  effect: { measure: 'psi', value: 0.31, least: 0.1 },
  shown: { kind: 'mix', js: 0.08, moved: [{ kind: HOSTILE, before: 0.1, after: 0.4 }] },
};
const NEW_TOOL: Move = {
  series: { scope: 'agent', name: 'default/agent/bot' },
  signal: 'new-tool',
  counts: [500, 500],
  isThin: false,
  direction: 'other',
  chance: 1e-5,
  corrected: 1e-4,
  effect: { measure: 'names', value: 1, least: 1 },
  shown: { kind: 'names', names: [{ name: HOSTILE, count: 7, firstAt: FROM, exchange: 'x1' }] },
  exchanges: [{ exchange: 'x1', at: FROM, kind: HOSTILE }],
};

const side = { records: 4_000, log: { origin: 'sallyport/1', size: 9_000, root: 'cm9vdA==' }, leftOut: 0, cut: false };

function reportOf(moves: readonly Move[], more: Partial<BaselineReport> = {}): BaselineReport {
  return {
    v: 1,
    name: 'march',
    verdict: moves.length > 0 ? 'moved' : 'not-moved',
    sampleMin: 200,
    falseAlarms: 0.01,
    comparisons: 30,
    series: [
      {
        series: { scope: 'model', name: HOSTILE },
        exchanges: [2_000, 1_500],
        firstSeen: [{ signal: 'new-tool', name: HOSTILE, count: 1, firstAt: FROM, exchange: 'x9' }],
        signals: [
          { signal: 'latency', verdict: 'moved', counts: [2_000, 1_500], corrected: 1e-8 },
          { signal: 'cost', verdict: 'thin', counts: [2_000, 12], corrected: 1 },
        ],
      },
    ],
    appeared: [{ series: { scope: 'model', name: HOSTILE }, exchanges: 3 }],
    gone: [],
    otherHours: false,
    otherWeekdays: false,
    reference: { ...side, period: { from: FROM, to: TO }, recordedAt: TO, version: '1' },
    now: { ...side, period: { from: FROM, to: TO } },
    sameLog: true,
    moves,
    ...more,
  };
}

describe('baselinePage()', () => {
  const shown = baselinePage(reportOf([LATENCY, REFUSAL, TOOLS, NEW_TOOL]));

  test('draws both sides, the course, and where it began to move', () => {
    expect(shown).toContain('MOVED: 4 of 30 comparisons');
    expect(shown).toContain('Quantiles, before and now');
    expect(shown).toContain('400 ms (p95 900 ms)');
    expect(shown).toContain('2026-03-01 12:00 (2026-03-01 11:00 to 2026-03-01 14:00)');
    expect(shown).toContain('before 2026-03-01 03:00, until 2026-03-01 20:00');
    expect(shown.match(/<svg role="img"/g)).toHaveLength(3);
    expect(shown).toContain('Jensen-Shannon divergence of all kinds: 0.080 bits.');
    expect(shown).toContain('None tells more than others.');
    expect(shown).toContain('cost (2,000 and 12)');
    expect(shown).toContain('<td class="left">x9</td>');
  });

  test('shows names that clients and models chose, and lets none of them do anything', () => {
    expect(shown).toContain('&lt;img src=x onerror=alert(1)&gt;');
    for (const active of ['<img', '\u202e', '<script', 'http://', 'https://']) expect(shown).not.toContain(active);
  });

  test('draws so many moves, and lists all', () => {
    const moves = Array.from({ length: DRAWN_MAX + 1 }, () => NEW_TOOL);
    expect(baselinePage(reportOf(moves)).match(/<caption>Never seen before/g)).toHaveLength(DRAWN_MAX);
    expect(baselinePage(reportOf(moves)).match(/<th scope="row" class="left">agent<\/th>/g)).toHaveLength(
      DRAWN_MAX + 1,
    );
  });

  test('says that nothing is shown to have moved, and what makes that worth less', () => {
    const cut = { ...side, cut: true, leftOut: 3, period: { from: FROM, to: TO } };
    const page = baselinePage(
      reportOf([], {
        otherHours: true,
        otherWeekdays: true,
        sameLog: false,
        now: cut,
        reference: { ...cut, recordedAt: TO, version: '1' },
      }),
    );
    expect(page).toContain('not shown to have moved, in 30 comparisons');
    expect(page).toContain('Nothing is shown to have moved.');
    expect(page).toContain('the two periods overlap');
    for (const note of ['other hours of the day', 'other days of the week', 'another log', 'in the archive', 'no room'])
      expect(page).toContain(note);
    expect(baselinePage(reportOf([], { verdict: 'unknown' }))).toContain('CANNOT SAY: nothing came 200 times');
  });
});

describe('comparedText()', () => {
  test('has a line for each move, and shows names as they are', () => {
    const text = comparedText(reportOf([LATENCY, REFUSAL, TOOLS, NEW_TOOL]));
    expect(text).toMatch(/latency +400 ms \(p95 900 ms\) +800 ms \(p95 2\.1 s\) +0\.84 deviations/);
    expect(text).toMatch(/refusal +2 % +6 % +h 0\.20 +< 0\.000001/);
    expect(text).toContain('PSI 0.31');
    expect(text).toContain('1 new');
    expect(text).toContain(': new-tool <img src=x onerror=alert(1)>');
    expect(text).toContain('new, without a reference: model');
    expect(text).not.toContain('\u202e');
    const thin = reportOf([]).series.flatMap((each) => Array.from({ length: 12 }, () => each));
    expect(comparedText(reportOf([], { series: thin }))).toMatch(/first seen: 2 more[\s\S]*too few: 2 more/);
  });
});
