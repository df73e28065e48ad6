import { LEVEL_SIGNALS, type LevelSignal, RATE_SIGNALS, type RateSignal, type Scope } from '../signals/signal.ts';

/** What a baseline is about: each model, each agent, and each principal. */
export const BASELINE_SCOPES = ['model', 'agent', 'principal'] as const satisfies readonly Scope[];
export type BaselineScope = (typeof BASELINE_SCOPES)[number];

/** How answers ended, which tools were called, what was found by category and direction, and which tool followed which. */
export const BASELINE_MIXES = ['finish', 'tools', 'findings', 'transitions'] as const;
export type BaselineMix = (typeof BASELINE_MIXES)[number];

/** What was never seen of it: a tool, a place where data is kept, a category of findings in one direction. */
export const BASELINE_NEWS = ['new-tool', 'new-destination', 'new-finding'] as const;
export type BaselineNews = (typeof BASELINE_NEWS)[number];

export type BaselineSignal = LevelSignal | RateSignal | BaselineMix | BaselineNews;

export interface ComparedSignals {
  readonly levels: readonly LevelSignal[];
  readonly rates: readonly RateSignal[];
  readonly mixes: readonly BaselineMix[];
  readonly news: readonly BaselineNews[];
}

/** How long a model takes is its own; of who asks, what they get and do is compared. */
const WHO: ComparedSignals = {
  levels: ['cost', 'output'],
  rates: ['refusal', 'block', 'redaction', 'rejection'],
  mixes: ['tools', 'findings', 'transitions'],
  news: BASELINE_NEWS,
};

export const COMPARED: Readonly<Record<BaselineScope, ComparedSignals>> = {
  model: {
    levels: ['latency', 'first-token', 'tokens-per-second', 'cost', 'output'],
    rates: ['error', 'refusal', 'block', 'redaction'],
    mixes: ['finish', 'findings'],
    news: ['new-finding'],
  },
  agent: WHO,
  principal: WHO,
};

export function isLevel(signal: BaselineSignal): signal is LevelSignal {
  return (LEVEL_SIGNALS as readonly string[]).includes(signal);
}

export function isRate(signal: BaselineSignal): signal is RateSignal {
  return (RATE_SIGNALS as readonly string[]).includes(signal);
}

export function isMix(signal: BaselineSignal): signal is BaselineMix {
  return (BASELINE_MIXES as readonly string[]).includes(signal);
}
