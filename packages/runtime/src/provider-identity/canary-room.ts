import {
  type AuditRecord,
  CANARY_KEY,
  type CanaryRecord,
  knownError,
  type Provider,
  type Recorder,
  type SallyportError,
} from '@sallyport/core';
import { type Answers, type CanaryRound, type CanarySign, CanaryWatch, type IdentitySign } from '@sallyport/monitor';
import type { CanaryConfig } from '../config/index.ts';
import { TokenMeter } from '../judge/token-meter.ts';
import { type AskedRound, CanaryAsker } from './canary-asker.ts';
import { CANARY_INPUTS } from './canary-inputs.ts';
import type { IdentityName } from './identity-ledger.ts';

/** How often it is looked at what is due, milliseconds. */
export const CANARY_LOOK_MS = 60_000;
/** What came to nothing is due again after this time, or after the time of a round where that is less; milliseconds. */
export const CANARY_AGAIN_MS = 3_600_000;
/** A calibration asks so many inputs for each that it is to find, and each so often. */
export const CANDIDATES_PER_INPUT = 4;
export const CALIBRATION_SAMPLES = 4;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface CanaryParts {
  readonly canaries: readonly CanaryConfig[];
  readonly provider: (name: string) => Pick<Provider, 'protocols' | 'send'> | undefined;
  readonly recorder: Recorder;
  /** What the log holds of canaries, oldest first. */
  readonly records: () => Iterable<{ readonly record: AuditRecord }>;
  readonly fingerprint: (value: string) => string;
  /** When the model was approved last, RFC 3339: what was asked before says nothing of it. */
  readonly approvedAt: (name: IdentityName) => string | undefined;
  readonly clock: {
    readonly dateMs: () => number;
    readonly after: (ms: number, run: () => void) => () => void;
  };
  /** By which chance is judged, in [0,1). */
  readonly random: () => number;
  readonly onSigns: (name: IdentityName, signs: readonly IdentitySign[]) => void;
  readonly report: (error: SallyportError) => void;
}

/** The canaries of one model. */
interface Canary {
  readonly config: CanaryConfig;
  readonly asker: CanaryAsker;
  readonly meter: TokenMeter;
  readonly watch: CanaryWatch;
  /** Which inputs are asked; none before a calibration. */
  inputs: readonly number[];
  /** Milliseconds since 1970. */
  dueMs: number;
}

/** Asks models now and then what only shows whether they still answer as they did. What it knows at a start, it reads in the log. */
export class CanaryRoom {
  readonly #parts: CanaryParts;
  readonly #canaries: readonly Canary[];
  #callOff: (() => void) | undefined;
  #isBusy = false;
  #isClosed = false;

  constructor(parts: CanaryParts) {
    this.#parts = parts;
    this.#canaries = parts.canaries.flatMap((config) => this.#open(config) ?? []);
    if (this.#canaries.length === 0) return;
    for (const { record } of parts.records()) if (record.kind === 'canary') this.#replay(record);
    this.#schedule();
  }

  /** Somebody took a model for what it is now: its inputs are chosen anew. */
  approved({ provider, model }: IdentityName): void {
    for (const canary of this.#canaries) {
      if (canary.config.provider !== provider || canary.config.model !== model) continue;
      canary.inputs = [];
      canary.watch.reset();
      canary.dueMs = this.#parts.clock.dateMs();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#callOff?.();
    for (const { asker } of this.#canaries) asker.close();
  }

  #open(config: CanaryConfig): Canary | undefined {
    const { provider: named, fingerprint, clock, random } = this.#parts;
    const provider = named(config.provider);
    if (provider === undefined) return undefined;
    const meter = new TokenMeter(config.maxTokensPerDay, clock.dateMs, DAY_MS);
    const { after } = clock;
    const asker = new CanaryAsker({ provider, model: config.model, meter, fingerprint, after });
    return { config, asker, meter, watch: new CanaryWatch(random), inputs: [], dueMs: clock.dateMs() };
  }

  #replay({ provider, model, step, inputs, answers = [], at, tokens }: CanaryRecord): void {
    const canary = this.#canaries.find(({ config }) => config.provider === provider && config.model === model);
    if (canary === undefined) return;
    const atMs = Date.parse(at);
    const isToday = Math.floor(atMs / DAY_MS) === Math.floor(this.#parts.clock.dateMs() / DAY_MS);
    if (isToday) canary.meter.reserve(1)?.(tokens);
    const everyMs = canary.config.everyHours * HOUR_MS;
    if (step === 'failed' || step === 'over-budget') canary.dueMs = atMs + Math.min(everyMs, CANARY_AGAIN_MS);
    const approvedAt = this.#parts.approvedAt({ provider, model });
    // What was asked otherwise, or of what was another model, says nothing of what is asked now.
    if (inputs.length !== canary.config.inputs || (approvedAt !== undefined && at <= approvedAt)) return;
    if (step === 'calibrated') {
      canary.watch.reset();
      canary.inputs = inputs;
    } else if (step === 'asked' && canary.inputs.length > 0) {
      canary.watch.take(answers.map((counts) => new Map(Object.entries(counts))));
      canary.dueMs = atMs + everyMs;
    }
  }

  #schedule(): void {
    this.#callOff = this.#parts.clock.after(CANARY_LOOK_MS, () => {
      this.#look().catch((error: unknown) => this.#parts.report(knownError(error)));
      if (!this.#isClosed) this.#schedule();
    });
  }

