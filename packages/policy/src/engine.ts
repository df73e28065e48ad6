import {
  ACCESS_ACTIONS,
  type AccessQuestion,
  CHECKPOINTS,
  type Checkpoint,
  type Decision,
  type GuardQuestion,
  type PolicyEngine,
  type PolicyId,
  VERDICTS,
  type Verdict,
} from '@sallyport/core';
import { AccessMemo } from './access-memo.ts';
import type { RecordType } from './argument-type.ts';
import { argumentValue } from './argument-value.ts';
import { type CedarAnswer, cedarEvaluator } from './cedar.ts';
import { appliesTo, compilePolicy, type Holds } from './compile.ts';
import { type FactsRead, factsRead } from './facts-read.ts';
import { namesTool } from './named-tools.ts';
import type { Scene } from './operators.ts';
import type { LoadedPolicy, PolicyInfo } from './policy-info.ts';
import { isTargeted } from './redact-target.ts';
import { accessScene, guardScene } from './scene.ts';
import { ScopeIndex } from './scope-index.ts';
import { FAILED } from './value.ts';

/** Which policies the compiler took, and which Cedar evaluates itself, slower, and why. */
export interface Coverage {
  readonly compiled: readonly PolicyId[];
  readonly cedar: readonly { readonly id: PolicyId; readonly reason: string }[];
}

/** All that can matter for one action. */
interface ActionPlan {
  readonly compiled: readonly { readonly info: PolicyInfo; readonly holds: Holds }[];
  /** Over `compiled`, by place. */
  readonly scopes: ScopeIndex;
  readonly cedar: readonly {
    readonly infos: readonly PolicyInfo[];
    readonly evaluate: (scene: Scene) => CedarAnswer;
  }[];
}

/** Policies that held and that failed for one question. */
interface Evaluation {
  readonly held: readonly PolicyInfo[];
  readonly failed: readonly PolicyInfo[];
}

const EMPTY_PLAN: ActionPlan = { compiled: [], scopes: new ScopeIndex([]), cedar: [] };
const NONE: readonly never[] = Object.freeze([]);
const NO_SPOTLIGHT = Object.freeze({});
const NOTHING_KEPT = Object.freeze({});

interface EngineParts {
  readonly policies: readonly LoadedPolicy[];
  readonly types: ReadonlySet<string>;
  /** Arguments of the tools that guard policies name, by action. */
  readonly tools: ReadonlyMap<string, RecordType>;
  readonly policySet: string;
  readonly evaluator: 'compiled' | 'cedar';
}

/** The policy engine: compiled policies, and Cedar for what can't be compiled. Built by `loadPolicySets()`. */
export class CedarPolicyEngine implements PolicyEngine {
  readonly policySet: string;
  readonly policies: readonly PolicyInfo[];
  readonly #loaded: readonly LoadedPolicy[];
  readonly captures?: ReadonlySet<Checkpoint>;
  readonly typedActions?: ReadonlySet<string>;
  readonly #types: ReadonlySet<string>;
  readonly #tools: ReadonlyMap<string, RecordType>;
  readonly #plans: ReadonlyMap<string, ActionPlan>;
  readonly #coverage: Coverage;
  readonly #known = new AccessMemo();

