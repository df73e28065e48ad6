import type { AccessContext, AccessQuestion, Decision, Principal, Resource } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { AccessMemo } from './access-memo.ts';

const principal: Principal = { kind: 'service', id: 'app', tenant: 'default', groups: [] };
const resource: Resource = { kind: 'model', id: 'm', provider: 'p', groups: [] };
const context: AccessContext = { route: 'r', protocol: 'openai-chat' };
const question: AccessQuestion = { principal, action: 'use-model', resource, context };

/** Says of each question how often anything was decided until then. */
function counted(): (asked: AccessQuestion) => number {
  const memo = new AccessMemo();
  let times = 0;
  const decide = (): Decision => {
    times += 1;
    const none = { flags: [], redact: [], policies: [], monitored: [], errors: [] };
    return { verdict: 'allow', policySet: '', ...none };
  };
  return (asked) => {
    memo.of(asked, decide);
    return times;
  };
}

describe('AccessMemo', () => {
  it('decides a question once', () => {
    const memo = new AccessMemo();
    const decision = {} as Decision;
    expect(memo.of(question, () => decision)).toBe(decision);
    expect(memo.of({ ...question, context: { ...context } }, () => ({}) as Decision)).toBe(decision);
  });

  it('tells questions apart by all that policies may read of them', () => {
    const others: readonly Partial<AccessQuestion>[] = [
      { principal: { ...principal } },
      { resource: { ...resource } },
      { action: 'see-policies' },
      { context: { ...context, route: 's' } },
      { context: { ...context, protocol: 'gemini' } },
      { context: { ...context, grant: 'g' } },
      { context: { ...context, reader: false } },
      { context: { ...context, reader: true } },
      { context: { ...context, sink: 'text' } },
      { context: { ...context, sink: 'url' } },
      { context: { ...context, later: 'a fact that is added' } as AccessContext },
    ];
    const ask = counted();
    const asked = [question, ...others.map((other) => ({ ...question, ...other }))];
    expect(asked.map(ask)).toEqual(asked.map((_, at) => at + 1));
    expect(asked.map(ask)).toEqual(asked.map(() => asked.length));
  });

  it('decides anew about what is asked once: approvals, and what is revealed', () => {
    const approval = { requester: 'agent/a', tenant: 'default', via: 'admin-api' } as const;
    const reveal = {
      what: 'value',
      type: 'email',
      owner: 'user/a',
      tenant: 'default',
      subject: 'user',
      via: 'admin-api',
    } as const;
    const ask = counted();
    for (const more of [{ approval }, { reveal }]) {
      const one = { ...question, context: { ...context, ...more } };
      const before = ask(one);
      expect(ask(one)).toBe(before + 1);
    }
  });

  it('forgets what it knows of a principal about a resource when that becomes too much', () => {
    const ask = counted();
    for (let n = 0; n < 64; n += 1) ask({ ...question, context: { ...context, grant: `${n}` } });
    const first = { ...question, context: { ...context, grant: '0' } };
    expect(ask(first)).toBe(64);
    expect(ask({ ...question, context: { ...context, grant: '64' } })).toBe(65);
    expect(ask(first)).toBe(66);
  });
});
