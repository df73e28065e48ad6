import { describe, expect, it } from 'vitest';
import type { AccessQuestion, Decision, GuardQuestion, PolicyEngine, Scope } from './decision.ts';
import { scopedEngine, scopedEngines } from './scoped-engine.ts';

const decided = (over: Partial<Decision> = {}): Decision => ({
  verdict: 'allow',
  flags: [],
  redact: [],
  policies: ['permit-all'],
  monitored: ['watching'],
  policySet: 'set',
  errors: [],
  ...over,
});

const engine = (over: Partial<Decision> = {}): PolicyEngine => ({
  policySet: 'set',
  access: () => decided(over),
  guard: () => decided(over),
  message: (decision) => (decision.policies.includes('told') ? 'because' : undefined),
});

const model = { kind: 'model', id: 'gpt-4o', groups: [] } as const;
const tool = { kind: 'tool', id: 'read_file', groups: [] } as const;

function access(scope: Scope | undefined, over: Partial<AccessQuestion> = {}): Decision {
  return scopedEngine(engine()).access({
    principal: { kind: 'service', id: 'app', tenant: 't', groups: [], ...(scope && { scope }) },
    action: 'use-model',
    resource: model,
    context: { route: 'main', protocol: 'openai-chat' },
    ...over,
  });
}

function guard(scope: Scope, point: GuardQuestion['point'], empty = false): Decision {
  return scopedEngine(engine()).guard({
    principal: { kind: 'service', id: 'app', tenant: 't', groups: [], scope },
    point,
    resource: model,
    context: {
      request: {
        protocol: 'openai-chat',
        route: 'main',
        model: 'gpt-4o',
        stream: false,
        tools: [],
        messages: 1,
        bodyBytes: 10,
      },
      findings: [],
      unseen: [],
      unchecked: [],
      ...(empty && { empty: true }),
    },
  });
}

describe('scopedEngine()', () => {
  it('keeps which tools policies name', () => {
    const typedActions = new Set(['mcp/bank/send_money']);
    expect(scopedEngine({ ...engine(), typedActions }).typedActions).toBe(typedActions);
    expect(scopedEngine(engine())).not.toHaveProperty('typedActions');
  });

  it('says what the policies say where nothing is narrowed, or all of it lies within', () => {
    expect(access(undefined)).toEqual(decided());
    expect(access({})).toEqual(decided());
    expect(access({ routes: ['ma*'], models: ['gpt-*'], tools: [], checkpoints: [] })).toEqual(decided());
  });

  it.each<[string, Scope, Partial<AccessQuestion>, readonly string[]]>([
    ['another route', { routes: ['other'] }, {}, ['scope:routes']],
    ['another model', { models: ['claude-*'] }, {}, ['scope:models']],
    ['both', { routes: [], models: [] }, {}, ['scope:routes', 'scope:models']],
    ['a model that is only listed', { models: ['claude-*'] }, { action: 'list-models' }, ['scope:models']],
    ['a tool that is called', { tools: ['search'] }, { action: 'call-tool', resource: tool }, ['scope:tools']],
    ['a value put back into one', { tools: ['search'] }, { action: 'restore', resource: tool }, ['scope:tools']],
    [
      'a tool that is offered beside others',
      { tools: ['search'] },
      { context: { route: 'main', protocol: 'p', offers: ['search', 'shell'] } },
      ['scope:tools'],
    ],
    ['any call', { checkpoints: ['input'] }, { action: 'call-tool', resource: tool }, ['scope:checkpoints']],
    ['what nobody can read', { tools: ['*'] }, { action: 'pass-uninspected' }, ['scope:tools']],
    ['content that nobody can read', { checkpoints: ['input'] }, { action: 'pass-uninspected' }, ['scope:checkpoints']],
  ])('denies %s', (...[, scope, over, policies]) => {
    expect(access(scope, over)).toEqual(decided({ verdict: 'block', policies }));
  });

  it('blocks content at another checkpoint, and lets pass what holds none', () => {
    expect(guard({ checkpoints: ['input'] }, 'tool-result')).toEqual(
      decided({ verdict: 'block', policies: ['scope:checkpoints'] }),
    );
    expect(guard({ checkpoints: ['input'] }, 'tool-result', true)).toEqual(decided());
    expect(guard({ checkpoints: ['input'] }, 'input')).toEqual(decided());
    expect(guard({ tools: [] }, 'tool-result')).toEqual(decided());
  });

  it('keeps what the policies had to say against it, in its decision and to people', () => {
    const scoped = scopedEngine(engine({ verdict: 'block', policies: ['told'] }));
    const decision = scoped.access({
      principal: { kind: 'service', id: 'app', tenant: 't', groups: [], scope: { routes: [] } },
      action: 'use-model',
      resource: model,
      context: { route: 'main', protocol: 'p' },
    });
    expect(decision.policies).toEqual(['told', 'scope:routes']);
    expect(scoped.message(decision)).toBe('because');
    expect(scoped.message(access({ routes: [] }))).toMatch(/does not reach/);
    expect(scoped.message(decided())).toBeUndefined();
  });
});

describe('scopedEngines()', () => {
  it('gives the same form of the same engine, and that of the next when it comes into force', () => {
    const first = engine();
    let current = first;
    const scoped = scopedEngines(() => current);
    expect(scoped()).toBe(scoped());
    const before = scoped();
    current = { ...first, policySet: 'next' };
    expect(scoped().policySet).toBe('next');
    expect(scoped()).not.toBe(before);
  });
});
