import type { AccessQuestion, Destination, PolicyEngine } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { emptyDirectory } from './testing/access.ts';
import { ExchangeRig, PRINCIPAL, starterEngine } from './testing/exchange-rig.ts';
import { listVisibleModels } from './visible-models.ts';

const starter = starterEngine();

function engineThat(permits: (question: AccessQuestion) => boolean): PolicyEngine {
  return {
    policySet: starter.policySet,
    guard: (question) => starter.guard(question),
    message: (decision) => starter.message(decision),
    access: (question) => ({ ...starter.access(question), verdict: permits(question) ? 'allow' : 'block' }),
  };
}

const destination: Destination = {
  ...(new ExchangeRig().house.routeNamed('all') as Destination),
  upstreams: {
    speaking: () => ['a', 'b'],
    send: () => Promise.reject(new Error('nobody is asked')),
    pinned: () => undefined,
  },
};

const visible = (permits: (question: AccessQuestion) => boolean) =>
  listVisibleModels(PRINCIPAL, 'openai-chat', {
    named: ['m'],
    providers: [],
    destination: () => destination,
    engine: engineThat(permits),
    directory: emptyDirectory(),
  });

describe('listVisibleModels()', () => {
  it('shows a model that policy permits at any provider of its route, and hides one that it permits at none', async () => {
    expect(await visible(({ resource }) => resource.provider === 'b')).toEqual(['m']);
    expect(await visible(() => false)).toEqual([]);
  });
});
