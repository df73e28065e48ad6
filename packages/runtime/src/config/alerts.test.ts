import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-alerts-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const env = { HOOK: SECRET, SHORT: 'whsec_AAAA', SLACK: 'https://hooks.slack.example/T/B/x', NO_URL: 'nowhere' };

function load(alerts: string) {
  writeFileSync(join(cwd, 'sallyport.yaml'), `alerts: ${alerts}\n`);
  return loadConfig({ path: undefined, env, options: {}, cwd });
}
function problems(alerts: string): readonly string[] {
  const loaded = load(alerts);
  return 'problems' in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}
function resolved(alerts: string) {
  const loaded = load(alerts);
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config.alerts;
}

describe('loadConfig() with `alerts`', () => {
  it('has no rules and no sinks by default', () => {
    expect(resolved('{}')).toEqual({ rules: [], sinks: [], maxPerHour: 60 });
  });

  it('gives each condition its defaults, and what it is told apart by', () => {
    const { rules } = resolved(
      '{ rules: { a: { finding: {} }, b: { count: { of: block, atLeast: 3 } }, c: { moved: {} }, d: { new: { of: [tool] }, by: [tool] } } }',
    );
    const usual = { severity: 'medium', dedupeMs: 900_000 };
    expect(rules).toEqual([
      {
        name: 'a',
        ...usual,
        when: { kind: 'finding', categories: [], points: [], effects: [] },
        by: ['category', 'principal'],
      },
      { name: 'b', ...usual, when: { kind: 'count', of: 'block', atLeast: 3, withinMs: 600_000 }, by: [] },
      { name: 'c', ...usual, when: { kind: 'moved', signals: [], minStrength: 1 }, by: ['signal', 'name'] },
      { name: 'd', ...usual, when: { kind: 'new', of: ['tool'] }, by: ['tool'] },
    ]);
  });

  it('reads the secrets of sinks, and shows none of them', () => {
    const alerts = resolved(
      '{ sinks: { ops: { kind: webhook, url: "https://ops.example/x", secret: { env: HOOK } }, chat: { kind: slack, url: { env: SLACK }, minSeverity: high } } }',
    );
    expect(alerts.sinks).toMatchObject([
      { kind: 'webhook', name: 'ops', url: 'https://ops.example/x', minSeverity: 'low' },
      { kind: 'slack', name: 'chat', minSeverity: 'high' },
    ]);
    expect(JSON.stringify(alerts)).not.toMatch(/whsec_|hooks\.slack/);
  });

  const respond = (more: string) => `{ rules: { r: { finding: {}, by: [principal], respond: { ${more} } } } }`;
  it.each([
    ['a rule without a condition', '{ rules: { r: {} } }', 'exactly one of'],
    ['a rule with two', '{ rules: { r: { finding: {}, moved: {} } } }', 'exactly one of'],
    ['a response without an end', respond('action: isolate, target: principal'), 'respond.forMs'],
    [
      'a response longer than 30 days',
      respond('action: isolate, target: principal, forMs: 2592000001'),
      'respond.forMs',
    ],
    ['a response about nobody', respond('action: isolate, target: tool, forMs: 60000'), 'is not among `by`'],
    [
      'a throttle without a rate',
      respond('action: throttle, target: principal, forMs: 60000'),
      'belongs to `throttle`',
    ],
    [
      'a rate without a throttle',
      respond('action: isolate, target: principal, forMs: 60000, perMinute: 1'),
      'belongs to `throttle`',
    ],
    [
      'a secret that is short',
      '{ sinks: { s: { kind: webhook, url: "https://x.example", secret: { env: SHORT } } } }',
      'whsec_',
    ],
    [
      'an address with credentials',
      '{ sinks: { s: { kind: webhook, url: "https://a:b@x.example", secret: { env: HOOK } } } }',
      'credentials',
    ],
    ['a Slack address that is none', '{ sinks: { s: { kind: slack, url: { env: NO_URL } } } }', 'http or https'],
    [
      'a Slack address in the file',
      '{ sinks: { s: { kind: slack, url: "https://x.example" } } }',
      'must not stand in this file',
    ],
  ])('refuses %s', (_what, alerts, why) => {
    expect(problems(alerts).join('\n')).toContain(why);
  });

  it('takes 100 rules and 16 sinks, and no more', () => {
    const rules = (count: number) =>
      `{ rules: { ${Array.from({ length: count }, (_, at) => `r${at}: { moved: {} }`).join(', ')} } }`;
    const sinks = (count: number) =>
      `{ sinks: { ${Array.from({ length: count }, (_, at) => `s${at}: { kind: slack, url: { env: SLACK } }`).join(', ')} } }`;
    expect([problems(rules(100)), problems(sinks(16))]).toEqual([[], []]);
    expect(problems(rules(101)).join()).toContain('more than 100 rules');
    expect(problems(sinks(17)).join()).toContain('more than 16 sinks');
  });
});