  /** One model after the other; what takes longer than until the next look is waited for. */
  async #look(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (const canary of this.#canaries) {
        if (!this.#isClosed && canary.dueMs <= this.#parts.clock.dateMs()) await this.#run(canary);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #run(canary: Canary): Promise<void> {
    const { config, asker, inputs: chosen } = canary;
    const isCalibration = chosen.length === 0;
    const inputs = isCalibration ? candidatesFor(config.inputs) : chosen;
    const everyMs = config.everyHours * HOUR_MS;
    // Before anything is asked: what is never recorded is not asked without end.
    canary.dueMs = this.#parts.clock.dateMs() + Math.min(everyMs, CANARY_AGAIN_MS);
    const round = await asker.ask(inputs, isCalibration ? CALIBRATION_SAMPLES : config.samples);
    // Somebody approved the model meanwhile, or nobody is there any more.
    if (this.#isClosed || canary.inputs !== chosen) return;
    if (round.ended !== 'asked') return this.#record(canary, { step: round.ended, inputs, round });
    if (isCalibration) {
      const found = mostUncertain(inputs, round.answers, config.inputs);
      await this.#record(canary, { step: 'calibrated', inputs: found, round });
      if (canary.inputs !== chosen) return;
      canary.watch.reset();
      canary.inputs = found;
      canary.dueMs = this.#parts.clock.dateMs();
      return;
    }
    await this.#record(canary, { step: 'asked', inputs, round, answers: round.answers.map(Object.fromEntries) });
    if (canary.inputs !== chosen) return;
    canary.dueMs = this.#parts.clock.dateMs() + everyMs;
    this.#judge(canary, round.answers);
  }

  #judge({ config: { provider, model }, watch }: Canary, round: CanaryRound): void {
    const nowMs = this.#parts.clock.dateMs();
    const signs = watch.take(round).map((sign) => signOf(sign, nowMs));
    if (signs.length > 0) this.#parts.onSigns({ provider, model }, signs);
  }

  #record(
    { config: { provider, model } }: Canary,
    {
      round: { calls, tokens },
      ...said
    }: Pick<CanaryRecord, 'step' | 'inputs' | 'answers'> & { readonly round: AskedRound },
  ): Promise<void> {
    const at = new Date(this.#parts.clock.dateMs()).toISOString();
    const head = { v: 1, kind: 'canary', exchange: CANARY_KEY, at } as const;
    return this.#parts.recorder.append({ ...head, provider, model, ...said, calls, tokens });
  }
}

function candidatesFor(count: number): readonly number[] {
  return Array.from({ length: Math.min(CANARY_INPUTS.length, count * CANDIDATES_PER_INPUT) }, (_, at) => at);
}

/** Those whose most frequent answer was the least frequent: nearest to a border. */
function mostUncertain(inputs: readonly number[], answers: readonly Answers[], count: number): readonly number[] {
  const certain = (at: number) => {
    const counts = [...(answers[at]?.values() ?? [])];
    return counts.length === 0 ? 1 : Math.max(...counts) / counts.reduce((sum, each) => sum + each, 0);
  };
  return inputs
    .map((input, at) => ({ input, certain: certain(at) }))
    .sort((a, b) => a.certain - b.certain || a.input - b.input)
    .slice(0, count)
    .map(({ input }) => input);
}

function signOf({ kind, before, after, strength }: CanarySign, nowMs: number): IdentitySign {
  const weight = kind === 'warned' ? 'weak' : 'strong';
  return { signal: 'canary', weight, fromMs: nowMs, before, after, strength, exchanges: [] };
}
