import type { AuditRecord } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { ANN, asked, closed, decided, found, opened, reached, START_MS } from '../testing/traffic.ts';
import { readRecord } from './read-record.ts';
import { LEVEL_SIGNALS, RATE_SIGNALS } from './signal.ts';

const levels = (record: AuditRecord) =>
  Object.fromEntries(LEVEL_SIGNALS.map((signal, at) => [signal, readRecord(record)?.end?.levels[at]]));
const hits = (record: AuditRecord) => RATE_SIGNALS.filter((_, at) => readRecord(record)?.end?.hits[at] === true);
const seriesOf = (record: AuditRecord) => readRecord(record)?.series.map(({ scope, name }) => `${scope} ${name}`);

describe('readRecord()', () => {
  it('measures an exchange that ended, by its own time', () => {
    const usage = { reserved: { inputTokens: 0, outputTokens: 0 }, settled: { inputTokens: 0, outputTokens: 0 } };
    const record = closed(START_MS, { usage, cost: { reserved: 9, settled: 7, currency: 'EUR' } });
    expect(levels(record)).toEqual({
      latency: 1_010,
      'first-token': 200,
      'tokens-per-second': 100,
      cost: 7,
      output: 400,
    });
    expect(readRecord(record)).toMatchObject({ atMs: START_MS, end: { count: 1, finish: 'stop' } });
  });

  it('says in which language an answer is, and takes one that repeats less than half of itself for none that does', () => {
    const record = closed(START_MS, { style: { language: 'en', repetition: 0.49 } });
    expect(readRecord(record)?.end?.language).toBe('en');
    expect(hits(record)).toEqual([]);
    expect(readRecord(closed(START_MS))?.end).not.toHaveProperty('language');
  });

  it('measures no time of what was never sent', () => {
    const {
      latency,
      'first-token': firstToken,
      output,
    } = levels(closed(START_MS, { releasedChars: 0, ms: { total: 3, held: 0 }, answer: {} }));
    expect([latency, firstToken, output]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it.each([
    ['error', { outcome: 'upstream-failed' }],
    ['error', { upstreamStatus: 500 }],
    ['error', { answer: { error: true } }],
    ['refusal', { answer: { finishReasons: ['refusal'] } }],
    ['refusal', { decisions: [found('provider', 'provider-refusal')] }],
    ['block', { effect: 'block', outcome: 'refused' }],
    ['redaction', { redacted: { email: 1 } }],
    ['rejection', { effect: 'block', outcome: 'rejected' }],
    ['repetition', { style: { repetition: 0.5 } }],
  ] as const)('says %s of %j', (signal, more) => {
    expect(hits(closed(START_MS))).toEqual([]);
    expect(hits(closed(START_MS, more))).toEqual([signal]);
  });

  it('names what an exchange has in common with others: model, provider that served, route, principal', () => {
    const record = closed(START_MS, { upstream: { provider: 'second', tries: 2 } });
    expect(seriesOf(record)).toEqual([
      'gateway ',
      'model model-a',
      'provider second',
      'route default',
      'principal default/user/ann',
    ]);
  });

  it('gives an agent a series of its own, and one for each whom it acts for; names are never one for two', () => {
    const agent = { kind: 'agent', id: 'a/b', tenant: 'default', groups: [] } as const;
    expect(seriesOf(closed(START_MS, { principal: agent }))).toContain('agent default/agent/a%2Fb');
    expect(seriesOf(closed(START_MS, { principal: agent }))).toHaveLength(5);
    const principal = { ...agent, onBehalfOf: ANN };
    expect(seriesOf(closed(START_MS, { principal }))?.slice(-2)).toEqual([
      'agent default/agent/a%2Fb',
      'principal default/agent/a%2Fb/for/default/ann',
    ]);
  });

  it('reads calls with their session, and gives tools the time of exchanges in MCP', () => {
    expect(readRecord(decided(START_MS, 'read_file', { effect: 'block' }))).toMatchObject({
      call: { tool: 'read_file', effect: 'block', session: 'ses_0' },
    });
    const resource = { kind: 'tool', id: 'read_file', groups: [] } as const;
    expect(seriesOf(closed(START_MS, { resource }))).toContain('tool read_file');
  });

  it('reads types of personal data by direction, places that were reached, and what humans were asked', () => {
    const decisions = [found('personal-data', 'email'), reached('crm')];
    expect(readRecord(opened(START_MS, { decisions }))).toMatchObject({
      personal: ['email/input'],
      destinations: ['crm'],
    });
    expect(readRecord(closed(START_MS, { decisions }))?.personal).toEqual(['email/output']);
    expect(readRecord(asked(START_MS))).toMatchObject({ asked: true });
    expect(seriesOf(asked(START_MS))).toContain('tool wire_money');
  });

  it('lets one record of a flood count for all', () => {
    const {
      principal: _nobody,
      request: _unread,
      ...flood
    } = closed(START_MS, { outcome: 'rejected', suppressed: 99 });
    expect(readRecord(flood)).toMatchObject({ series: [{ scope: 'gateway' }, {}], end: { count: 100 } });
  });

  it('says nothing of drills, of what operators do, and of requests that hold nothing', () => {
    expect(readRecord(closed(START_MS, { drill: 'drl_1' }))).toBeUndefined();
    expect(readRecord(opened(START_MS))).toBeUndefined();
    expect(readRecord({ ...asked(START_MS), step: 'granted' })).toBeUndefined();
    const at = new Date(START_MS).toISOString();
    expect(readRecord({ v: 1, kind: 'interrupted', exchange: 'e', at })).toBeUndefined();
  });
});
