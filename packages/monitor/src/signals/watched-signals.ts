import type { LevelSignal, MixSignal, RateSignal, Scope } from './signal.ts';

/** What is looked at for changes, by what a series is about. */
export interface WatchedSignals {
  readonly levels: readonly LevelSignal[];
  readonly rates: readonly RateSignal[];
  readonly mixes: readonly MixSignal[];
  /** What is said when it is seen for the first time. */
  readonly news: readonly ('new-tool' | 'new-destination' | 'new-personal-data')[];
}

const SERVICE: WatchedSignals = {
  levels: ['latency', 'first-token', 'tokens-per-second', 'output'],
  rates: ['error', 'refusal', 'block', 'repetition'],
  mixes: ['finish', 'language'],
  news: [],
};

/** How much a principal says, and how long that takes, depends on what it asks for, and what fails is not its own: only what it does is compared. */
const WHO: WatchedSignals = {
  levels: [],
  rates: ['refusal', 'block', 'rejection'],
  mixes: ['tools'],
  news: ['new-tool', 'new-destination'],
};

export const WATCHED: Readonly<Record<Scope, WatchedSignals>> = {
  gateway: { levels: [], rates: ['error', 'refusal', 'block', 'redaction', 'rejection'], mixes: [], news: [] },
  model: SERVICE,
  provider: SERVICE,
  route: {
    levels: ['latency', 'cost', 'output'],
    rates: ['error', 'refusal', 'block', 'redaction', 'repetition'],
    mixes: ['finish', 'language'],
    news: ['new-personal-data'],
  },
  tool: { levels: ['latency'], rates: ['error', 'block'], mixes: [], news: [] },
  agent: WHO,
  principal: WHO,
};
