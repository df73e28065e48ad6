import { type BudgetClaim, type BudgetHit, type BudgetUnit, fitsAny, type Principal } from '@sallyport/core';
import type { BudgetLimitConfig } from '../config/index.ts';
import { counterKey } from './counter-key.ts';

/** Names of tools that one limit counts apart; models choose them. Further ones count together. */
export const TOOLS_APART_MAX = 1_000;
/** What counts together, as the value of a key. */
export const OTHERS = 'other';

/** What an exchange, or a call of it, is counted by. */
export interface BudgetSubject {
  readonly principal: Principal;
  readonly route: string;
  readonly model: string;
  /** The model as limits count it apart: one of the configuration's or of the price table's names, or `other`. */
  readonly modelKey: string;
  readonly provider: string;
  readonly tool?: string;
  readonly session?: string;
}

type Test = (name: string) => boolean;

/** One limit, ready to be asked. */
export class BudgetLimit {
  readonly config: BudgetLimitConfig;
  /** Counts one session. */
  readonly ofSession: boolean;
  /** Whether it counts calls rather than exchanges. */
  readonly ofCalls: boolean;
  /** Whether it depends on who serves. */
  readonly ofProvider: boolean;
  private readonly tests: Readonly<Record<Exclude<keyof BudgetLimitConfig['where'], undefined>, Test | undefined>>;
  private readonly tools = new Set<string>();

  constructor(config: BudgetLimitConfig, { ofSession }: { readonly ofSession: boolean }) {
    const { unit, where, by } = config;
    this.config = config;
    this.ofSession = ofSession;
    this.ofCalls = unit === 'tool-calls' || unit === 'repeated-calls';
    this.ofProvider = by.includes('provider') || where.providers !== undefined;
    this.tests = {
      principals: testOf(where.principals),
      tenants: testOf(where.tenants),
      groups: testOf(where.groups),
      models: testOf(where.models),
      providers: testOf(where.providers),
      routes: testOf(where.routes),
      tools: testOf(where.tools),
    };
  }

  get unit(): BudgetUnit {
    return this.config.unit;
  }

  holdsFor({ principal, route, model, provider, tool }: BudgetSubject): boolean {
    const { principals, tenants, groups, models, providers, routes, tools } = this.tests;
    return (
      (principals?.(principal.id) ?? true) &&
      (tenants?.(principal.tenant) ?? true) &&
      (groups === undefined || principal.groups.some(groups)) &&
      (models?.(model) ?? true) &&
      (providers?.(provider) ?? true) &&
      (routes?.(route) ?? true) &&
      (tools === undefined || (tool !== undefined && tools(tool)))
    );
  }

  /** The claims of an amount: one, or one for each group that is counted apart. */
  claims(subject: BudgetSubject, amount: number, repeated?: string): readonly BudgetClaim[] {
    const { name, window, max, mode, by } = this.config;
    const claim = { window, max, hard: mode === 'hard', amount };
    if (this.ofSession) {
      const key = counterKey([name, window, subject.session ?? '', repeated ?? '']);
      return [{ ...claim, key, passing: true }];
    }
    const groups = by.includes('group') ? this.groupsOf(subject.principal) : ONE;
    return groups.map((group) => ({
      ...claim,
      key: counterKey([name, window, ...by.map((key) => (key === 'group' ? group : this.valueOf(key, subject)))]),
    }));
  }

  hit(mode: BudgetHit['mode']): BudgetHit {
    const { name: limit, unit, window } = this.config;
    return { limit, unit, window, mode };
  }

  private groupsOf({ groups }: Principal): readonly string[] {
    const { groups: test } = this.tests;
    return test === undefined ? groups : groups.filter(test);
  }

  private valueOf(key: Exclude<BudgetLimitConfig['by'][number], 'group'>, subject: BudgetSubject): string {
    const { principal, route, modelKey, provider, tool = '' } = subject;
    switch (key) {
      case 'principal':
        return principalKey(principal);
      case 'user':
        return userKey(principal);
      case 'tenant':
        return principal.tenant;
      case 'model':
        return modelKey;
      case 'provider':
        return provider;
      case 'route':
        return route;
      case 'tool':
        return this.toolKey(tool);
    }
  }

  private toolKey(tool: string): string {
    if (this.tools.has(tool)) return tool;
    if (this.tools.size >= TOOLS_APART_MAX) return OTHERS;
    this.tools.add(tool);
    return tool;
  }
}

const ONE: readonly string[] = [''];

/** Who asks, apart from whoever has the same name elsewhere. */
function principalKey({ tenant, kind, id }: Principal): string {
  return counterKey([tenant, kind, id]);
}

/** On whose behalf is asked; the principal itself where there is nobody else. */
function userKey(principal: Principal): string {
  const { onBehalfOf: user } = principal;
  return user === undefined ? principalKey(principal) : counterKey([user.tenant, 'user', user.id]);
}

function testOf(patterns: readonly string[] | undefined): Test | undefined {
  if (patterns === undefined) return undefined;
  const names = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const others = patterns.filter((pattern) => pattern.includes('*'));
  return (name) => names.has(name) || fitsAny(others, name);
}
