import { type Decision, type Effect, effectOf, type PolicyEngine } from '@sallyport/core';
import type { PolicyCase } from './policy-cases.ts';

/** What of a case did not come as it was expected. */
export interface CaseMiss {
  readonly part: 'effect' | 'policies' | 'monitored' | 'redacted' | 'errors';
  readonly expected: string;
  readonly actual: string;
}

export interface CaseResult {
  readonly case: PolicyCase;
  readonly effect: Effect;
  /** None: it came as expected. */
  readonly misses: readonly CaseMiss[];
}

/** Puts every case to the policies. A policy whose evaluation fails is a miss whatever was expected. */
export function runPolicyCases(engine: PolicyEngine, cases: readonly PolicyCase[]): readonly CaseResult[] {
  return cases.map((one) => {
    const decision = 'point' in one.question ? engine.guard(one.question) : engine.access(one.question);
    return { case: one, effect: effectOf(decision), misses: [...unnamed(one, engine), ...missesOf(one, decision)] };
  });
}

/** A case about a tool that no policy names would be met by anything that expects nothing. */
function unnamed({ question }: PolicyCase, { typedActions }: PolicyEngine): readonly CaseMiss[] {
  const action = 'point' in question ? question.typed?.action : undefined;
  if (action === undefined || typedActions?.has(action) === true) return [];
  return [{ part: 'policies', expected: `one that names ${action}`, actual: NONE }];
}

function missesOf({ expect }: PolicyCase, decision: Decision): readonly CaseMiss[] {
  const misses: CaseMiss[] = [];
  const compare = (part: CaseMiss['part'], expected: string, actual: string): void => {
    if (expected !== actual) misses.push({ part, expected, actual });
  };
  compare('effect', expect.effect, effectOf(decision));
  if (expect.policies !== undefined) compare('policies', named(expect.policies), named(decision.policies));
  if (expect.monitored !== undefined) compare('monitored', named(expect.monitored), named(decision.monitored));
  if (expect.redacted !== undefined) compare('redacted', named(expect.redacted), named(decision.redact));
  compare('errors', NONE, named(decision.errors));
  return misses;
}

const NONE = 'none';

function named(list: readonly (string | number)[]): string {
  return list.length === 0 ? NONE : [...list].map(String).sort().join(', ');
}
