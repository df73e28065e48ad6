import {
  type CaptureOrder,
  EFFECTS,
  type Effect,
  type Mode,
  type PolicyId,
  SPOTLIGHTS,
  type Spotlight,
} from '@sallyport/core';
import { parseCaptureOrder } from './capture-order.ts';
import type { CedarPolicy } from './cedar.ts';
import { appliesTo } from './compile.ts';
import type { PolicyProblem, PolicyProblemCode, Position } from './problem.ts';
import { parseRedactTargets, type RedactTarget } from './redact-target.ts';
import { annotationOffsets, type PolicySetName, type Statement } from './statement.ts';

/** What a policy is, as its annotations say. */
export interface PolicyInfo {
  readonly id: PolicyId;
  readonly set: PolicySetName;
  readonly kind: 'permit' | 'forbid';
  /** Guard policies: what happens when it holds. */
  readonly effect?: GuardEffect;
  readonly mode: Mode;
  /** What a `redact` policy redacts; empty for all others. */
  readonly redact: readonly RedactTarget[];
  /** How the results of tools go on when it holds. */
  readonly spotlight?: Spotlight;
  /** What it wants put under lock when it holds. */
  readonly capture?: CaptureOrder;
  /** Whether the vault keeps the values that it redacts. */
  readonly vault?: true;
  /** For the person who is refused. */
  readonly message?: string;
  /** For the people who read the policy. */
  readonly description?: string;
  readonly at: Position;
}

/** A policy with what Cedar made of it. */
export interface LoadedPolicy {
  readonly info: PolicyInfo;
  readonly text: string;
  readonly policy: CedarPolicy;
}

export type GuardEffect = Exclude<Effect, 'allow'>;

/** A policy's annotations as Cedar read them; one without a value is `null`. */
type Annotations = Readonly<Record<string, string | null>>;

const KNOWN = ['id', 'effect', 'mode', 'redact', 'spotlight', 'capture', 'vault', 'message', 'description'] as const;
type AnnotationName = (typeof KNOWN)[number];

/** Ids go into headers, logs and records. */
const POLICY_ID = /^[A-Za-z0-9][A-Za-z0-9._/#:-]{0,99}$/;

export interface Reading {
  readonly statement: Statement;
  readonly policy: CedarPolicy;
  /** The policy's id when it doesn't name one. */
  readonly defaultId: PolicyId;
  readonly types: ReadonlySet<string>;
}

/** Reads what a parsed policy says about itself, and everything that is wrong with it. */
export function readPolicyInfo(reading: Reading): {
  readonly info: PolicyInfo;
  readonly problems: readonly PolicyProblem[];
} {
  const { statement, policy } = reading;
  const annotations = annotationsOf(policy);
  const { offsets, head } = annotationOffsets(statement.text);
  const problems: PolicyProblem[] = [];
  const complain: Complain = (code, message, annotation) => {
    const offset = (annotation === undefined ? undefined : offsets.get(annotation)) ?? head;
    problems.push({ ...statement.at(offset), code, message });
  };

  checkNames(annotations, complain);
  const id = annotations.id ?? reading.defaultId;
  if (!POLICY_ID.test(id)) {
    complain('policy-id', 'an id has 1 to 100 of `A-Z a-z 0-9 . _ / # : -` and starts with a letter or digit', 'id');
  }
  const effect = readEffect(reading, complain);
  const message = annotations.message ?? undefined;
  const description = annotations.description ?? undefined;
  const spotlight = readSpotlight(reading, effect, complain);
  const capture = readCapture(reading, complain);
  const info: PolicyInfo = {
    id,
    set: statement.set,
    kind: policy.effect,
    mode: readMode(annotations, complain),
    redact: readRedact(effect, { annotations, types: reading.types, complain }),
    at: statement.at(head),
    ...(effect !== undefined && { effect }),
    ...(spotlight !== undefined && { spotlight }),
    ...(capture !== undefined && { capture }),
    ...(readVault(reading, effect, complain) && { vault: true }),
    ...(message !== undefined && { message }),
    ...(description !== undefined && { description }),
  };
  return { info, problems };
}

function annotationsOf(policy: CedarPolicy): Annotations {
  return policy.annotations ?? {};
}

type Complain = (code: PolicyProblemCode, message: string, annotation?: AnnotationName | string) => void;

function checkNames(annotations: Annotations, complain: Complain): void {
  for (const [name, value] of Object.entries(annotations)) {
    if (!(KNOWN as readonly string[]).includes(name)) {
      complain(
        'annotation',
        `unknown annotation \`@${name}\`, known are ${KNOWN.map((known) => `\`@${known}\``).join(', ')}`,
        name,
      );
    } else if (value === null || value.trim() === '') {
      complain('annotation', `\`@${name}\` needs a value`, name);
    }
  }
}

