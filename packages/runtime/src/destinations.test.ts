import { isFault, type Upstreams } from '@sallyport/core';
import { createFlow } from '@sallyport/flow';
import { describe, expect, it } from 'vitest';
import type { RouteConfig } from './config/index.ts';
import { createDestinations, MODEL_MAX_CHARS } from './destinations.ts';
import { HOLD, inspector } from './testing/exchange-rig.ts';
import { playedTools } from './testing/played-tools.ts';

const SPEAKS: Readonly<Record<string, readonly string[]>> = {
  a: ['openai-chat', 'gemini'],
  b: ['anthropic-messages'],
};

/** Nothing is sent here. */
function upstreamsOf({ providers }: RouteConfig): Upstreams {
  return {
    speaking: (protocol) => providers.filter((id) => SPEAKS[id]?.includes(protocol)),
    send: () => Promise.reject(new RangeError('sent')),
    pinned: () => undefined,
  };
}

function routesOf(...routes: readonly Pick<RouteConfig, 'name' | 'models' | 'protocols' | 'providers'>[]) {
  return createDestinations({
    routes: routes.map((route) => ({
      ...route,
      retry: { tries: 1, backoffMs: 1, maxBackoffMs: 1, budgetPercent: 0, perTryMs: undefined, totalMs: 1 },
      breaker: undefined,
      blockForm: 'refusal',
      continuation: 'closed',
      uninspected: 'refuse',
      dataSource: undefined,
      documents: [],
      hold: HOLD,
      approvalHoldMs: 0,
      detectors: {},
    })),
    detectors: [],
    vetter: playedTools().office,
    judgeFor: () => undefined,
    inspectorFor: () => inspector,
    flowFor: () => createFlow(),
    upstreamsFor: upstreamsOf,
  });
}

const ALL = ['openai-chat', 'anthropic-messages', 'gemini'];

describe('createDestinations()', () => {
  const { destination, routeNamed } = routesOf(
    { name: 'mini', models: ['*-mini'], protocols: ALL, providers: ['a'] },
    { name: 'claude', models: ['*'], protocols: ['anthropic-messages'], providers: ['b'] },
    { name: 'rest', models: ['*'], protocols: ['openai-chat'], providers: ['a'] },
  );
  const found = (model: string, protocol: string) => {
    const answer = destination({ model, protocol });
    return isFault(answer) ? answer.fault : answer.route;
  };

  it.each([
    ['x-mini', 'openai-chat', 'mini'],
    ['x-mini', 'gemini', 'mini'],
    ['x', 'openai-chat', 'rest'],
    ['x', 'anthropic-messages', 'claude'],
  ])('leads `%s` in `%s` to the first route that takes both: `%s`', (model, protocol, route) => {
    expect(found(model, protocol)).toBe(route);
  });

  it('leads what no model answers where any model would go, else to the first route whose provider speaks its protocol', () => {
    expect(destination({ model: undefined, protocol: 'openai-chat' })).toMatchObject({ route: 'rest' });
    expect(destination({ model: undefined, protocol: 'anthropic-messages' })).toMatchObject({ route: 'claude' });
    expect(destination({ model: undefined, protocol: 'gemini' })).toMatchObject({ route: 'mini' });
    expect(destination({ model: undefined, protocol: 'ollama' })).toEqual({ fault: 'PROTOCOL_MISMATCH' });
    expect(found('', 'gemini')).toBe('PROTOCOL_MISMATCH');
  });

  it('refuses a protocol that no route takes for the model', () => {
    expect(found('x', 'gemini')).toBe('PROTOCOL_MISMATCH');
  });

  it('never goes past a route that takes the model in a protocol that its provider does not speak', () => {
    expect(found('x-mini', 'anthropic-messages')).toBe('PROTOCOL_MISMATCH');
  });

  it('knows no model that no route takes, nor one with a longer name than `MODEL_MAX_CHARS`', () => {
    const { destination: only } = routesOf({ name: 'only', models: ['m', 'n*'], protocols: ALL, providers: ['a'] });
    expect(only({ model: 'x', protocol: 'openai-chat' })).toEqual({ fault: 'UNKNOWN_MODEL' });
    expect(only({ model: 'x', protocol: 'none' })).toEqual({ fault: 'UNKNOWN_MODEL' });
    const longest = 'n'.repeat(MODEL_MAX_CHARS);
    expect(only({ model: longest, protocol: 'openai-chat' })).toMatchObject({ route: 'only' });
    expect(only({ model: `${longest}n`, protocol: 'openai-chat' })).toEqual({ fault: 'UNKNOWN_MODEL' });
  });

  it('finds a route by its name, whatever its models', () => {
    expect(routeNamed('claude')?.route).toBe('claude');
    expect(routeNamed('constructor')).toBeUndefined();
  });
});
