import type { Finding } from './detector.ts';
import type { FlowFacts } from './flow-facts.ts';
import type { IdentityState } from './provider-identity.ts';
import type { ProviderRegistration } from './provider-registration.ts';
import {
  type ApprovalDoor,
  type CaptureForm,
  type Category,
  type Checkpoint,
  EFFECTS,
  type Effect,
  type Spotlight,
  type SubjectKind,
  type Verdict,
} from './vocabulary.ts';

/** Who asks. */
export interface Principal {
  readonly kind: 'user' | 'service' | 'agent';
  /** Stable name; for a gateway key, the key's name. */
  readonly id: string;
  readonly tenant: string;
  readonly groups: readonly string[];
  /** The user whom an agent acts for: both are in every decision. */
  readonly onBehalfOf?: ActedFor;
  /** What the credential that was used is narrowed to. It is part of every question: a decision can be replayed. */
  readonly scope?: Scope;
}

/** A user whom an agent acts for. */
export interface ActedFor {
  readonly id: string;
  readonly tenant: string;
  readonly groups: readonly string[];
}

/** What a credential reaches at most, whatever the policies permit. What is absent narrows nothing; `*` stands for any characters. */
export interface Scope {
  /** Names of routes. */
  readonly routes?: readonly string[];
  readonly models?: readonly string[];
  /** Names of tools that may be offered and called. */
  readonly tools?: readonly string[];
  /** Where content may stand: at any other checkpoint it is refused. */
  readonly checkpoints?: readonly Checkpoint[];
}

/** What is asked for. */
export interface Resource {
  readonly kind: 'model' | 'tool' | 'data-source';
  readonly id: string;
  /** Models: the provider's name in configuration. */
  readonly provider?: string;
  /** Models: what is registered of that provider; absent where nothing is, and then the worst is assumed of it. */
  readonly registration?: ProviderRegistration;
  /** Models: whether it is still the one that was approved; absent where that is not followed, or it was not seen yet. */
  readonly identity?: IdentityState;
  /** Data sources: whether configuration names it. */
  readonly registered?: boolean;
  readonly groups: readonly string[];
}

export type PolicyId = string;

/** What is to be done, and why. */
export interface Decision {
  readonly verdict: Verdict;
  /** Flags that policies raised, by policy id. */
  readonly flags: readonly PolicyId[];
  /** Indexes into the findings of the question: what must be replaced before the content goes on. */
  readonly redact: readonly number[];
  /** How the texts go on; `tool-result` only. */
  readonly spotlight?: Spotlight;
  /** What is to be put under lock of the texts that were decided on. */
  readonly capture?: readonly CaptureOrder[];
  /** Indexes into the findings, all of them in `redact`: whose values the vault keeps. */
  readonly vault?: readonly number[];
  /** Policies that determined the decision. */
  readonly policies: readonly PolicyId[];
  /** Policies that would have, were they not in monitor mode. */
  readonly monitored: readonly PolicyId[];
  /** SHA-256 of the policy set in force, hexadecimal. */
  readonly policySet: string;
  /** Policies whose evaluation failed, enforced ones deny. */
  readonly errors: readonly PolicyId[];
}

/** What a policy wants put under lock. */
export interface CaptureOrder {
  readonly form: CaptureForm;
  /** Only where the decision comes to one of these in the end; absent: whatever it comes to. */
  readonly effects?: readonly Effect[];
}

/** The one word shown to people. */
export function effectOf(decision: Pick<Decision, 'verdict' | 'flags' | 'redact'>): Effect {
  if (decision.verdict !== 'allow') return decision.verdict;
  if (decision.redact.length > 0) return 'redact';
  return decision.flags.length > 0 ? 'flag' : 'allow';
}

/** The stronger of two effects. */
export function strongest(a: Effect, b: Effect): Effect {
  return EFFECTS.indexOf(a) >= EFFECTS.indexOf(b) ? a : b;
}

/**
 * Actions of the access set. `see-policies` asks whether the principal is told which policies held: that helps its developers,
 * and whoever probes for a way past them. `pass-uninspected` asks whether the principal may reach an endpoint that nobody here
 * can read, on a route that lets such pass. `restore` asks whether a redacted value may be put back for this principal at
 * `context.sink`. `read-data` asks whether the principal may reach a data source: by what its request names, by its route, or
 * by a tool call. `approve` asks whether the principal may say yes or no to a tool call of `context.requester`; its resource is
 * the tool. `reveal` asks whether an operator may read what is under lock; its resource is the data source `content`.
 */
export const ACCESS_ACTIONS = [
  'use-model',
  'list-models',
  'pass-uninspected',
  'call-tool',
  'read-data',
  'see-policies',
  'restore',
  'approve',
  'reveal',
] as const;
export type AccessAction = (typeof ACCESS_ACTIONS)[number];