  constructor({ policies, types, tools, policySet, evaluator }: EngineParts) {
    this.policySet = policySet;
    this.policies = policies.map(({ info }) => info);
    this.#loaded = policies;
    this.#types = types;
    this.#tools = tools;
    const { compiled, left } = compileAll(policies, evaluator);
    this.#coverage = {
      compiled: compiled.map(({ info }) => info.id),
      cedar: left.map(({ info, reason }) => ({ id: info.id, reason })),
    };
    const plans = new Map<string, ActionPlan>();
    for (const [set, actions] of [
      ['access', ACCESS_ACTIONS],
      ['guard', CHECKPOINTS],
      ['guard', [...tools.keys()]],
    ] as const) {
      for (const action of actions) {
        // A policy that names no action was asked about the call as about any other.
        const concerns = (candidate: Placed) =>
          candidate.info.set === set && (candidate.actions?.includes(action) ?? !tools.has(action));
        const members = compiled.filter(concerns);
        plans.set(action, {
          compiled: members,
          scopes: new ScopeIndex(members.map(({ policy }) => policy)),
          cedar: cedarPlans(left.filter(concerns), `${policySet}/${set}/${action}`),
        });
      }
    }
    this.#plans = plans;
    const captures = capturesOf(policies);
    if (captures.size > 0) this.captures = captures;
    if (tools.size > 0) this.typedActions = new Set(tools.keys());
  }

  coverage(): Coverage {
    return this.#coverage;
  }

  /** What a policy's conditions read of a question, by path; `undefined`: the set has no such policy. For people, not for the hot path. */
  facts(id: PolicyId, question: AccessQuestion | GuardQuestion): FactsRead | undefined {
    const loaded = this.#loaded.find(({ info }) => info.id === id);
    if (loaded === undefined) return undefined;
    return factsRead(loaded.policy, 'point' in question ? guardScene(question, this.#types) : accessScene(question));
  }

  /** Policies as Cedar parsed them, in the order of the sources. */
  loaded(): readonly LoadedPolicy[] {
    return this.#loaded;
  }

  /** What the policies that determined a refusal have to say to the person refused; the first one's words. */
  message(decision: Decision): string | undefined {
    for (const id of decision.policies) {
      const message = this.policies.find((policy) => policy.id === id && policy.effect !== 'flag')?.message;
      if (message !== undefined) return message;
    }
    return undefined;
  }

  access(question: AccessQuestion): Decision {
    return this.#known.of(question, () => this.#access(question));
  }

  #access(question: AccessQuestion): Decision {
    const { held, failed } = this.#evaluate(question.action, accessScene(question));
    const enforced = held.filter(({ mode }) => mode === 'enforce');
    const forbids = enforced.filter(({ kind }) => kind === 'forbid');
    const denied = forbids.length > 0 || failed.some(({ mode }) => mode === 'enforce');
    const policies = denied ? forbids : enforced;
    return {
      verdict: denied || enforced.length === 0 ? 'block' : 'allow',
      flags: NONE,
      redact: NONE,
      policies: idsOf(policies),
      monitored: idsOf(held.filter(({ mode }) => mode === 'monitor')),
      policySet: this.policySet,
      errors: idsOf(failed),
    };
  }

  guard(question: GuardQuestion): Decision {
    const { held, failed } = this.#guarded(question);
    const enforced = held.filter(({ mode }) => mode === 'enforce');
    const failedClosed = failed.some(({ mode }) => mode === 'enforce');
    return {
      verdict: failedClosed ? 'block' : strongestVerdict(enforced),
      flags: idsOf(enforced.filter(({ effect }) => effect === 'flag')),
      redact: redactions(question, enforced),
      ...spotlightOf(question, enforced),
      ...(this.captures === undefined ? NOTHING_KEPT : keptOf(question, enforced)),
      policies: idsOf(enforced),
      monitored: idsOf(held.filter(({ mode }) => mode === 'monitor')),
      policySet: this.policySet,
      errors: idsOf(failed),
    };
  }

  #guarded(question: GuardQuestion): Evaluation {
    const { typed, point } = question;
    if (typed === undefined) return this.#evaluate(point, guardScene(question, this.#types));
    const { compiled, cedar } = this.#plans.get(typed.action) ?? EMPTY_PLAN;
    const type = this.#tools.get(typed.action);
    const given = type === undefined ? undefined : argumentValue(type, typed.arguments);
    if (given !== undefined) return this.#evaluate(typed.action, guardScene(question, this.#types, given));
    // What has not the form that they were held against at load can be judged by none of them.
    const all = [...compiled.map(({ info }) => info), ...cedar.flatMap(({ infos }) => infos)];
    return { held: [], failed: this.#inOrder(all) };
  }

  #evaluate(action: string, scene: Scene): Evaluation {
    const plan = this.#plans.get(action) ?? EMPTY_PLAN;
    const held: PolicyInfo[] = [];
    const failed: PolicyInfo[] = [];
    plan.scopes.look(scene);
    let at = -1;
    for (const { info, holds } of plan.compiled) {
      at += 1;
      if (!plan.scopes.mayHold(at)) continue;
      const result = holds(scene);
      if (result === true) held.push(info);
      else if (result === FAILED) failed.push(info);
    }
    for (const { infos, evaluate } of plan.cedar) {
      const answer = evaluate(scene);
      held.push(...infos.filter(({ id }) => answer.held.has(id)));
      failed.push(...infos.filter(({ id }) => answer.failed.has(id)));
    }
    return plan.cedar.length === 0 ? { held, failed } : { held: this.#inOrder(held), failed: this.#inOrder(failed) };
  }

  /** In the order of the sources, whoever evaluated them: a decision reads the same. */
  #inOrder(policies: readonly PolicyInfo[]): readonly PolicyInfo[] {
    return policies.length < 2 ? policies : this.policies.filter((policy) => policies.includes(policy));
  }
}

