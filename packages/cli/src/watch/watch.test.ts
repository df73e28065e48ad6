import type { LiveEvent, ShownSeries } from '@sallyport/runtime';
import { describe, expect, it } from 'vitest';
import { passes } from './event-filter.ts';
import { eventLine } from './event-line.ts';
import { EVENT_MAX_CHARS, EventReader } from './event-reader.ts';
import { topFrame } from './top-frame.ts';

const AT = '2026-01-01T00:00:00.000Z';
const EVENT: LiveEvent = {
  kind: 'closed',
  at: AT,
  exchange: 'ex-1',
  principal: 'agent/mailer for user/ann',
  model: 'model-a',
  effect: 'redact',
  outcome: 'completed',
  findings: { injection: 2 },
  policies: ['redact-personal-data'],
  ms: 12.4,
};

describe('EventReader', () => {
  it('reads events wherever the text is cut, passes over signs of life, and remembers the last id', () => {
    const text = 'id: r:1\nevent: closed\ndata: {"a":1}\n\n:\n\nid: r:4\n\nid: r:5\nevent: gap\ndata: {"lost":2}\n\n';
    for (let size = 1; size <= text.length; size += 1) {
      const reader = new EventReader();
      const events = [];
      for (let at = 0; at < text.length; at += size) events.push(...reader.push(text.slice(at, at + size)));
      expect(events).toEqual([
        { id: 'r:1', event: 'closed', data: '{"a":1}' },
        { id: 'r:5', event: 'gap', data: '{"lost":2}' },
      ]);
    }
    const reader = new EventReader();
    expect(reader.push('id: r:9\n\n')).toEqual([]);
    expect(reader.lastId).toBe('r:9');
  });

  it('takes an event of so many characters, and none that is longer', () => {
    expect(new EventReader().push('x'.repeat(EVENT_MAX_CHARS))).toEqual([]);
    expect(() => new EventReader().push('x'.repeat(EVENT_MAX_CHARS + 1))).toThrow(RangeError);
  });
});

describe('passes()', () => {
  it.each([
    [{}, true],
    [{ verdict: 'redact' }, true],
    [{ verdict: 'block' }, false],
    [{ principal: 'agent/mailer for user/ann' }, true],
    [{ principal: 'agent/mailer' }, true],
    [{ principal: 'ann' }, true],
    [{ principal: 'ailer' }, false],
    [{ tool: 'send' }, false],
    [{ category: 'injection' }, true],
    [{ category: 'secrets' }, false],
    [{ category: 'constructor' }, false],
    [{ kind: 'closed', verdict: 'redact' }, true],
    [{ kind: 'opened', verdict: 'redact' }, false],
  ])('%j: %s', (filter, expected) => {
    expect(passes(EVENT, filter)).toBe(expected);
  });
});

describe('eventLine()', () => {
  it('says when, what, how it was decided, who, and what it is about, on one line whatever names hold', () => {
    expect(eventLine(EVENT)).toBe(
      `${AT}  closed          redact  ex-1  agent/mailer for user/ann  model-a  completed  12 ms  injection=2  by redact-personal-data`,
    );
    expect(eventLine({ ...EVENT, model: 'a\nb\u001b[2J' }).split('\n')).toHaveLength(1);
    expect(eventLine({ ...EVENT, model: '\u001b[2J' })).not.toContain('\u001b');
  });

  it('says of an alert what it is about and where to look, and of what is held back until when', () => {
    const alert = {
      alert: 'alr_1',
      rule: 'attacks',
      severity: 'high',
      about: { principal: 'user/ann' },
      evidence: { exchanges: ['ex-1'] },
    } as const;
    expect(eventLine({ kind: 'alert', at: AT, exchange: 'alerts', step: 'raised', alert })).toContain(
      'raised  high attacks (alr_1): principal user/ann; see ex-1',
    );
    const of = { kind: 'tool', name: 'mail' } as const;
    const containment = { id: 'iso_1', action: 'isolate', of, from: AT, until: AT, reason: 'r' } as const;
    expect(eventLine({ kind: 'containment', at: AT, exchange: 'containments', step: 'begun', containment })).toContain(
      `begun  isolate of tool mail until ${AT} (iso_1)`,
    );
  });

  it('says what moved, from what to what, and which exchanges to look at', () => {
    const signal = {
      signal: 'latency',
      scope: 'model',
      name: 'model-a',
      direction: 'up',
      before: 400.123,
      after: 812.4,
      since: 40,
      from: AT,
      strength: 1.21,
      exchanges: ['ex-1', 'ex-2'],
    } as const;
    expect(eventLine({ kind: 'signal.changed', at: AT, exchange: 'sig', signal })).toContain(
      'model model-a: latency up from 400 to 812 (strength 1.21); see ex-1, ex-2',
    );
    const { before: _before, after: _after, ...rest } = signal;
    const moved = [{ kind: 'send_mail', before: 0, after: 0 }];
    const news = { ...rest, signal: 'new-tool', exchanges: [], moved };
    expect(eventLine({ kind: 'signal.changed', at: AT, exchange: 'sig', signal: news })).toContain(
      'model model-a: new-tool send_mail (strength 1.21)',
    );
  });
});

describe('topFrame()', () => {
  const series: ShownSeries = {
    scope: 'gateway',
    name: '',
    exchanges: 200,
    perMinute: 40,
    calls: 3,
    stoppedCalls: 1,
    asked: 0,
    rates: { error: 2, refusal: 0, block: 1, redaction: 20, rejection: 0, repetition: 0 },
    latency: { p50: 400.2, p95: 900, p99: 1_000 },
    finish: [],
    languages: [],
    tools: [],
    personal: [],
  };
  const monitor = { series: 7, bytes: 1_048_576, dropped: 0, failed: 0, watchers: 0 };
  const session = {
    session: 'ses_1',
    tenant: 'default',
    principal: 'user/ann',
    stopped: 2,
    findings: { injection: 3 },
    at: AT,
    exchange: 'ex-1',
  };

  it('shows rates, latencies, findings and sessions at risk', () => {
    const all = { series: [series], sessions: [session], monitor };
    const busiest = [{ ...series, scope: 'model', name: 'a\u001b[2J' } as const];
    const frame = topFrame({ at: AT, all, scope: 'model', busiest });
    expect(frame).toContain(`${AT}  7 series, 1.0 MiB\n`);
    expect(frame).toMatch(/^\(all\) +40\.0 +400 +900 +- +- +1\.0% +0\.0% +0\.5% +10\.0% +3 +1$/m);
    expect(frame).toMatch(/^ses_1 +2 +user\/ann +injection=3 +2026/m);
    expect(frame).not.toContain('\u001b');
  });

  it('says what it could not show, and that nothing came', () => {
    const all = { series: [], sessions: [], monitor: { ...monitor, dropped: 4, failed: 1 } };
    expect(topFrame({ at: AT, all, scope: 'model', busiest: [] })).toBe(
      `${AT}  7 series, 1.0 MiB; 4 records left out, 1 failed\n\nnothing came within five minutes\n`,
    );
  });
});