export const RESTORE_SINKS = ['text', 'url', 'tool-argument'] as const;
export type RestoreSink = (typeof RESTORE_SINKS)[number];

export interface AccessQuestion {
  readonly principal: Principal;
  readonly action: AccessAction;
  readonly resource: Resource;
  readonly context: AccessContext;
}

export interface AccessContext {
  readonly route: string;
  readonly protocol: string;
  /** Tools that the request offers to the model; only where the credential is narrowed to tools. */
  readonly offers?: readonly string[];
  /** Id of a grant in force that covers the question. */
  readonly grant?: string;
  /** `read-data` only: the data source lists the principal, or a group of it, as a reader. */
  readonly reader?: boolean;
  /** `restore` only. */
  readonly sink?: RestoreSink;
  /** `approve` only. */
  readonly approval?: {
    /** Kind and id of whose call it is, such as `agent/mailer`, and its tenant. */
    readonly requester: string;
    readonly tenant: string;
    /** The user whom the requester acted for, such as `user/ann`. */
    readonly onBehalfOf?: string;
    /** The door by which the answer came. */
    readonly via: ApprovalDoor;
  };
  /** `reveal` only. */
  readonly reveal?: RevealContext;
}

export const REVEALED = ['payload', 'value', 'export'] as const;
/** What an operator asks to read: what was captured of an exchange, one value of the vault, or all that is held of a subject. */
export type Revealed = (typeof REVEALED)[number];

export interface RevealContext {
  readonly what: Revealed;
  /** Of a value, the type of its finding, such as `email`; else empty. */
  readonly type: string;
  /** Kind and id of the principal whose exchange it is, such as `user/ann`, and its tenant; of an export, what is known of the subject. */
  readonly owner: string;
  readonly tenant: string;
  readonly subject: SubjectKind;
  readonly via: ApprovalDoor;
}

/** Facts of a request that policies may read; no text of the prompt. */
export interface RequestFacts {
  readonly protocol: string;
  readonly route: string;
  readonly model: string;
  readonly stream: boolean;
  /** Names of the tools offered to the model. */
  readonly tools: readonly string[];
  readonly messages: number;
  readonly bodyBytes: number;
}

/**
 * The question at a checkpoint. Everything that the answer depends on is in it: it is recorded, and can be replayed, but for the
 * arguments of a typed call.
 */
export interface GuardQuestion {
  readonly principal: Principal;
  readonly point: Checkpoint;
  /** Asks the policies that name this tool, and no others: at `tool-call`, beside the question that all are asked. */
  readonly typed?: TypedCall;
  readonly resource: Resource;
  readonly context: GuardContext;
}

/** A call of a tool whose arguments policies can name, with their types. */
export interface TypedCall {
  /** `mcp/{server}/{tool}`. */
  readonly action: string;
  /** Parsed JSON. It is content: no record holds it. */
  readonly arguments: unknown;
}

export interface GuardContext {
  readonly request: RequestFacts;
  readonly findings: readonly Pick<Finding, 'category' | 'type' | 'score' | 'detector'>[];
  /** What the same text held besides, decided earlier: it counts, and is not redacted again. */
  readonly earlier?: FoldedFindings;
  /** Kinds of content that no detector could look at: `image`, `audio`, `file`, `unknown`. */
  readonly unseen: readonly string[];
  /** Detectors that gave no answer to trust, whatever their posture. */
  readonly unchecked: readonly string[];
  /** Nothing stands at the checkpoint; only where the credential is narrowed to checkpoints. */
  readonly empty?: true;
  /** Where the values of a call came from: at `tool-call`. Absent for a call whose arguments were not read. */
  readonly flow?: FlowFacts;
}

/** Findings of one question, folded for policies: per category the highest score as 0..1000, per type the count and the highest. */
export interface FoldedFindings {
  readonly risk: Readonly<Record<Category, number>>;
  readonly found: Readonly<Record<string, number>>;
  /** Types that occur; absent in what was recorded before there was any. */
  readonly score?: Readonly<Record<string, number>>;
}

/** Synchronous and total: an evaluation error is a deny inside the decision, never an exception. */
export interface PolicyEngine {
  /** SHA-256 of the sets in force, hexadecimal. */
  readonly policySet: string;
  /** Checkpoints at which a policy may want something put under lock; absent where none does, and then nothing is kept for it. */
  readonly captures?: ReadonlySet<Checkpoint>;
  /** Actions of tools that policies name; absent where none does. */
  readonly typedActions?: ReadonlySet<string>;
  access(question: AccessQuestion): Decision;
  guard(question: GuardQuestion): Decision;
  /** What the policies that determined a refusal have to say to the person refused. */
  message(decision: Decision): string | undefined;
}

export function strongestOf(effects: readonly Effect[]): Effect {
  return effects.reduce(strongest, 'allow');
}