/** A policy with the actions that it can hold for; absent: all. */
interface Placed {
  readonly info: PolicyInfo;
  readonly actions: readonly string[] | undefined;
}

interface Taken extends Placed {
  readonly policy: LoadedPolicy['policy'];
  readonly holds: Holds;
}

interface Left extends Placed {
  readonly text: string;
  readonly reason: string;
}

function compileAll(
  policies: readonly LoadedPolicy[],
  evaluator: 'compiled' | 'cedar',
): { compiled: Taken[]; left: Left[] } {
  const compiled: Taken[] = [];
  const left: Left[] = [];
  for (const { info, text, policy } of policies) {
    const actions = appliesTo(policy.action);
    const reason = evaluator === 'cedar' ? 'asked for' : unreadable(text);
    const attempt = reason === undefined ? compilePolicy(policy) : { unsupported: reason };
    if ('holds' in attempt) compiled.push({ info, actions, policy, holds: attempt.holds });
    else left.push({ info, actions, text, reason: attempt.unsupported });
  }
  return { compiled, left };
}

/** A key named `__proto__` is lost on its way out of Cedar's JSON. */
function unreadable(text: string): string | undefined {
  return text.includes('__proto__') ? '`__proto__`' : undefined;
}

function cedarPlans(left: readonly Left[], name: string): ActionPlan['cedar'] {
  return (['permit', 'forbid'] as const).flatMap((kind) => {
    const members = left.filter(({ info }) => info.kind === kind);
    if (members.length === 0) return [];
    const texts = Object.fromEntries(members.map(({ info, text }) => [info.id, text]));
    return [{ infos: members.map(({ info }) => info), evaluate: cedarEvaluator(`${name}/${kind}`, kind, texts) }];
  });
}

function idsOf(policies: readonly PolicyInfo[]): readonly PolicyId[] {
  return policies.length === 0 ? NONE : policies.map(({ id }) => id);
}

function spotlightOf({ point }: GuardQuestion, policies: readonly PolicyInfo[]): Pick<Decision, 'spotlight'> {
  if (point !== 'tool-result') return NO_SPOTLIGHT;
  const spotlight = policies.find((policy) => policy.spotlight !== undefined)?.spotlight;
  return spotlight === undefined ? NO_SPOTLIGHT : { spotlight };
}

function strongestVerdict(policies: readonly PolicyInfo[]): Verdict {
  let rank = 0;
  for (const { effect } of policies) {
    if (effect === 'block' || effect === 'ask') rank = Math.max(rank, VERDICTS.indexOf(effect));
  }
  return VERDICTS[rank] ?? 'block';
}

function redactions(question: GuardQuestion, policies: readonly PolicyInfo[]): readonly number[] {
  const targets = policies.flatMap(({ redact }) => redact);
  if (targets.length === 0) return NONE;
  return question.context.findings.flatMap((finding, index) => (isTargeted(finding, targets) ? [index] : []));
}

/** The checkpoints of all policies that want something put under lock, whether they hold or not. */
function capturesOf(policies: readonly LoadedPolicy[]): ReadonlySet<Checkpoint> {
  const keeping = policies.filter(
    ({ info }) => info.mode === 'enforce' && (info.capture !== undefined || info.vault !== undefined),
  );
  const points = keeping.flatMap(({ policy }) => appliesTo(policy.action) ?? CHECKPOINTS);
  const isCall = (point: Checkpoint) => point === 'tool-call' && keeping.some(namesTool);
  return new Set(CHECKPOINTS.filter((point) => points.includes(point) || isCall(point)));
}

/** What the policies that hold want put under lock: of the texts, and of the values that are redacted. */
function keptOf(question: GuardQuestion, policies: readonly PolicyInfo[]): Pick<Decision, 'capture' | 'vault'> {
  const orders = policies.flatMap(({ capture }) => capture ?? []);
  const vault = redactions(
    question,
    policies.filter((policy) => policy.vault !== undefined),
  );
  return { ...(orders.length > 0 && { capture: orders }), ...(vault.length > 0 && { vault }) };
}
