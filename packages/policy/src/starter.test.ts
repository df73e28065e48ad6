import { type AccessQuestion, effectOf, type GuardQuestion } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import type { CedarPolicyEngine } from './engine.ts';
import { loadPolicyFolder } from './policy-folder.ts';
import { probe, probeQuestion } from './probe.ts';
import { starterFolder } from './starter.ts';

const result = loadPolicyFolder(starterFolder('baseline'));

function engine(): CedarPolicyEngine {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.engine;
}

function effectAt(
  point: GuardQuestion['point'],
  category: GuardQuestion['context']['findings'][number]['category'],
  { score, type = 'any' }: { readonly score: number; readonly type?: string },
) {
  const question = probeQuestion(point, category);
  const findings = [{ category, type, score, detector: 'any' }];
  return effectOf(engine().guard({ ...question, context: { ...question.context, findings } }));
}

const model: AccessQuestion = {
  principal: { kind: 'service', id: 'app', tenant: 'default', groups: [] },
  action: 'use-model',
  resource: { kind: 'model', id: 'any', provider: 'demo', groups: [] },
  context: { route: 'default', protocol: 'openai-chat' },
};
const tool: AccessQuestion = { ...model, action: 'call-tool', resource: { kind: 'tool', id: 'any', groups: [] } };

describe('the starter policies', () => {
  it('load without a warning and are all compiled', () => {
    expect(result.ok ? result.warnings : result.problems).toEqual([]);
    expect(engine().coverage().cedar).toEqual([]);
  });

  it('leave no probe without consequence', () => {
    const { unprotected, monitoredOnly } = probe(engine());
    expect([...unprotected, ...monitoredOnly]).toEqual([]);
  });

  it('let everybody with a key use models and tools', () => {
    expect(engine().access(model).verdict).toBe('allow');
    expect(engine().access({ ...model, action: 'list-models' }).verdict).toBe('allow');
    expect(engine().access(tool).verdict).toBe('allow');
  });

  it('restore into text, and into neither URLs nor tool arguments', () => {
    const restore = (sink: 'text' | 'url' | 'tool-argument') =>
      engine().access({ ...model, action: 'restore', context: { ...model.context, sink } }).verdict;
    expect([restore('text'), restore('url'), restore('tool-argument')]).toEqual(['allow', 'block', 'block']);
  });

  it('do nothing about content in which nothing was found', () => {
    const { context, ...question } = probeQuestion('input', 'custom');
    const decision = engine().guard({ ...question, context: { ...context, findings: [] } });
    expect([effectOf(decision), decision.policies]).toEqual(['allow', []]);
  });

  it.each([
    ['input', 'secrets', 0.9, 'redact'],
    ['tool-result', 'secrets', 0.9, 'redact'],
    ['output', 'secrets', 0.9, 'redact'],
    ['tool-call', 'secrets', 0.9, 'ask'],
    ['input', 'secrets', 0.4, 'allow'],
    ['input', 'personal-data', 0.9, 'redact'],
    ['output', 'personal-data', 0.9, 'redact'],
    ['tool-call', 'personal-data', 0.9, 'flag'],
    ['input', 'injection', 0.6, 'flag'],
    ['input', 'injection', 0.95, 'block'],
    ['tool-definition', 'injection', 0.95, 'block'],
    ['tool-result', 'injection', 0.7, 'flag'],
    ['tool-result', 'injection', 0.95, 'redact'],
    ['input', 'exfiltration', 1, 'flag'],
    ['output', 'exfiltration', 0.9, 'block'],
    ['tool-call', 'exfiltration', 0.9, 'block'],
    ['output', 'context-leak', 0.6, 'flag'],
    ['output', 'context-leak', 1, 'block'],
    ['input', 'hidden-text', 0.6, 'flag'],
    ['input', 'hidden-text', 1, 'block'],
    ['tool-result', 'hidden-text', 1, 'redact'],
    ['output', 'unsafe-output', 0.4, 'allow'],
    ['output', 'unsafe-output', 0.75, 'flag'],
    ['tool-call', 'unsafe-output', 0.6, 'flag'],
    ['tool-call', 'unsafe-output', 0.75, 'ask'],
    ['tool-call', 'tool-misuse', 0.6, 'flag'],
    ['tool-call', 'tool-misuse', 0.9, 'ask'],
    ['tool-call', 'tool-misuse', 0.4, 'allow'],
    ['tool-definition', 'tool-integrity', 0.5, 'flag'],
    ['tool-definition', 'tool-integrity', 0.7, 'flag'],
    ['tool-definition', 'tool-integrity', 0.9, 'block'],
    ['tool-result', 'tool-integrity', 0.9, 'flag'],
    ['tool-result', 'tool-integrity', 0.4, 'allow'],
    ['input', 'content', 0.4, 'allow'],
    ['input', 'content', 0.6, 'flag'],
    ['output', 'content', 1, 'flag'],
    ['input', 'multi-turn', 0.4, 'allow'],
    ['input', 'multi-turn', 0.6, 'flag'],
    ['input', 'multi-turn', 1, 'flag'],
    ['input', 'intent', 0.4, 'allow'],
    ['input', 'intent', 0.95, 'flag'],
    ['output', 'intent', 0.6, 'flag'],
    ['tool-call', 'intent', 0.6, 'flag'],
    ['tool-call', 'intent', 0.8, 'ask'],
    ['input', 'custom', 0.1, 'flag'],
  ] as const)('at %s, %s of %s: %s', (...[point, category, score, expected]) => {
    expect(effectAt(point, category, { score })).toBe(expected);
  });

  it('cut what of a result is beyond all measure, and leave one that changed as it is', () => {
    expect(effectAt('tool-result', 'tool-integrity', { score: 1, type: 'oversized' })).toBe('redact');
    expect(effectAt('tool-result', 'tool-integrity', { score: 0.9, type: 'result-changed' })).toBe('flag');
  });

  it('would stop a tool that changed, and say nothing against one that speaks of another', () => {
    const monitored = (score: number) => {
      const question = probeQuestion('tool-definition', 'tool-integrity');
      const findings = [{ category: 'tool-integrity', type: 'any', score, detector: 'any' }] as const;
      return engine().guard({ ...question, context: { ...question.context, findings } }).monitored;
    };
    expect([monitored(0.7), monitored(0.6), monitored(0.5)]).toEqual([
      ['tool-changed-block'],
      ['tool-changed-block'],
      [],
    ]);
  });

  it('flag what was not looked at', () => {
    const { context, ...question } = probeQuestion('input', 'custom');
    const clean = { ...context, findings: [] };
    expect(engine().guard({ ...question, context: { ...clean, unseen: ['image'] } }).flags).toEqual(['unseen-flag']);
    expect(engine().guard({ ...question, context: { ...clean, unchecked: ['secrets'] } }).flags).toEqual([
      'unchecked-flag',
    ]);
  });

  it('have something to say to everybody whom they refuse', () => {
    const refusing = engine().policies.filter(({ effect }) => effect === 'block' || effect === 'ask');
    expect(refusing.filter(({ message }) => message === undefined)).toEqual([]);
  });
});