function readMode(annotations: Annotations, complain: Complain): Mode {
  const mode = annotations.mode ?? 'enforce';
  if (mode === 'enforce' || mode === 'monitor') return mode;
  complain('annotation', `unknown mode \`${mode}\`, known are \`enforce\` and \`monitor\``, 'mode');
  return 'enforce';
}

function readEffect({ statement, policy }: Reading, complain: Complain): GuardEffect | undefined {
  const { effect } = annotationsOf(policy);
  if (statement.set === 'access') {
    if (effect !== undefined)
      complain('effect', '`@effect` belongs to guard policies, access policies permit or forbid', 'effect');
    return undefined;
  }
  if (policy.effect === 'permit') {
    complain('permit-in-guard', 'guard policies only forbid: what none of them forbids passes');
  }
  if (effect === undefined || effect === null) {
    complain('effect', 'a guard policy says what it does with `@effect("flag")`, `"redact"`, `"ask"` or `"block"`');
    return undefined;
  }
  if (isGuardEffect(effect)) return effect;
  complain('effect', `unknown effect \`${effect}\`, known are \`flag\`, \`redact\`, \`ask\` and \`block\``, 'effect');
  return undefined;
}

function isGuardEffect(word: string): word is GuardEffect {
  return word !== 'allow' && (EFFECTS as readonly string[]).includes(word);
}

function readRedact(
  effect: GuardEffect | undefined,
  { annotations, types, complain }: { annotations: Annotations; types: ReadonlySet<string>; complain: Complain },
): readonly RedactTarget[] {
  const annotation = annotations.redact;
  if (annotation === undefined || annotation === null) {
    if (effect === 'redact')
      complain('redact-target', '`@effect("redact")` needs `@redact` with what to redact', 'effect');
    return [];
  }
  if (effect !== 'redact') {
    complain('redact-target', '`@redact` goes with `@effect("redact")`: write a second policy', 'redact');
    return [];
  }
  const targets = parseRedactTargets(annotation, types);
  if (!('unknown' in targets)) return targets;
  complain(
    'redact-target',
    `\`${targets.unknown}\` is neither a category nor a known \`type:\` of finding, each may end with \`>=\` and 0..1000`,
    'redact',
  );
  return [];
}

function readSpotlight(
  { policy }: Reading,
  effect: GuardEffect | undefined,
  complain: Complain,
): Spotlight | undefined {
  const word = annotationsOf(policy).spotlight;
  if (word === undefined || word === null) return undefined;
  const spotlight = SPOTLIGHTS.find((known) => known === word);
  if (spotlight === undefined) {
    const known = SPOTLIGHTS.map((one) => `\`${one}\``).join(', ');
    complain('spotlight', `unknown spotlight \`${word}\`, known is ${known}`, 'spotlight');
  }
  if (effect !== 'flag' && effect !== 'redact') {
    complain(
      'spotlight',
      '`@spotlight` goes with `@effect("flag")` or `"redact"`: what is stopped goes nowhere',
      'spotlight',
    );
  }
  if (appliesTo(policy.action)?.includes('tool-result') === false) {
    complain('spotlight', '`@spotlight` is for the action `tool-result`', 'spotlight');
  }
  return spotlight;
}

function readCapture({ statement, policy }: Reading, complain: Complain): CaptureOrder | undefined {
  const words = annotationsOf(policy).capture;
  if (words === undefined || words === null) return undefined;
  if (statement.set === 'access') {
    complain('capture', '`@capture` belongs to guard policies', 'capture');
    return undefined;
  }
  const order = parseCaptureOrder(words);
  if (order !== undefined) return order;
  complain(
    'capture',
    '`@capture` is `raw` or `redacted`, and may name effects of the decision: `redacted: block, ask`',
    'capture',
  );
  return undefined;
}

function readVault({ policy }: Reading, effect: GuardEffect | undefined, complain: Complain): boolean {
  const word = annotationsOf(policy).vault;
  if (word === undefined || word === null) return false;
  if (word !== 'keep') complain('vault', `unknown vault \`${word}\`, known is \`keep\``, 'vault');
  if (effect !== 'redact')
    complain('vault', '`@vault` goes with `@effect("redact")`: it keeps what is redacted', 'vault');
  return true;
}
