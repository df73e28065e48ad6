import { describe, expect, it } from 'vitest';
import { containedEngine, containedEngines, deniedAs } from './contained-engine.ts';
import type { ContainmentAction, ContainmentQuery, Containments } from './containment.ts';
import type { Decision, GuardQuestion, PolicyEngine } from './decision.ts';

const decided = (over: Partial<Decision> = {}): Decision => ({
  verdict: 'allow',
  flags: [],
  redact: [],
  policies: ['permit-all'],
  monitored: [],
  policySet: 'set',
  errors: [],
  ...over,
});
const engine = (over: Partial<Decision> = {}): PolicyEngine => ({
  policySet: 'set',
  access: () => decided(over),
  guard: () => decided(over),
  message: () => undefined,
});

function containments(held: Partial<Record<ContainmentAction, string>>): Containments & { asked: ContainmentQuery[] } {
  const asked: ContainmentQuery[] = [];
  return {
    asked,
    version: 1,
    holding: (action, query) => {
      asked.push(query);
      return held[action];
    },
    throttled: () => undefined,
  };
}

const principal = { kind: 'service', id: 'app', tenant: 't', groups: [] } as const;
const access = {
  principal,
  action: 'use-model',
  resource: { kind: 'model', id: 'm', groups: [] },
  context: { route: 'main', protocol: 'openai-chat' },
} as const;
const guard = (point: GuardQuestion['point']): GuardQuestion => ({
  principal,
  point,
  resource: { kind: 'tool', id: 'mail', groups: [] },
  context: {
    request: { protocol: 'p', route: 'r', model: 'm', stream: false, tools: [], messages: 1, bodyBytes: 1 },
    findings: [],
    unseen: [],
    unchecked: [],
  },
});

describe('containedEngine()', () => {
  it('says what the policies say where nothing is held back', () => {
    const free = containedEngine(engine({ verdict: 'ask' }), containments({}));
    expect(free.access(access)).toEqual(decided({ verdict: 'ask' }));
    expect(free.guard(guard('tool-call'))).toEqual(decided({ verdict: 'ask' }));
  });

  it('denies at both sets what is isolated, names it, and says why', () => {
    const held = containedEngine(engine(), containments({ isolate: 'iso_1' }));
    const denied = held.access(access);
    expect(denied).toEqual(decided({ verdict: 'block', policies: ['isolation:iso_1'] }));
    expect(held.guard(guard('output'))).toEqual(denied);
    expect(held.message(denied)).toContain('isolated');
    expect([deniedAs(denied), deniedAs(decided({ verdict: 'block' }))]).toEqual(['ISOLATED', 'ACCESS_DENIED']);
  });

  it('keeps what policies said against it', () => {
    const held = containedEngine(engine({ verdict: 'block', policies: ['no'] }), containments({ isolate: 'iso_1' }));
    expect(held.access(access).policies).toEqual(['no', 'isolation:iso_1']);
  });

  it('leaves tool calls to a human where they are stepped up, and nothing else', () => {
    const book = containments({ 'step-up': 'iso_2' });
    const held = containedEngine(engine(), book);
    expect(held.access(access).verdict).toBe('allow');
    expect(held.guard(guard('input')).verdict).toBe('allow');
    const asked = held.guard(guard('tool-call'));
    expect(asked).toMatchObject({ verdict: 'ask', policies: ['step-up:iso_2'] });
    expect(held.message(asked)).toContain('approval');
    expect(book.asked.at(-1)).toMatchObject({ principal, resource: { id: 'mail' }, model: 'm' });
    const stopped = containedEngine(engine({ verdict: 'block', policies: ['no'] }), book).guard(guard('tool-call'));
    expect(stopped).toEqual(decided({ verdict: 'block', policies: ['no'] }));
  });
});

describe('containedEngines()', () => {
  it('makes the contained form of an engine once', () => {
    let current = engine();
    const engines = containedEngines(() => current, containments({}));
    const first = engines();
    expect(engines()).toBe(first);
    current = engine();
    expect(engines()).not.toBe(first);
  });
});
